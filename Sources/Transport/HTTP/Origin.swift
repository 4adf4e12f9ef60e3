/// A server that is spoken to over TLS: what stands before the path in `https://host[:port]/path`.
package struct Origin: Hashable, Sendable {
    /// Lower case; an IPv6 literal without its brackets.
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16 = 443) {
        let lower = host.lowercased()
        self.host =
            lower.hasPrefix("[") && lower.hasSuffix("]") ? String(lower.dropFirst().dropLast()) : lower
        self.port = port
    }

    /// Reads `https://host[:port]`, with nothing or a single `/` behind it.
    /// - Returns: nil for any other scheme, user names, paths, and hosts that are none.
    package init?(_ text: String) {
        guard let (origin, target) = Origin.split(text), target == "/" else { return nil }
        self = origin
    }

    /// Takes `https://host[:port]/path?query` apart.
    /// - Returns: the origin and the request's target, which begins with `/`; a fragment is dropped.
    package static func split(_ url: String) -> (origin: Origin, target: String)? {
        let scheme = "https://"
        guard url.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let (host, port) = Authority.split(String(authority)) else { return nil }
        var target = String(rest[authority.endIndex...].prefix { $0 != "#" })
        if !target.hasPrefix("/") { target = "/" + target }
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return (Origin(host: host, port: port ?? 443), target)
    }

    /// As in a `Host` field: the port only where it is not 443.
    package var authority: String {
        port == 443 ? Authority.text(host: host, port: nil) : Authority.text(host: host, port: port)
    }
}

extension Origin: CustomStringConvertible {
    package var description: String { "https://\(authority)" }
}

/// `host[:port]`, as in URLs and `Host` fields (RFC 3986, section 3.2).
enum Authority {
    /// - Returns: the host without brackets, and the port if there is one; nil for anything malformed.
    static func split(_ text: String) -> (host: String, port: UInt16?)? {
        var host = text
        var port: UInt16?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard isAddress(host), rest.isEmpty || rest.first == ":" else { return nil }
            if rest.count > 1 {
                guard let number = portNumber(rest.dropFirst()) else { return nil }
                port = number
            }
            return (host, port)
        }
        if let colon = text.firstIndex(of: ":") {
            host = String(text[..<colon])
            let digits = text[text.index(after: colon)...]
            if !digits.isEmpty {
                guard let number = portNumber(digits) else { return nil }
                port = number
            }
        }
        guard isName(host) else { return nil }
        return (host, port)
    }

    static func text(host: String, port: UInt16?) -> String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(host):\($0)" } ?? host
    }

    private static func portNumber(_ digits: Substring) -> UInt16? {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt16(digits), number != 0
        else { return nil }
        return number
    }

    private static func isAddress(_ text: String) -> Bool {
        text.contains(":")
            && text.utf8.allSatisfy { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || isHex($0) }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253, !text.hasPrefix("."), !text.hasPrefix("-") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
