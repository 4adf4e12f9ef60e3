internal import Diagnostics

/// Sorts a command line by the command table. Pure.
struct ArgumentParser {
    let table: [CommandSpecification]

    /// What the words ask for.
    enum Request {
        case run(CommandSpecification, ParsedArguments)
        case help(command: String?)
        case version
    }

    /// - Parameter arguments: without the program's own name.
    /// - Throws: `usage.…`, exit 64.
    func parse(_ arguments: [String]) throws(Diagnostic) -> Request {
        var (own, rest) = Self.split(arguments)
        if own.isEmpty && rest == nil {
            var parsed = ParsedArguments(command: "list")
            parsed.isImplicit = true
            return .run(try specification("list"), parsed)
        }
        let wordCount = own.count
        guard let name = try takeCommand(&own) else { return .version }
        let specification = try specification(name)
        var parsed = ParsedArguments(command: name)
        if own.contains("--help") || own.contains("-h") { return .help(command: name) }
        parsed.isImplicit = own.count == wordCount
        try read(own, specification, into: &parsed)
        if let rest {
            guard specification.passesRest else {
                throw usage("usage.unexpected-rest", "'\(name)' takes nothing behind '--'", name)
            }
            parsed.rest = rest
        }
        guard specification.words.contains(parsed.words.count) else {
            throw wrongCount(specification, parsed)
        }
        return .run(specification, parsed)
    }

    private static func split(_ arguments: [String]) -> (own: [String], rest: [String]?) {
        guard let end = arguments.firstIndex(of: "--") else { return (arguments, nil) }
        return (Array(arguments[..<end]), Array(arguments[(end + 1)...]))
    }

    /// The first word that is no flag: a command, or else the name of a profile to connect to.
    /// - Returns: nil where the version was asked for instead.
    private func takeCommand(_ words: inout [String]) throws(Diagnostic) -> String? {
        var index = 0
        while index < words.count {
            let word = words[index]
            if word == "--version" { return nil }
            if word == "--help" || word == "-h" {
                words = ["--help"]
                return "help"
            }
            guard word.hasPrefix("-"), word.count > 1 else { break }
            let takesValue = takesValue(word)
            index += takesValue && !word.contains("=") ? 2 : 1
        }
        guard index < words.count else { return "list" }
        if table.contains(where: { $0.name == words[index] }) { return words.remove(at: index) }
        return "connect"
    }

    private func takesValue(_ word: String) -> Bool {
        let known = GlobalOptions.flags + (table.first { $0.name == "connect" }?.flags ?? [])
        return known.first { $0.name == word }.map { $0.value != .none } ?? false
    }

    private func specification(_ name: String) throws(Diagnostic) -> CommandSpecification {
        guard let found = table.first(where: { $0.name == name }) else {
            throw Diagnostic(
                "usage.unknown-command", "there is no command '\(name)'",
                remedy: "'bastion-up help' lists the commands", exit: .usage)
        }
        return found
    }

    private func read(
        _ words: [String], _ specification: CommandSpecification, into parsed: inout ParsedArguments
    ) throws(Diagnostic) {
        var index = 0
        // A word that was taken as the value of an optional one: the flag, and where the word would stand.
        var doubtful: (flag: String, place: Int)?
        while index < words.count {
            let word = words[index]
            index += 1
            guard word.hasPrefix("-"), word.count > 1 else {
                parsed.words.append(word)
                continue
            }
            if let level = Self.verbosity(word) {
                parsed.global.verbosity = max(parsed.global.verbosity, level)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = word.hasPrefix("--") ? String(parts[0]) : word
            guard let flag = (specification.flags + GlobalOptions.flags).first(where: { $0.name == name })
            else {
                throw unknownFlag(name, specification)
            }
            var value = ""
            if case .optional = flag.value {
                if parts.count == 2 {
                    value = String(parts[1])
                } else if index < words.count, !words[index].hasPrefix("-") {
                    doubtful = (name, parsed.words.count)
                    value = words[index]
                    index += 1
                }
            } else if flag.value != .none {
                if parts.count == 2, word.hasPrefix("--") {
                    value = String(parts[1])
                } else if index < words.count {
                    value = words[index]
                    index += 1
                } else {
                    throw usage("usage.missing-value", "\(name) needs a value", specification.name)
                }
            } else if parts.count == 2, word.hasPrefix("--") {
                throw usage("usage.unexpected-value", "\(name) takes no value", specification.name)
            }
            try store(name, value, into: &parsed)
        }
        if let doubtful, parsed.words.count < specification.words.lowerBound {
            parsed.words.insert(parsed.value(doubtful.flag) ?? "", at: doubtful.place)
            parsed.flags[doubtful.flag] = [""]
        }
    }

    private static func verbosity(_ word: String) -> GlobalOptions.Verbosity? {
        switch word {
        case "-v", "--verbose": .verbose
        case "-vv", "-vvv": .trace
        default: nil
        }
    }

    private func store(_ name: String, _ value: String, into parsed: inout ParsedArguments) throws(Diagnostic)
    {
        switch name {
        case "--profiles": parsed.global.profiles.append(value)
        case "--output": parsed.global.output = value
        case "-q": parsed.global.verbosity = .quiet
        case "--no-color": parsed.global.hasNoColor = true
        case "--no-input": parsed.global.hasNoInput = true
        default: parsed.flags[name, default: []].append(value)
        }
    }

    private func wrongCount(_ specification: CommandSpecification, _ parsed: ParsedArguments) -> Diagnostic {
        let name = specification.name
        if parsed.words.count < specification.words.lowerBound {
            return usage("usage.word-count", "'\(name)' needs \(specification.usage)", name)
        }
        // More than a profile's name: it was meant to be a command.
        if parsed.isImplicit, let first = parsed.words.first {
            return Diagnostic(
                "usage.unknown-command", "'\(first)' is no command, and a profile takes no further words",
                remedy: Self.guess(first, table.map(\.name)) + "a remote command stands behind '--'",
                exit: .usage)
        }
        let extra = parsed.words.dropFirst(specification.words.upperBound).first ?? ""
        return usage("usage.word-count", "'\(name)' has no use for '\(extra)'", name)
    }

    /// A mistyped single letter resembles every other one.
    private static func guess(_ word: String, _ known: [String]) -> String {
        guard word.count > 2 else { return "" }
        return Suggestion.nearest(to: word, among: known).map { "did you mean '\($0)'? " } ?? ""
    }

    private func unknownFlag(_ name: String, _ specification: CommandSpecification) -> Diagnostic {
        let known = (specification.flags.filter { !$0.isHidden } + GlobalOptions.flags).map(\.name)
        let guess = Self.guess(name, known)
        return Diagnostic(
            "usage.unknown-flag", "'\(specification.name)' has no flag '\(name)'",
            remedy: "\(guess)'bastion-up help \(specification.name)' lists them", exit: .usage)
    }

    private func usage(_ code: String, _ message: String, _ command: String) -> Diagnostic {
        Diagnostic(code, message, remedy: "'bastion-up help \(command)' shows how it is used", exit: .usage)
    }
}
