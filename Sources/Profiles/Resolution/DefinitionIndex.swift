internal import Diagnostics
internal import YAML

/// Everything that the files define, by name, the highest layer first.
struct DefinitionIndex: Sendable {
    struct Definition: Sendable {
        var section: Section
        var entry: ProfileFile.Entry
        var layer: Int
        var file: Int
    }

    /// In the order of layers, files and lines.
    private(set) var definitions: [Definition] = []
    /// The files of all layers in order.
    private(set) var files: [ProfileFile] = []
    /// Whether any of the files is not the user's own.
    private(set) var hasForeignFiles = false
    /// Whether there may be placeholders in any of the files.
    private(set) var hasPlaceholders = false
    /// What is wrong with the files of which it is not known what they define, by layer.
    private var unreadable: [(layer: Int, errors: [Diagnostic])] = []
    private var byName: [Section: [String: [Int]]] = [:]

    init(_ layers: [ProfileLayer]) {
        for (number, layer) in layers.enumerated() {
            for file in layer.files {
                for section in Section.allCases {
                    for entry in file.entries(section) { add(entry, section, layer: number) }
                }
                if !file.isReadable { unreadable.append((number, file.problems.errors)) }
                if !file.origin.isUserOwned { hasForeignFiles = true }
                if file.hasPlaceholders { hasPlaceholders = true }
                files.append(file)
            }
        }
    }

    private mutating func add(_ entry: ProfileFile.Entry, _ section: Section, layer: Int) {
        definitions.append(Definition(section: section, entry: entry, layer: layer, file: files.count))
        byName[section, default: [:]][entry.name, default: []].append(definitions.count - 1)
    }

    func all(_ section: Section, _ name: String) -> [Int] { byName[section]?[name] ?? [] }
    func names(_ section: Section) -> [String] { byName[section].map { Array($0.keys) } ?? [] }

    /// The names to look among for the one that was meant. None where there are very many: thousands of
    /// profiles with a mistake each would be compared with thousands of names.
    func candidates(_ section: Section) -> [String] {
        (byName[section]?.count ?? 0) <= 500 ? names(section) : []
    }

    /// What is wrong with the files of this layer and the higher ones that may define any name, one at a time.
    func problemsHiding(layer: Int) -> some Sequence<Diagnostic> {
        unreadable.lazy.filter { $0.layer <= layer }.flatMap(\.errors)
    }

    func file(of definition: Int) -> ProfileFile { files[definitions[definition].file] }
    func isTrusted(_ definition: Int) -> Bool { file(of: definition).origin.isUserOwned }

    /// The definition of the same name in the next lower layer.
    func below(_ definition: Int) -> Int? {
        let own = definitions[definition]
        return all(own.section, own.entry.name).first { definitions[$0].layer > own.layer }
    }

    /// What is wrong with a name being defined where it is defined: twice in one layer, or by two files of
    /// other people in two.
    func conflicts(_ section: Section, _ name: String) -> [Diagnostic] {
        let found = all(section, name)
        guard found.count > 1 else { return [] }
        var problems: [Diagnostic] = []
        var seenInLayer: [Int: Int] = [:]
        var highestUntrusted: Int?
        for index in found {
            let definition = definitions[index]
            if let first = seenInLayer[definition.layer] {
                // Twice in one file is the parser's to report.
                if definitions[first].file != definition.file { problems.append(twice(index, first)) }
                continue
            }
            seenInLayer[definition.layer] = index
            guard !isTrusted(index) else { continue }
            if let highestUntrusted { problems.append(shadowed(index, by: highestUntrusted)) }
            highestUntrusted = highestUntrusted ?? index
        }
        return problems
    }

    private func twice(_ index: Int, _ first: Int) -> Diagnostic {
        let entry = definitions[index].entry
        return Diagnostic(
            "profile.duplicate-name",
            "the \(definitions[index].section.noun) '\(entry.name)' is defined here and at "
                + "\(definitions[first].entry.location)",
            remedy: "rename or remove one of the two", at: entry.location)
    }

    private func shadowed(_ index: Int, by higher: Int) -> Diagnostic {
        let entry = definitions[higher].entry
        return Diagnostic(
            "profile.untrusted-shadow",
            "the \(definitions[index].section.noun) '\(entry.name)' hides the one at "
                + "\(definitions[index].entry.location), and neither file is your own",
            remedy: "rename one of the two, or define the name in your own profiles", at: entry.location)
    }
}
