/// A JSON document whose objects keep the order in which they were written.
enum JSONValue: Hashable, Sendable {
    struct Member: Hashable, Sendable {
        var name: String
        var value: JSONValue
    }

    case null
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case list([JSONValue])
    case object([Member])

    /// An object; members whose value is nil are left out.
    static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    /// Indented by two spaces, without a line break at the end (RFC 8259).
    var rendered: String { rendered(indent: "") }

    private func rendered(indent: String) -> String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .text(let text): Self.quoted(text)
        case .list(let values):
            Self.block("[", "]", indent, values.map { $0.rendered(indent: indent + "  ") })
        case .object(let members):
            Self.block(
                "{", "}", indent,
                members.map { "\(Self.quoted($0.name)): \($0.value.rendered(indent: indent + "  "))" })
        }
    }

    private static func block(_ open: String, _ close: String, _ indent: String, _ lines: [String]) -> String
    {
        guard !lines.isEmpty else { return open + close }
        let body = lines.map { "\(indent)  \($0)" }.joined(separator: ",\n")
        return "\(open)\n\(body)\n\(indent)\(close)"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .text(value) }
}
