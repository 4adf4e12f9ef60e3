internal import Transport

/// A request as the roles see it.
struct ReceivedRequest: Sendable {
    let method: String
    /// The parts of the path, unescaped. `/a/b` has two.
    let path: [String]
    /// Names and values, unescaped, in order.
    let query: [(name: String, value: String)]
    let headers: HTTPHeaders
    let body: [UInt8]
    /// The `Host` field, lower case.
    let host: String

    /// - Returns: nil where the target is no path, or an escape in it is broken.
    init?(_ request: HTTPServer.Request) {
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, first.hasPrefix("/") else { return nil }
        var path: [String] = []
        for part in first.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let text = FormText.unescaped(part, plusIsSpace: false) else { return nil }
            path.append(text)
        }
        let query = parts.count == 2 ? FormText.fields(parts[1]) : []
        guard let query else { return nil }
        method = request.method
        self.path = path
        self.query = query
        headers = request.headers
        body = request.body
        host = (request.headers["Host"] ?? "").lowercased()
    }

    /// The value of a query field, its name compared without regard to case.
    func query(_ name: String) -> String? {
        query.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The fields of a form, or nil where the body is none: another content type, a broken escape, not UTF-8.
    var form: [(name: String, value: String)]? {
        let type = headers["Content-Type"]?.split(separator: ";").first.map(String.init) ?? ""
        guard type.lowercased().filter({ $0 != " " }) == "application/x-www-form-urlencoded",
            let text = String(validating: body, as: UTF8.self)
        else { return nil }
        return FormText.fields(text[...])
    }

    /// The token of `Authorization: Bearer …`.
    var bearer: String? {
        guard let field = headers["Authorization"] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

/// `application/x-www-form-urlencoded`, which queries are as well.
enum FormText {
    static func fields(_ text: Substring) -> [(name: String, value: String)]? {
        var fields: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = unescaped(parts[0], plusIsSpace: true),
                let value = unescaped(parts.count == 2 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            fields.append((name, value))
        }
        return fields
    }

    static func unescaped(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = hexadecimal(rest.prefix(2)) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ digits: Substring.UTF8View.SubSequence) -> UInt8? {
        var value: UInt8 = 0
        for digit in digits {
            guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            value = value << 4 | UInt8(nibble)
        }
        return value
    }
}
