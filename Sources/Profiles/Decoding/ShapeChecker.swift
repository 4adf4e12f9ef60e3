internal import Diagnostics
internal import YAML

/// Walks a document beside the tree of keys and gathers every problem. The depth of the walk is the table's.
struct ShapeChecker {
    private let commandNames: Set<String>
    private let limit: Int
    private(set) var problems = Problems()
    private var errorCount = 0
    private var warningCount = 0
    private(set) var entries: [Section: [ProfileFile.Entry]] = [:]
    /// Lines that hold a secret.
    private(set) var hiddenLines: [ClosedRange<Int>] = []
    /// Whether the top of the file has the form of a profile file.
    private(set) var isTopReadable = true
    /// The profile that is being checked, for the command that a remedy names.
    private var profileName: String?

    init(commandNames: Set<String>, limit: Int) {
        self.commandNames = commandNames
        self.limit = limit
    }

    // MARK: the top of a file

    mutating func checkTop(_ document: YAMLDocument, against tree: KeyTree) {
        let top = SourceLocation(file: document.source.file, line: 1, column: 1)
        guard let root = document.root, !root.isNull else {
            return addMissingVersion(at: top)
        }
        guard root.kind == .mapping else {
            isTopReadable = false
            return add(
                "profile.wrong-type", "a profile file must be a map", "begin it with 'version: 1'",
                root.location)
        }
        if root["version"] == nil { addMissingVersion(at: root.location) }
        checkMap(root, tree)
        let inEntries = entries.values.joined().reduce(0) { $0 + $1.problems.errors.count }
        if problems.errors.count > inEntries { isTopReadable = false }
    }

    /// The same for the user's `config.yaml`, in which the version may be left out.
    mutating func checkConfiguration(_ document: YAMLDocument) {
        guard let root = document.root, !root.isNull else { return }
        check(root, .configuration)
    }

    private mutating func addMissingVersion(at place: SourceLocation) {
        isTopReadable = false
        add(
            "profile.missing-version", "the file does not say its format version",
            "begin it with 'version: 1'", place)
    }

    // MARK: shapes

    private mutating func check(_ node: YAMLNode, _ tree: KeyTree) {
        guard errorCount < limit else { return }
        if node.isNull, !tree.name.hasSuffix("]") { return }
        guard !refusesSecret(in: node) else { return }
        switch tree.key.value {
        case .map:
            guard node.kind == .mapping else { return addWrongType(node, tree, "a map") }
            checkMap(node, tree)
        case .named(let names):
            guard node.kind == .mapping else { return addWrongType(node, tree, "a map of names") }
            checkNames(node, tree, names)
        case .list:
            guard node.kind == .sequence else { return addWrongType(node, tree, "a list") }
            if let item = tree.item { for element in node.elements { check(element, item) } }
        case .scalar(let kind):
            guard node.kind == .scalar else { return addWrongType(node, tree, "a single value") }
            checkScalar(node, kind, tree)
        case .scalarOrMap(let kind):
            switch node.kind {
            case .scalar: checkScalar(node, kind, tree)
            case .mapping: checkMap(node, tree)
            case .sequence: addWrongType(node, tree, "a single value or a map")
            }
        case .scalarOrList(let kind):
            switch node.kind {
            case .scalar: checkScalar(node, kind, tree)
            case .sequence:
                for element in node.elements {
                    guard element.kind == .scalar else {
                        addWrongType(element, tree, "a single value"); continue
                    }
                    if !refusesSecret(in: element) { checkScalar(element, kind, tree) }
                }
            case .mapping: addWrongType(node, tree, "a single value or a list")
            }
        }
    }

    private mutating func checkMap(_ node: YAMLNode, _ tree: KeyTree) {
        var given: [(key: String, place: SourceLocation)] = []
        let isCounted = !tree.key.oneOf.isEmpty || !tree.key.needs.isEmpty
        for (key, value) in node.pairs where key.kind == .scalar {
            let name = key.text
            if let child = tree.child(name), name != "*", name != "[]" {
                if isCounted, !value.isNull { given.append((name, key.location)) }
                if tree.key.path.isEmpty, let section = Section(rawValue: name), tree === KeyTree.profiles {
                    checkSection(value, child, section)
                } else {
                    check(value, child)
                }
            } else {
                checkUnknown(key, value, tree)
            }
        }
        checkAlternatives(given, tree)
        checkCompleteness(node, given, tree)
    }

