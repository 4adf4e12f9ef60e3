/// One line of an .rdp file: `name:type:value`, the type being `s`, `i` or `b`.
struct RDPLine: Hashable {
    /// In lower case.
    var name: String
    var value: String
    var number: Int

    /// Nil for lines of another form.
    init?(_ line: ForeignText.Line) {
        let parts = line.text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, ["s", "i", "b"].contains(parts[1].trimmed.lowercased()) else { return nil }
        let name = parts[0].trimmed.lowercased()
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return nil }
        self.name = name
        value = parts[2].trimmed
        number = line.number
    }

    /// Whether a switch is on.
    var isOn: Bool { Int(value).map { $0 != 0 } ?? false }
}
