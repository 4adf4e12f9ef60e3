internal import Profiles

/// Writes one value so that every YAML reader, of version 1.1 or 1.2, reads back what was meant.
///
/// Text stands without quotes only where nothing in it has a meaning in YAML and no reader takes it for a number,
/// a boolean, a date or nothing.
enum ScalarText {
    static func of(_ text: String) -> String {
        if isPlain(text) { return text }
        let fitsSingleQuotes = text.unicodeScalars.allSatisfy { isShown($0) && $0 != "'" }
        return fitsSingleQuotes ? "'\(text)'" : QuotedText.of(text, showing: isShown)
    }

    private static let words: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ]

    private static func isPlain(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first,
            isLetter(first) || isDigit(first) || [0x2F, 0x5F, 0x24].contains(first)
                || text.hasPrefix("~/") && bytes.count > 2
        else { return false }
        let isSafe = bytes.allSatisfy { byte in
            isLetter(byte) || isDigit(byte) || inside.contains(byte)
        }
        // A space is safe between other characters: '#' and ':' are not among them.
        guard isSafe, bytes.last != 0x20, !words.contains(text.lowercased()) else { return false }
        return !mayBeNumber(text, bytes)
    }

    /// `/ . _ - \ @ + ~ = $ { } ( )` and the space.
    private static let inside = Set("/._-\\@+~=${}() ".utf8)

    /// Whether it is made of what numbers, dates and times are made of; GUIDs, IPv4 addresses and sizes are not numbers.
    private static func mayBeNumber(_ text: String, _ bytes: [UInt8]) -> Bool {
        let isNumeric = bytes.allSatisfy { byte in
            isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
                || numberMarks.contains(byte)
        }
        guard isNumeric, bytes.contains(where: isDigit) else { return false }
        if bytes.filter({ $0 == 0x2D }).count == 4, bytes.count == 36 { return false }
        if let address = IPAddress(text), address.bytes.count == 4 { return false }
        let size = text.split(separator: "x", omittingEmptySubsequences: false)
        return !(size.count == 2 && size[0].count > 1 && size.allSatisfy { Int($0) != nil })
    }

    /// Signs, separators and the letters of radix prefixes: `0x1F`, `0o22`, `1_000`, `22:22`.
    private static let numberMarks = Set("xXoO_.+-:".utf8)

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether a character may stand in a file as it is; single quotes have no escapes.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            false
        default: true
        }
    }
}

extension ScalarText {
    /// The text for a comment: without line breaks and what a file may not hold.
    static func shownOnOneLine(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if isShown(scalar) { result.unicodeScalars.append(scalar) } else { result += " " }
        }
        return result
    }
}
