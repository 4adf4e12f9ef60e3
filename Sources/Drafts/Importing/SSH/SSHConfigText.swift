/// The blocks of an ssh_config(5), as far as the text shows them: nothing is included, nothing is matched.
struct SSHConfigText {
    struct Entry: Hashable {
        /// In the file's own spelling.
        var keyword: String
        /// The rest of the line, quotes taken off.
        var value: String
        var line: Int

        func `is`(_ name: String) -> Bool { keyword.lowercased() == name }
    }

    struct Block {
        enum Kind { case top, host, match }
        var kind: Kind
        /// Of a `Host` line.
        var patterns: [String] = []
        var line: Int
        var entries: [Entry] = []

        /// Of several values ssh takes the first.
        subscript(_ name: String) -> Entry? { entries.first { $0.is(name) } }
    }

    private(set) var blocks = [Block(kind: .top, line: 1)]

    init(_ text: ForeignText) {
        for line in text.lines {
            guard let entry = Self.entry(line) else { continue }
            switch entry.keyword.lowercased() {
            case "host":
                blocks.append(Block(kind: .host, patterns: Self.words(entry.value), line: entry.line))
            case "match": blocks.append(Block(kind: .match, line: entry.line))
            default: blocks[blocks.count - 1].entries.append(entry)
            }
        }
    }

    /// `Keyword value` or `Keyword=value`.
    private static func entry(_ line: ForeignText.Line) -> Entry? {
        let text = line.text.trimmed
        guard !text.isEmpty, !text.hasPrefix("#") else { return nil }
        let keyword = text.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
        guard !keyword.isEmpty else { return nil }
        var value = text.dropFirst(keyword.count).trimmed
        if value.hasPrefix("=") { value = value.dropFirst().trimmed }
        let isQuoted = value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
        if isQuoted, !value.dropFirst().dropLast().contains("\"") {
            value = String(value.dropFirst().dropLast())
        }
        return Entry(keyword: String(keyword), value: value, line: line.number)
    }

    static func words(_ text: String) -> [String] {
        text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { word in
            String(word.filter { $0 != "\"" })
        }
    }
}
