internal import Diagnostics

/// How many columns of a terminal text takes. Pure.
///
/// By a table of our own: wcwidth(3) knows only the characters of the locale that the process switched to, and is
/// different on every machine. A character is what a reader sees as one (an extended grapheme cluster). One that
/// is shown as an emoji takes two columns, whatever it is made of; of any other the parts are added up, where
/// combining marks and invisible ones take none.
package enum DisplayWidth {
    package static func of(_ text: String) -> Int {
        // Printable ASCII, the usual case, is counted by its bytes.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        var width = 0
        for character in text { width += of(character) }
        return width
    }

    package static func of(_ character: Character) -> Int {
        if let byte = character.asciiValue { return byte >= 0x20 && byte < 0x7F ? 1 : 0 }
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return 0 }
        let hasMore = scalars.index(after: scalars.startIndex) < scalars.endIndex
        guard hasMore else { return of(first) }
        let isEmoji = scalars.contains {
            $0 == "\u{FE0F}" || ($0.value > 0xFF && $0.properties.isEmojiPresentation)
        }
        return isEmoji ? 2 : scalars.reduce(0) { $0 + of($1) }
    }

    /// 0, 1 or 2.
    package static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
        default: break
        }
        // The vowels and final consonants that Korean syllables are put together with.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        return isWide(value) || scalar.properties.isEmojiPresentation ? 2 : 1
    }

    private static func isWide(_ value: UInt32) -> Bool {
        var (low, high) = (0, wide.count)
        while low < high {
            let middle = (low + high) / 2
            if wide[middle].last < value { low = middle + 1 } else { high = middle }
        }
        return low < wide.count && wide[low].first <= value
    }

    /// The blocks of wide characters (W and F of Unicode's EastAsianWidth.txt), emoji left out: their own property
    /// tells those. In order.
    private static let wide: [(first: UInt32, last: UInt32)] = [
        (0x1100, 0x115F), (0x2329, 0x232A), (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF),
        (0x4E00, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE19),
        (0xFE30, 0xFE6F), (0xFF01, 0xFF60), (0xFFE0, 0xFFE6), (0x16FE0, 0x18DFF), (0x1AFF0, 0x1B2FF),
        (0x1F200, 0x1F265), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD),
    ]
}

extension String {
    /// The text cut to so many columns, with `…` at the end that was cut. No character is cut in two.
    package func cut(toColumns limit: Int, keepingEnd: Bool = false) -> String {
        guard limit > 0 else { return "" }
        guard DisplayWidth.of(self) > limit else { return self }
        var room = limit - 1
        var edge = keepingEnd ? endIndex : startIndex
        while edge != (keepingEnd ? startIndex : endIndex) {
            let next = keepingEnd ? index(before: edge) : index(after: edge)
            room -= DisplayWidth.of(self[keepingEnd ? next : edge])
            if room < 0 { break }
            edge = next
        }
        return keepingEnd ? "…" + self[edge...] : self[..<edge] + "…"
    }

    /// The text with spaces behind it, up to so many columns.
    package func padded(toColumns count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - DisplayWidth.of(self)))
    }
}
