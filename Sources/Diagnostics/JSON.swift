/// A JSON value to be written (RFC 8259); objects keep the order of their members.
package enum JSON: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case list([JSON])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSON

        package init(name: String, value: JSON) { (self.name, self.value) = (name, value) }
    }

    /// An object; members whose value is nil are left out.
    package static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    /// The member of an object; nil for other values.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

// MARK: - As text

extension JSON {
    /// On one line, without spaces.
    package var compact: String {
        switch self {
        case .list(let values): "[" + values.map(\.compact).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.compact }.joined(separator: ",") + "}"
        default: scalar
        }
    }

    /// Indented by two spaces, without a line break at the end.
    /// - Parameter hasShortLists: whether a list of nothing but numbers, texts and the like stands on one line.
    package func indented(hasShortLists: Bool = false) -> String {
        indented(by: "", hasShortLists)
    }

    private func indented(by indent: String, _ hasShortLists: Bool) -> String {
        let inner = indent + "  "
        switch self {
        case .list(let values) where hasShortLists && values.allSatisfy(\.isScalar):
            return "[" + values.map(\.scalar).joined(separator: ", ") + "]"
        case .list(let values):
            return Self.block("[", "]", indent, values.map { $0.indented(by: inner, hasShortLists) })
        case .object(let members):
            let lines = members.map { member in
                Self.quoted(member.name) + ": " + member.value.indented(by: inner, hasShortLists)
            }
            return Self.block("{", "}", indent, lines)
        default: return scalar
        }
    }

    private static func block(_ open: String, _ close: String, _ indent: String, _ lines: [String]) -> String
    {
        guard !lines.isEmpty else { return open + close }
        let body = lines.map { "\(indent)  \($0)" }.joined(separator: ",\n")
        return "\(open)\n\(body)\n\(indent)\(close)"
    }

    private var isScalar: Bool {
        switch self {
        case .list, .object: false
        default: true
        }
    }

    private var scalar: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .text(let text): Self.quoted(text)
        case .null, .list, .object: "null"
        }
    }

    /// RFC 8259, section 7. Control characters above ASCII's and the line separators of JavaScript are escaped
    /// as well.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

// MARK: - Literals

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: JSON...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(name: $0, value: $1) })
    }
}
