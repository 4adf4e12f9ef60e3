package import Posix

/// Why a TLS connection could not be made, or did not live on: bare facts.
package enum TLSError: Error, Hashable, Sendable {
    /// What was going on.
    package enum Phase: Hashable, Sendable { case resolving, connecting, proxy, handshake, transfer }

    /// A file of certificate authorities that cannot be read or holds none.
    case unusableAuthorities(path: String, reasons: [String])
    /// A server's own certificate chain or key that cannot be used.
    case unusableIdentity(reasons: [String])
    /// OpenSSL refused to set something up.
    case unavailable(reasons: [String])
    case notResolved(host: String, reason: String)
    /// No address of the host (or of the proxy) could be connected to; the last one's error.
    case notConnected(host: String, port: UInt16, SystemError)
    case proxy(ProxyFailure)
    case certificate(CertificateProblem)
    /// OpenSSL's words; an alert of the peer among them.
    case handshake(reasons: [String])
    /// The established connection broke: a reset, a dead peer.
    case lost(SystemError)
    /// Records that are no valid TLS, or an alert, after the handshake.
    case broken(reasons: [String])
    /// The peer closed without saying so in TLS (no close_notify): what came may be cut short.
    case closed(Phase)
    case timedOut(Phase)
    case cancelled
}

/// Why a peer's certificate was not accepted.
package struct CertificateProblem: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case expired
        case notYetValid
        /// Self-signed, or signed by an authority that is not known here.
        case unknownIssuer
        case nameMismatch
        case other
    }

    package let kind: Kind
    /// The host name or address that was asked for.
    package let host: String
    /// X509_V_ERR_… and OpenSSL's words for it.
    package let code: Int32
    package let text: String
    /// The certificate that failed; empty where OpenSSL named none.
    package let subject: String
    package let issuer: String
}

/// Why a proxy did not open the way.
package enum ProxyFailure: Error, Hashable, Sendable {
    /// It answered CONNECT with something else than 2xx; 407 asks for credentials.
    case refused(status: Int, reason: String)
    /// Its answer is no HTTP, or is too long.
    case notHTTP
    case closed
    case lost(SystemError)
}