    private mutating func checkScalar(_ node: YAMLNode, _ kind: ScalarKind, _ tree: KeyTree) {
        let fault = kind.fault(in: node.text, isPlain: node.isPlain, key: tree.key)
        if let fault { add(fault.diagnostic(at: node.location)) }
    }

    /// Whether the node is a scalar with a key in it, which then is reported.
    private mutating func refusesSecret(in node: YAMLNode) -> Bool {
        guard let bytes = node.utf8, SecretKeys.holdsKey(bytes) else { return false }
        addSecret("a private key or certificate stands in the file", isKey: true, node.location, node.lines)
        return true
    }

    // MARK: names

    private mutating func checkSection(_ node: YAMLNode, _ tree: KeyTree, _ section: Section) {
        guard !node.isNull else { return }
        guard node.kind == .mapping, let child = tree.anyName, case .named(let names) = tree.key.value else {
            isTopReadable = false
            return addWrongType(node, tree, "a map of names")
        }
        for (key, value) in node.pairs where key.kind == .scalar {
            let name = key.text
            profileName = section == .profiles ? name : nil
            let count = problems.all.count
            checkName(key, names, in: tree)
            if section == .profiles, commandNames.contains(name) { warnOfCommand(name, key.location) }
            if value.isNull {
                addWrongType(value, child, child.key.value == .list ? "a list" : "a map")
            } else {
                check(value, child)
            }
            let found = Problems(Array(problems.all.dropFirst(count)))
            entries[section, default: []].append(
                ProfileFile.Entry(name: name, location: key.location, value: value, problems: found))
        }
        profileName = nil
    }

    private mutating func checkNames(_ node: YAMLNode, _ tree: KeyTree, _ names: NameKind) {
        guard let child = tree.anyName else { return }
        for (key, value) in node.pairs where key.kind == .scalar {
            if SecretKeys.isExactlySecret(key.text), names == .sshOption {
                addSecret("'\(key.text)' is a secret", isKey: false, key.location, secretLines(key, value))
                continue
            }
            checkName(key, names, in: tree)
            if names == .sshOption, SSHOptionPolicy.isReserved(key.text) {
                add(
                    "profile.reserved-ssh-option", "the ssh option '\(key.text)' is set by bastion-up itself",
                    "remove it; host keys are always checked, and the way to the target is the tunnel",
                    key.location)
            }
            check(value, child)
        }
    }

    private mutating func checkName(_ key: YAMLNode, _ names: NameKind, in tree: KeyTree) {
        guard !names.admits(key.text) else { return }
        let remedy =
            switch names {
            case .profile:
                "use lower-case letters, digits, '.', '_' and '-', at most 63, not beginning with a mark"
            case .resource: "use letters, digits, '.', '_' and '-', at most 63, not beginning with a mark"
            case .sshOption: "write the option's name as in ssh_config(5), and its value after the colon"
            case .drive: "use letters, digits, '.', '_' and '-', at most 31"
            }
        add("profile.invalid-name", "'\(key.text.shortened)' cannot be a name here", remedy, key.location)
    }

    private mutating func warnOfCommand(_ name: String, _ place: SourceLocation) {
        add(
            .warning(
                "profile.command-name",
                "the profile '\(name)' has the name of a command, and the command wins",
                remedy: "rename it, or write 'bastion-up connect \(name)'", at: place))
    }

    // MARK: keys

