/// Text in YAML's double quotes: every reader, of version 1.1 or 1.2, reads back what was meant.
package enum QuotedText {
    /// - Parameter isShown: which characters stand as they are; quotation marks, backslashes and line breaks never do.
    package static func of(_ text: String, showing isShown: (Unicode.Scalar) -> Bool) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if isShown(scalar) { result.unicodeScalars.append(scalar) } else { result += escape(scalar) }
            }
        }
        return result + "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let (mark, width) = scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
        return "\\\(mark)" + String(repeating: "0", count: width - digits.count) + digits
    }
}
