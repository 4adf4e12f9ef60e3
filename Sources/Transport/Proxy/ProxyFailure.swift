package import Posix

/// What went wrong at or behind a proxy: which one, and how.
package struct ProxyError: Error, Hashable, Sendable {
    /// Such as `http://proxy:3128`.
    package let proxy: String
    /// The environment variable that names it.
    package let variable: String
    package let failure: ProxyFailure

    package init(proxy: String, variable: String, failure: ProxyFailure) {
        self.proxy = proxy
        self.variable = variable
        self.failure = failure
    }

    init(_ proxy: Proxy, _ failure: ProxyFailure) {
        self.init(proxy: proxy.shown, variable: proxy.variable, failure: failure)
    }
}

/// Why a proxy did not open the way.
package indirect enum ProxyFailure: Error, Hashable, Sendable {
    /// The proxy itself is not reached: its name, its addresses, or (`https`) its TLS.
    case unreachable(TLSError)
    /// It answered CONNECT with something else than 2xx, 401 and 407.
    case refused(status: Int, reason: String)
    /// 407, or the 401 of tinyproxy: it asks for credentials, or does not accept those it got. The schemes are those
    /// that it offers.
    case signInNeeded(status: Int, schemes: [String], hadCredentials: Bool)
    /// SOCKS: it takes none of the ways to sign in that were offered (none, and user name with password if given).
    case noCommonMethod(hadCredentials: Bool)
    /// SOCKS: user name and password are wrong.
    case credentialsRefused
    /// SOCKS: it did not connect (RFC 1928, section 6).
    case socksRefused(SOCKSReply)
    /// Its answer is no HTTP.
    case notHTTP
    /// Its answer is no SOCKS 5.
    case notSOCKS
    /// The head of its answer is longer than we take.
    case answerTooLong
    /// More followed behind the answer that opened the way, before we had sent anything.
    case unaskedBytes
    case closed
    case lost(SystemError)
    case timedOut
    case cancelled
    /// It opened the way, and TLS with the target failed on it.
    case behind(TLSError)
}

/// What a SOCKS 5 proxy says to a request (RFC 1928, section 6).
package enum SOCKSReply: Hashable, Sendable {
    case generalFailure
    case notAllowed
    case networkUnreachable
    case hostUnreachable
    case connectionRefused
    case expired
    case commandNotSupported
    case addressTypeNotSupported
    case unknown(UInt8)

    init(_ code: UInt8) {
        self =
            switch code {
            case 1: .generalFailure
            case 2: .notAllowed
            case 3: .networkUnreachable
            case 4: .hostUnreachable
            case 5: .connectionRefused
            case 6: .expired
            case 7: .commandNotSupported
            case 8: .addressTypeNotSupported
            default: .unknown(code)
            }
    }

    /// Whether another address of the same host may do.
    var isAboutAddress: Bool {
        switch self {
        case .networkUnreachable, .hostUnreachable, .connectionRefused, .expired, .addressTypeNotSupported:
            true
        case .generalFailure, .notAllowed, .commandNotSupported, .unknown: false
        }
    }
}

extension TLSError {
    /// The error for a way that a proxy did not open, or that failed behind it.
    static func through(_ proxy: Proxy, _ failure: ProxyFailure) -> TLSError {
        switch failure {
        case .cancelled, .unreachable(.cancelled), .behind(.cancelled): .cancelled
        default: .proxy(ProxyError(proxy, failure))
        }
    }
}