    private mutating func checkUnknown(_ key: YAMLNode, _ value: YAMLNode, _ tree: KeyTree) {
        let name = key.text
        // Reported by the parser.
        if name == "<<", key.isPlain { return }
        if SecretKeys.isSecret(name) {
            return addSecret(
                "'\(name.shortened)' is a secret", isKey: name.lowercased().contains("key"),
                key.location, secretLines(key, value))
        }
        let known = tree.keyNames
        var remedy = "remove it"
        if let nearest = Suggestion.nearest(to: name, among: known) {
            remedy = "did you mean '\(nearest)'?"
        } else if let other = tree.children.first(where: { $0.child(name) != nil && $0.name != "*" }) {
            remedy = "it belongs under '\(other.name)'"
        } else if !known.isEmpty {
            remedy = "known here: \(known.joined(separator: ", "))"
        }
        let place = tree.key.path.isEmpty ? "at the top of the file" : "in '\(tree.key.shownPath)'"
        add("profile.unknown-key", "the key '\(name.shortened)' is not known \(place)", remedy, key.location)
    }

    private mutating func checkAlternatives(_ given: [(key: String, place: SourceLocation)], _ tree: KeyTree)
    {
        let words = tree.key.oneOf
        let found = given.filter { words.contains($0.key) }
        guard let first = found.first else { return }
        for other in found.dropFirst() {
            add(
                "profile.conflicting-keys", "'\(other.key)' and '\(first.key)' exclude each other",
                "keep one of: \(words.joined(separator: ", "))", other.place)
        }
    }

    // MARK: problems

    private func secretLines(_ key: YAMLNode, _ value: YAMLNode) -> ClosedRange<Int> {
        key.lines.lowerBound...max(key.lines.upperBound, value.lines.upperBound)
    }

    private mutating func addSecret(
        _ what: String, isKey: Bool, _ place: SourceLocation, _ lines: ClosedRange<Int>
    ) {
        hiddenLines.append(lines)
        let name = profileName.flatMap { NameKind.profile.admits($0) ? $0 : nil } ?? "NAME"
        let command = "bastion-up secret set \(name)\(isKey ? " --private-key" : "")"
        add(
            "profile.secret-in-file", "\(what), and secrets must not stand in profiles",
            "remove it, and store it in the keyring with '\(command)'", place)
    }

    private mutating func addWrongType(_ node: YAMLNode, _ tree: KeyTree, _ expected: String) {
        let found =
            switch node.kind {
            case .scalar: node.isNull ? "nothing" : "a single value"
            case .sequence: "a list"
            case .mapping: "a map"
            }
        add(
            "profile.wrong-type", "'\(tree.key.shownPath)' must be \(expected), not \(found)",
            tree.key.summary,
            node.location)
    }

    private mutating func add(_ code: String, _ message: String, _ remedy: String, _ place: SourceLocation) {
        add(Diagnostic(code, message, remedy: remedy, at: place))
    }

    private mutating func add(_ problem: Diagnostic) {
        guard problem.severity == .error else {
            warningCount += 1
            if warningCount <= limit { problems.add(problem) }
            return
        }
        guard errorCount < limit else { return }
        errorCount += 1
        problems.add(problem)
        guard errorCount == limit else { return }
        // What follows is not looked at, so nothing of this file may be used.
        isTopReadable = false
        problems.add(
            Diagnostic(
                "profile.too-many-problems", "there are more problems than are shown",
                remedy: "mend these first", at: problem.location))
    }
}

extension ShapeChecker {
    /// Checks that a map which cannot inherit has what it needs.
    private mutating func checkCompleteness(
        _ node: YAMLNode, _ given: [(key: String, place: SourceLocation)], _ tree: KeyTree
    ) {
        // The top is checked before: its version decides whether the rest can be understood.
        let choices = tree.key.needs
        guard !tree.key.path.isEmpty, !choices.isEmpty else { return }
        let keys = Set(given.map(\.key))
        guard !choices.contains(where: { keys.isSuperset(of: $0) }) else { return }
        let begun = choices.first { !keys.isDisjoint(with: $0) } ?? choices.first ?? []
        let list = begun.filter { !keys.contains($0) }.map { "'\($0)'" }.joined(separator: " and ")
        add(
            "profile.missing-key", "'\(tree.key.shownPath)' is given without \(list)", "add \(list)",
            node.location)
    }
}

extension Key {
    /// The path as a user would say it: without the parts that every profile has.
    var shownPath: String {
        if path.hasPrefix("profiles.*.") { return String(path.dropFirst("profiles.*.".count)) }
        return path.split(separator: ".").map { $0 == "*" ? "NAME" : $0 }.joined(separator: ".")
    }
}
