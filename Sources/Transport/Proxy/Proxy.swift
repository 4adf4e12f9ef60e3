package import Posix

/// The way to a host: straight, or through a proxy.
package enum ProxyRoute: Sendable {
    case direct
    case proxy(Proxy)
}

/// A proxy, as an environment variable names it.
package struct Proxy: Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// HTTP, where CONNECT opens the way (RFC 9110, section 9.3.6).
        case http
        /// The same over TLS.
        case https
        /// SOCKS 5 (RFC 1928) with names that are looked up here.
        case socks5
        /// SOCKS 5 with names that the proxy looks up.
        case socks5h

        /// What is taken where the setting names no port.
        var port: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            case .socks5, .socks5h: 1080
            }
        }
    }

    package let kind: Kind
    /// Without brackets.
    package let host: String
    package let port: UInt16
    package let credentials: ProxyCredentials?
    /// The environment variable: what a person changes.
    package let variable: String

    package init(
        _ kind: Kind, host: String, port: UInt16, credentials: ProxyCredentials? = nil, variable: String
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.credentials = credentials
        self.variable = variable
    }

    /// Such as `http://proxy:3128`: without user name and password.
    package var shown: String { "\(kind.rawValue)://\(Authority.text(host: host, port: port))" }
}

/// What a proxy is signed in to with, percent-decoded.
package struct ProxyCredentials: Sendable {
    package let user: SecretBytes
    package let password: SecretBytes

    package init(user: SecretBytes, password: SecretBytes) {
        (self.user, self.password) = (user, password)
    }
}

/// A proxy setting that cannot be used: the variable and its value without user name and password.
package struct ProxySettingProblem: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// `socks4`, `socks` and the like.
        case unsupportedScheme
        case malformed
        /// SOCKS takes 1 to 255 bytes of user name, and up to 255 of password (RFC 1929).
        case credentialsLength
    }

    package let kind: Kind
    package let variable: String
    package let value: String

    package init(kind: Kind, variable: String, value: String) {
        (self.kind, self.variable, self.value) = (kind, variable, value)
    }
}
