/// An `https://host[:port]` without path, user and query.
enum WebOrigin {
    static let pattern = "^https://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?$"

    /// The origin in its one form: lower-case host, no trailing slash. Nil for other text.
    static func parse(_ text: String) -> String? {
        let scheme = "https://"
        guard text.lowercased().hasPrefix(scheme) else { return nil }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var port = ""
        let portMark = rest.lastIndex(of: ":")
        if let portMark, !rest[portMark...].contains("]") {
            host = rest[..<portMark]
            let digits = String(rest[rest.index(after: portMark)...])
            guard let number = ListenerText.port(digits, from: 1) else { return nil }
            port = ":\(number)"
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = IPAddress(host.dropFirst().dropLast()), address.bytes.count == 16 else {
                return nil
            }
            return "\(scheme)[\(address)]\(port)"
        }
        guard isDomain(String(host)) else { return nil }
        return scheme + host.lowercased() + port
    }

    static let domainPattern =
        "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"

    /// Whether the text is a host name: labels of letters, digits and hyphens (RFC 1123).
    static func isDomain(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else {
                return false
            }
            return label.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
                default: false
                }
            }
        }
    }
}
