internal import Cryptography
internal import Posix

extension Proxy {
    /// Reads `[scheme://][user:password@]host[:port][/]`; without a scheme it is HTTP, as with curl.
    ///
    /// User name and password end at the last `@`, so that those with a `/` or `#` in them need no encoding.
    init(_ text: String, variable: String) throws(ProxySettingProblem) {
        let (scheme, rest) = Self.split(text)
        var authority = rest
        var credentials: ProxyCredentials?
        if let at = rest.lastIndex(of: "@") {
            credentials = Self.credentials(rest[..<at])
            authority = rest[rest.index(after: at)...]
        }
        authority = authority.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let kind = Kind(rawValue: scheme) else {
            throw ProxySettingProblem(
                kind: .unsupportedScheme, variable: variable, value: Self.shown(scheme, authority))
        }
        guard let (host, port) = Authority.split(String(authority)) else {
            throw ProxySettingProblem(
                kind: .malformed, variable: variable, value: Self.shown(scheme, authority))
        }
        self.init(
            kind, host: host, port: port ?? kind.port, credentials: credentials, variable: variable)
        let isSOCKS = kind == .socks5 || kind == .socks5h
        if isSOCKS, let credentials,
            !(1...255).contains(credentials.user.count) || credentials.password.count > 255
        {
            throw ProxySettingProblem(kind: .credentialsLength, variable: variable, value: shown)
        }
    }

    /// What stands before `://` is a scheme only where its characters are those of one: it may be a password.
    private static func split(_ text: String) -> (scheme: String, rest: Substring) {
        let scheme = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "-") }
        let rest = text[scheme.endIndex...]
        guard !scheme.isEmpty, rest.hasPrefix("://") else { return ("http", text[...]) }
        return (scheme.lowercased(), rest.dropFirst(3))
    }

    /// A user without a password has an empty one.
    private static func credentials(_ text: Substring) -> ProxyCredentials {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        var user = percentDecoded(text[..<colon])
        var password = percentDecoded(text[colon...].dropFirst())
        return ProxyCredentials(user: SecretBytes(moving: &user), password: SecretBytes(moving: &password))
    }

    /// Behind the colon only digits are shown: in a value without a host the rest may be a password.
    private static func shown(_ scheme: String, _ authority: Substring) -> String {
        let isLiteral = authority.hasPrefix("[")
        guard let colon = isLiteral ? authority.lastIndex(of: ":") : authority.firstIndex(of: ":") else {
            return "\(scheme)://\(authority)"
        }
        let port = authority[colon...].dropFirst()
        let isNumber = port.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return "\(scheme)://\(authority[..<colon]):\(isNumber || isLiteral ? String(port) : "…")"
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self))?.first
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
