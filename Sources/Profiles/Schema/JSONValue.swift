/// A JSON value that keeps the order of its keys, for text that people read.
enum JSONValue {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    case array([JSONValue])
    case object([Member])

    struct Member {
        var key: String
        var value: JSONValue
    }

    static func map(_ pairs: [(key: String, value: JSONValue)]) -> JSONValue {
        .object(pairs.map { Member(key: $0.key, value: $0.value) })
    }

    /// Written with two spaces of indentation.
    func written(indentation: Int = 0) -> String {
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch self {
        case .text(let text): return Self.quoted(text)
        case .integer(let number): return "\(number)"
        case .boolean(let flag): return "\(flag)"
        case .array(let items) where items.allSatisfy(\.isShort):
            return "[" + items.map { $0.written() }.joined(separator: ", ") + "]"
        case .array(let items):
            let lines = items.map { inner + $0.written(indentation: indentation + 2) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + outer + "]"
        case .object(let pairs) where pairs.isEmpty:
            return "{}"
        case .object(let pairs):
            let lines = pairs.map { pair in
                inner + Self.quoted(pair.key) + ": " + pair.value.written(indentation: indentation + 2)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + outer + "}"
        }
    }

    private var isShort: Bool {
        switch self {
        case .text, .integer, .boolean: true
        case .array, .object: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(dictionaryLiteral pairs: (String, JSONValue)...) {
        self = .object(pairs.map { Member(key: $0.0, value: $0.1) })
    }
}
