/// What YAML makes of text without quotes.
enum PlainText {
    enum CoreType { case text, boolean, number }

    /// The type under the core schema of YAML 1.2, which editors and validators use.
    static func coreType(_ text: String) -> CoreType {
        guard let first = text.utf8.first else { return .text }
        switch first {
        case 0x30...0x39, 0x2B, 0x2D, 0x2E: return isNumber(text) ? .number : .text
        case 0x74, 0x54, 0x66, 0x46: return boolean(text) == nil ? .text : .boolean
        default: return .text
        }
    }

    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// Words that are booleans in YAML 1.1 and text in YAML 1.2.
    static func oldBoolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "yes", "on", "y": true
        case "no", "off", "n": false
        default: nil
        }
    }

    /// A whole number as everybody reads it: decimal digits without a leading zero, perhaps a minus.
    static func integer(_ text: String) -> Int? {
        let digits = text.utf8.first == 0x2D ? text.utf8.dropFirst() : text.utf8[...]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count == 1 || digits.first != 0x30
        else { return nil }
        return Int(text)
    }

    /// Whether some YAML reader takes the text for a number: hexadecimal, octal, base 60, with underscores.
    static func looksLikeNumber(_ text: String) -> Bool {
        guard let last = text.utf8.last, text.utf8.contains(where: { (0x30...0x39).contains($0) }) else {
            return false
        }
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x2B, 0x2D, 0x2E, 0x3A, 0x5F, 0x6F, 0x78, 0x4F, 0x58:
                true
            default: false
            }
        }
        return allowed && last != 0x3A
    }

    /// Whether YAML 1.1 reads the text as a number in base 60, as it does with `22:22`.
    static func isBase60(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let lead = first.utf8.first,
            (0x31...0x39).contains(lead),
            first.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x5F })
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            guard part.utf8.count <= 2, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = Int(part)
            else { return false }
            return value < 60
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        let unsigned = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        if unsigned.lowercased() == ".inf" || text.lowercased() == ".nan" { return true }
        if text.hasPrefix("0x") { return isDigits(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return isDigits(text.dropFirst(2), radix: 8) }
        let exponent = unsigned.firstIndex { $0 == "e" || $0 == "E" }
        let mantissa = exponent.map { unsigned[..<$0] } ?? unsigned
        if let exponent {
            let power = unsigned[unsigned.index(after: exponent)...]
            let digits = power.hasPrefix("-") || power.hasPrefix("+") ? power.dropFirst() : power
            guard isDigits(digits, radix: 10) else { return false }
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }) else { return false }
        return parts.allSatisfy { $0.isEmpty || isDigits($0, radix: 10) }
    }

    private static func isDigits(_ text: Substring, radix: Int) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x37: true
                case 0x38, 0x39: radix >= 10
                case 0x41...0x46, 0x61...0x66: radix == 16
                default: false
                }
            }
    }
}
