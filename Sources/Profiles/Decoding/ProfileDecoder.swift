internal import Diagnostics
package import YAML

/// Reads a profile file: text in, entries with their places and all problems out.
package struct ProfileDecoder: Sendable {
    /// The names of the commands; a profile of such a name gets a warning.
    package var commandNames: Set<String>
    package var limits: ParsingLimits

    /// The largest file in bytes that is read.
    package static let sizeLimit = ParsingLimits.standard.bytes

    package init(commandNames: Set<String> = [], limits: ParsingLimits = .standard) {
        self.commandNames = commandNames
        self.limits = limits
    }

    /// Decodes one file. Never fails: what is wrong stands in the result's `problems`.
    package func decode(_ bytes: [UInt8], origin: FileOrigin) -> ProfileFile {
        let (document, syntaxProblems) = YAMLDocument.read(bytes, file: origin.label, limits: limits)
        guard let document else {
            return ProfileFile(
                origin: origin, entries: [:], problems: syntaxProblems, isReadable: false, source: nil,
                hiddenLines: [], hasPlaceholders: false)
        }
        var checker = ShapeChecker(commandNames: commandNames, limit: limits.problems)
        checker.checkTop(document, against: .profiles)
        let hidden = checker.hiddenLines
        let clean = syntaxProblems.all.map { $0.hidingLine(in: hidden) }
        var entries = checker.entries
        let homeless = Self.distribute(clean, over: &entries)
        Self.attachLines(of: document.source, hiding: hidden, to: &entries)
        let problems = document.source.attachLines(to: clean + checker.problems.all, hiding: hidden)
        return ProfileFile(
            origin: origin, entries: entries, problems: Problems(problems.sortedByPlace()),
            isReadable: checker.isTopReadable && homeless.isEmpty,
            source: document.source, hiddenLines: hidden,
            hasPlaceholders: document.holdsInText(UInt8(ascii: "$")))
    }

    /// Gives the problems of all entries their lines, in one pass over the file.
    private static func attachLines(
        of source: SourceText, hiding hidden: [ClosedRange<Int>],
        to entries: inout [Section: [ProfileFile.Entry]]
    ) {
        let places = entries.flatMap { section, entries in
            entries.indices.filter { !entries[$0].problems.isEmpty }.map { (section, $0) }
        }
        let all = places.flatMap { entries[$0]?[$1].problems.all ?? [] }
        var attached = source.attachLines(to: all, hiding: hidden)[...]
        for (section, index) in places {
            let count = entries[section]?[index].problems.all.count ?? 0
            entries[section]?[index].problems = Problems(Array(attached.prefix(count)))
            attached = attached.dropFirst(count)
        }
    }

    /// Gives each of the parser's problems to the entry in whose lines it stands, and to the others of its name.
    ///
    /// - Returns: the problems that stand in no entry.
    private static func distribute(
        _ problems: [Diagnostic], over entries: inout [Section: [ProfileFile.Entry]]
    )
        -> [Diagnostic]
    {
        problems.filter { problem in
            guard let line = problem.location?.line else { return true }
            for section in Section.allCases {
                let all = entries[section] ?? []
                guard
                    let owner = all.firstIndex(where: { entry in
                        let lines =
                            entry.location.line...max(entry.location.line, entry.value.lines.upperBound)
                        return lines.contains(line)
                    })
                else { continue }
                for index in all.indices where all[index].name == all[owner].name {
                    entries[section]?[index].problems.add(problem)
                }
                return false
            }
            return true
        }
    }
}

extension Diagnostic {
    func hidingLine(in hidden: [ClosedRange<Int>]) -> Diagnostic {
        guard let line = location?.line, hidden.contains(where: { $0.contains(line) }) else { return self }
        var copy = self
        copy.sourceLine = nil
        return copy
    }
}

extension [Diagnostic] {
    /// In the order of the text, and each only once.
    func sortedByPlace() -> [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let unique = filter { seen.insert($0).inserted }
        return unique.enumerated().sorted { one, other in
            switch (one.element.location, other.element.location) {
            case (let left?, let right?) where left != right: left < right
            case (nil, _?): true
            case (_?, nil): false
            default: one.offset < other.offset
            }
        }.map(\.element)
    }
}
