internal import Diagnostics

/// Finds the first byte of a file that is no text, so that the parser only ever sees clean UTF-8.
///
/// Refused: other encodings, malformed UTF-8, NUL and the other control characters, a byte order mark in the
/// middle, the line breaks that editors do not count (U+0085, U+2028, U+2029), and the bidirectional controls
/// that make a line look different from what it says. In double quotes each can be written as an escape.
enum CharacterCheck {
    /// - Throws: `yaml.encoding` or `yaml.control-character`, placed at the character.
    static func check(_ source: SourceText) throws(Diagnostic) {
        let failure = source.bytes.withUnsafeBufferPointer { bytes in
            firstFailure(in: bytes)
        }
        guard let failure else { return }
        throw diagnostic(for: failure, in: source)
    }

    private struct Failure {
        enum Reason { case wideEncoding, malformed, forbidden(UInt32) }
        var reason: Reason
        var offset: Int
        var line: Int
        var lineStart: Int
    }

    private static func firstFailure(in bytes: UnsafeBufferPointer<UInt8>) -> Failure? {
        var index = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
        var (line, lineStart) = (1, index)
        if bytes.count >= 2, bytes[0] >= 0xFE || bytes[0] == 0 || bytes[1] == 0 {
            return Failure(reason: .wideEncoding, offset: 0, line: 1, lineStart: 0)
        }
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x20...0x7E, 0x09:
                index += 1
            case 0x0A, 0x0D:
                index += byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
                (line, lineStart) = (line + 1, index)
            default:
                guard let (scalar, length) = character(in: bytes, at: index) else {
                    return Failure(reason: .malformed, offset: index, line: line, lineStart: lineStart)
                }
                if isForbidden(scalar) {
                    return Failure(
                        reason: .forbidden(scalar), offset: index, line: line, lineStart: lineStart)
                }
                index += length
            }
        }
        return nil
    }

    /// The character that starts at the index, or nil where the bytes are no UTF-8 (RFC 3629).
    private static func character(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (UInt32, Int)? {
        let first = UInt32(bytes[index])
        if first < 0x80 { return (first, 1) }
        let (length, least): (Int, UInt32)
        switch first {
        case 0xC2...0xDF: (length, least) = (2, 0x80)
        case 0xE0...0xEF: (length, least) = (3, 0x800)
        case 0xF0...0xF4: (length, least) = (4, 0x10000)
        default: return nil
        }
        guard index + length <= bytes.count else { return nil }
        var scalar = first & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let next = UInt32(bytes[index + offset])
            guard next & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | next & 0x3F
        }
        guard scalar >= least, scalar <= 0x10FFFF, !(0xD800...0xDFFF).contains(scalar) else { return nil }
        return (scalar, length)
    }

    private static func isForbidden(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func diagnostic(for failure: Failure, in source: SourceText) -> Diagnostic {
        let before = source.bytes[failure.lineStart..<failure.offset]
        let column = before.count { $0 & 0xC0 != 0x80 } + 1
        let place = SourceLocation(file: source.file, line: failure.line, column: column)
        switch failure.reason {
        case .wideEncoding:
            return Diagnostic(
                "yaml.encoding", "the file is not UTF-8 text (it looks like UTF-16, UTF-32 or binary data)",
                remedy: "save it as UTF-8", at: place)
        case .malformed:
            return Diagnostic(
                "yaml.encoding",
                "the byte 0x\(hex(UInt32(source.bytes[failure.offset]), 2)) is not valid UTF-8",
                remedy: "save the file as UTF-8", at: place)
        case .forbidden(let scalar):
            return Diagnostic(
                "yaml.control-character", "the file holds the control character U+\(hex(scalar, 4))",
                remedy: "remove it, or write it as an escape in double quotes", at: place)
        }
    }

    private static func hex(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
