extension Diagnostic {
    /// The diagnostic as a terminal shows it: place, sentence and code, the line with a caret, the hint.
    ///
    /// Control characters of the source line are shown as U+FFFD, so that a hostile file cannot drive the terminal.
    package var text: String {
        let place = location.map { "\($0): " } ?? ""
        var lines = ["\(place)\(severity.rawValue): \(message.printable) [\(code)]"]
        if let sourceLine, let location {
            let (shown, caret) = Self.excerpt(of: sourceLine, around: location.column)
            lines.append("    \(shown)")
            lines.append("    \(String(repeating: " ", count: caret))^")
        }
        if !remedy.isEmpty { lines.append("hint: \(remedy.printable)") }
        return lines.joined(separator: "\n")
    }

    /// At most 120 characters of the line, and where among them the column is (from 0).
    private static func excerpt(of line: String, around column: Int) -> (text: String, caret: Int) {
        let width = 120
        let characters = Array(line.printable.unicodeScalars)
        let target = min(max(column - 1, 0), characters.count)
        let start = target < width ? 0 : target - width / 2
        let end = min(characters.count, start + width)
        var shown = String.UnicodeScalarView()
        shown.append(contentsOf: characters[start..<end])
        return (String(shown), target - start)
    }
}

extension String {
    /// The text with each control character (C0, DEL, C1, and bidirectional overrides) replaced by U+FFFD.
    ///
    /// For text of foreign origin on its way to a terminal. Tabs become one space.
    package var printable: String {
        // The usual case.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
        let unsafe = { (scalar: Unicode.Scalar) -> Bool in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
        guard unicodeScalars.contains(where: unsafe) else { return self }
        var safe = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            safe.append(scalar == "\t" ? " " : unsafe(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(safe)
    }
}
