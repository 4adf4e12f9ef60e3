internal import Profiles

/// Writes profile files: every value reads back as what it was, keys stand in the order of the reference.
package enum DraftWriter {
    /// The whole file, with a line break at its end.
    package static func text(_ file: DraftFile) -> String {
        var lines = file.comment.map(comment) + ["version: 1"]
        if !file.hosts.isEmpty {
            lines.append("hosts:")
            for host in file.hosts {
                lines.append("  \(ScalarText.of(host.name)):")
                lines += block(host.settings, KeyTree.host, indent: 4)
            }
        }
        lines.append(file.profiles.isEmpty ? "profiles: {}" : "profiles:")
        for profile in file.profiles { lines += Self.profile(profile) }
        lines += file.closing.map(comment)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func comment(_ line: String) -> String {
        line.isEmpty ? "" : "# \(ScalarText.shownOnOneLine(line))"
    }

    private static func profile(_ draft: ProfileDraft) -> [String] {
        var lines = ["  \(ScalarText.of(draft.name)):"]
        if draft.isTemplate {
            lines.append("    # To be filled in. Then remove 'template: true'.")
            for gap in draft.gaps {
                lines.append("    \(comment("\(gap.line)  <- \(gap.meaning)"))")
            }
            lines.append("    template: true")
        }
        let body = block(draft.settings, KeyTree.profile, indent: 4)
        if body.isEmpty, !draft.isTemplate { lines[0] += " {}" }
        return lines + body
    }

    /// The settings as a block map; those that share the beginning of their paths stand together.
    private static func block(_ settings: [DraftSetting], _ tree: KeyTree?, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for key in ordered(settings.compactMap(\.path.first), tree) {
            let below = settings.filter { $0.path.first == key }
            let child = tree?.below([key])
            let name = margin + ScalarText.of(key) + ":"
            if let own = below.first(where: { $0.path.count == 1 }) {
                lines += own.comment.map { $0.isEmpty ? "" : margin + comment($0) }
                lines += value(own.value, child, name, margin)
            } else {
                let inner = below.map {
                    DraftSetting(Array($0.path.dropFirst()), $0.value, comment: $0.comment)
                }
                lines += [name] + block(inner, child, indent: indent + 2)
            }
        }
        return lines
    }

    /// Each key once, in the order of the table, and names that the user chose in the order in which they came.
    private static func ordered(_ keys: [String], _ tree: KeyTree?) -> [String] {
        var seen: Set<String> = []
        let unique = keys.filter { seen.insert($0).inserted }
        let known = (tree?.children ?? []).map(\.name).filter(seen.contains)
        return known + unique.filter { !known.contains($0) }
    }

    private static func value(_ value: DraftValue, _ tree: KeyTree?, _ name: String, _ margin: String)
        -> [String]
    {
        guard case .list(let items) = value else { return ["\(name) \(scalar(value, tree))"] }
        guard !items.isEmpty else { return ["\(name) []"] }
        return [name] + items.map { "\(margin)  - \(scalar($0, tree?.below(["[]"]) ?? tree))" }
    }

    private static func scalar(_ value: DraftValue, _ tree: KeyTree?) -> String {
        switch value {
        case .text(let text): ScalarText.of(text)
        case .literal(let text):
            ScalarText.of(tree?.takesPlaceholders == true ? Placeholders.escaped(text) : text)
        case .integer(let number): String(number)
        case .boolean(let value): value ? "true" : "false"
        case .list(let items): "[" + items.map { scalar($0, tree) }.joined(separator: ", ") + "]"
        }
    }
}
