package import Diagnostics

/// The text of a file that is not ours, in lines.
struct ForeignText {
    struct Line: Hashable {
        /// From 1.
        var number: Int
        /// Without its line break.
        var text: String
    }

    let lines: [Line]

    /// Takes UTF-8, and UTF-16 as Windows writes it, with or without byte order mark.
    ///
    /// - Throws: `import.too-large` or `import.not-text`.
    init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
        guard bytes.count <= Importer.sizeLimit else { throw .importTooLarge(file) }
        guard let text = Self.decode(bytes), !text.utf8.contains(0) else {
            throw Diagnostic(
                "import.not-text", "\(file) is no text: it is neither UTF-8 nor UTF-16",
                remedy: "save it as UTF-8", at: SourceLocation(file: file, line: 1, column: 1))
        }
        lines = Self.lines(of: text)
    }

    private static func decode(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return String(validating: bytes.dropFirst(3), as: UTF8.self)
        }
        if bytes.starts(with: [0xFF, 0xFE]) { return wide(bytes.dropFirst(2), isBigEndian: false) }
        if bytes.starts(with: [0xFE, 0xFF]) { return wide(bytes.dropFirst(2), isBigEndian: true) }
        // Without a mark: the first characters of such files are ASCII, so every other byte is 0.
        if bytes.count >= 2, bytes[0] != 0, bytes[1] == 0 { return wide(bytes[...], isBigEndian: false) }
        if bytes.count >= 2, bytes[0] == 0, bytes[1] != 0 { return wide(bytes[...], isBigEndian: true) }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func wide(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> String? {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        for index in stride(from: bytes.startIndex, to: bytes.endIndex, by: 2) {
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(isBigEndian ? first << 8 | second : second << 8 | first)
        }
        return String(validating: units, as: UTF16.self)
    }

    /// Lines end with LF, CR or both.
    private static func lines(of text: String) -> [Line] {
        var lines: [Line] = []
        var line: [UInt8] = []
        var isAfterReturn = false
        for byte in text.utf8 {
            if byte == 0x0A, isAfterReturn {
                isAfterReturn = false
            } else if byte == 0x0A || byte == 0x0D {
                lines.append(Line(number: lines.count + 1, text: String(decoding: line, as: UTF8.self)))
                line.removeAll(keepingCapacity: true)
                isAfterReturn = byte == 0x0D
            } else {
                line.append(byte)
                isAfterReturn = false
            }
        }
        if !line.isEmpty {
            lines.append(Line(number: lines.count + 1, text: String(decoding: line, as: UTF8.self)))
        }
        return lines
    }
}

extension Diagnostic {
    package static func importTooLarge(_ file: String) -> Diagnostic {
        Diagnostic(
            "import.too-large", "\(file) is larger than \(Importer.sizeLimit >> 10) KiB",
            remedy: "give the part of it that describes connections")
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    var trimmed: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}
