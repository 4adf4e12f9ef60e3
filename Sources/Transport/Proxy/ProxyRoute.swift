package import Posix

/// The way to a host: straight, or through an HTTP proxy that opens a tunnel (CONNECT).
package enum ProxyRoute: Sendable {
    case direct
    case http(HTTPProxy)
}

/// A proxy that is spoken to in plain HTTP.
package struct HTTPProxy: Sendable {
    package let host: String
    package let port: UInt16
    /// `user:password`, percent-decoded; nil without.
    package let credentials: SecretBytes?

    package init(host: String, port: UInt16, credentials: SecretBytes? = nil) {
        self.host = host
        self.port = port
        self.credentials = credentials
    }
}

/// A proxy setting that cannot be used: the variable and its value without user name and password.
package struct ProxySettingProblem: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// `https`, `socks5` and the like.
        case unsupportedScheme
        case malformed
    }

    package let kind: Kind
    package let variable: String
    package let value: String
}
