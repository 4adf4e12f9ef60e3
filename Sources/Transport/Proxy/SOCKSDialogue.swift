package import Posix

/// Asks a SOCKS 5 proxy for a connection (RFC 1928), with user name and password (RFC 1929) where there are some.
package struct SOCKSDialogue: ProxyDialogue {
    /// What the proxy is to connect to.
    package enum Destination: Hashable, Sendable {
        /// Up to 255 bytes; the proxy looks it up.
        case name(String)
        case address(SocketAddress)
    }

    private enum Phase { case method, signIn, request }
    private enum Method {
        static let none: UInt8 = 0
        static let password: UInt8 = 2
    }
    private enum AddressType {
        static let four: UInt8 = 1
        static let name: UInt8 = 3
        static let six: UInt8 = 4
    }
    private static let version: UInt8 = 5

    private let destination: Destination
    private let port: UInt16
    private let credentials: ProxyCredentials?
    private var phase = Phase.method
    private var pending: [UInt8] = []

    package init(to destination: Destination, port: UInt16, credentials: ProxyCredentials?) {
        self.destination = destination
        self.port = port
        self.credentials = credentials
    }

    /// The ways to sign in: none, and user name with password where they are known.
    package func greeting() -> SecretBytes {
        let methods = credentials == nil ? [Method.none] : [Method.none, Method.password]
        return SecretBytes(copying: [Self.version, UInt8(methods.count)] + methods)
    }

    package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ProxyFailure) -> ProxyStep {
        pending += bytes
        if phase != .signIn, let first = pending.first, first != Self.version { throw .notSOCKS }
        // Every message has two bytes at least; the second one says whether it went well.
        guard pending.count >= 2 else { return .readMore }
        switch phase {
        case .method:
            let method = pending[1]
            pending.removeFirst(2)
            return try choose(method)
        case .signIn:
            // The first byte is the version of the sign-in, which some proxies take for that of SOCKS.
            guard pending[1] == 0 else { throw .credentialsRefused }
            pending.removeFirst(2)
            return request()
        case .request: return try finish()
        }
    }

    private mutating func choose(_ method: UInt8) throws(ProxyFailure) -> ProxyStep {
        switch (method, credentials) {
        case (Method.none, _): return request()
        case (Method.password, let credentials?):
            phase = .signIn
            return .send(Self.signIn(credentials))
        case (0xFF, _): throw .noCommonMethod(hadCredentials: credentials != nil)
        default: throw .notSOCKS
        }
    }

    private static func signIn(_ credentials: ProxyCredentials) -> SecretBytes {
        let (user, password) = (credentials.user, credentials.password)
        return SecretBytes(count: 3 + user.count + password.count) { bytes in
            bytes[0] = 1
            bytes[1] = UInt8(truncatingIfNeeded: user.count)
            user.withBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[2...]).copyMemory(from: $0) }
            bytes[2 + user.count] = UInt8(truncatingIfNeeded: password.count)
            password.withBytes {
                UnsafeMutableRawBufferPointer(rebasing: bytes[(3 + user.count)...]).copyMemory(from: $0)
            }
        }
    }

    private mutating func request() -> ProxyStep {
        phase = .request
        var bytes: [UInt8] = [Self.version, 1, 0]
        switch destination {
        case .name(let name):
            bytes += [AddressType.name, UInt8(truncatingIfNeeded: name.utf8.count)] + Array(name.utf8)
        case .address(let address):
            bytes += [address.isIPv6 ? AddressType.six : AddressType.four] + address.addressBytes
        }
        bytes += [UInt8(port >> 8), UInt8(port & 0xFF)]
        return .send(SecretBytes(moving: &bytes))
    }

    /// A refusal counts as soon as it is known: some proxies send no more of it.
    private mutating func finish() throws(ProxyFailure) -> ProxyStep {
        guard pending[1] == 0 else { throw .socksRefused(SOCKSReply(pending[1])) }
        guard pending.count >= 5 else { return .readMore }
        let addressCount: Int
        switch pending[3] {
        case AddressType.four: addressCount = 4
        case AddressType.six: addressCount = 16
        case AddressType.name: addressCount = 1 + Int(pending[4])
        default: throw .notSOCKS
        }
        let count = 4 + addressCount + 2
        guard pending.count >= count else { return .readMore }
        // The target speaks after we did.
        guard pending.count == count else { throw .unaskedBytes }
        pending = []
        return .opened
    }
}
