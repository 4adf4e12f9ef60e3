package import Posix

/// Why a TLS connection could not be made, or did not live on: bare facts.
package indirect enum TLSError: Error, Hashable, Sendable {
    /// What was going on.
    package enum Phase: Hashable, Sendable { case resolving, connecting, handshake, transfer }

    /// Certificate authorities that cannot be used.
    case unusableAuthorities(AuthoritiesProblem)
    /// A server's own certificate chain or key that cannot be used.
    case unusableIdentity(reasons: [String])
    /// OpenSSL refused to set something up.
    case unavailable(reasons: [String])
    case notResolved(host: String, reason: String)
    /// No address of the host could be connected to.
    case notConnected(host: String, port: UInt16, [ConnectAttempt])
    /// At a proxy, or behind it.
    case proxy(ProxyError)
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
