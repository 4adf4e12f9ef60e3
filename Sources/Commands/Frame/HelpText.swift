internal import SessionRuntime

/// Help, made from the command table. Lines fit 80 columns.
struct HelpText {
    let table: [CommandSpecification]

    private static let width = 80

    func overview() -> String {
        var lines = [
            "bastion-up \(Version.text): Azure Bastion sessions from named profiles", "",
            "usage: bastion-up NAME [-- COMMAND…]     connect to a profile",
            "       bastion-up COMMAND …",
            "       bastion-up                        pick a profile (or list, when piped)", "",
        ]
        for topic in CommandSpecification.Topic.allCases {
            let commands = table.filter { $0.topic == topic && !$0.isHidden }
            guard !commands.isEmpty else { continue }
            lines.append("\(topic.rawValue):")
            lines += commands.flatMap { Self.entry($0.name, $0.summary, column: 14) }
            lines.append("")
        }
        lines.append("Global flags:")
        lines += GlobalOptions.flags.flatMap { Self.entry(Self.written($0), $0.help, column: 20) }
        lines += ["", "'bastion-up help COMMAND' says more."]
        return lines.joined(separator: "\n") + "\n"
    }

    func page(_ specification: CommandSpecification) -> String {
        let shown = specification.flags.filter { !$0.isHidden }
        let flags = shown.isEmpty ? "" : " [FLAGS]"
        let words = specification.usage.isEmpty ? "" : " \(specification.usage)"
        var lines = ["usage: bastion-up \(specification.name)\(flags)\(words)", ""]
        lines += Self.wrapped(specification.summary, indent: 0)
        if !shown.isEmpty {
            lines += ["", "Flags:"]
            lines += shown.flatMap { Self.entry(Self.written($0), $0.help, column: 20) }
        }
        if !specification.examples.isEmpty {
            lines += ["", "Examples:"] + specification.examples.map { "  \($0)" }
        }
        lines += ["", "The global flags (see 'bastion-up help') go with every command."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func written(_ flag: FlagSpecification) -> String {
        switch flag.value {
        case .none: flag.name
        case .one(let word), .many(let word): "\(flag.name) \(word)"
        case .optional(let word): "\(flag.name) [\(word)]"
        }
    }

    private static func entry(_ name: String, _ text: String, column: Int) -> [String] {
        let left = "  " + name
        var lines = wrapped(text, indent: column + 2)
        if left.count < column + 2, let first = lines.first {
            lines[0] = left + first.dropFirst(left.count)
        } else {
            lines.insert(left, at: 0)
        }
        return lines
    }

    private static func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [margin + line]
    }
}
