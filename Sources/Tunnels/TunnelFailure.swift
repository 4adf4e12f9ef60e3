package import Azure
package import Posix
package import Transport

/// Why a tunnel did not open, or broke: bare facts, with the evidence.
package enum TunnelFailure: Error, Sendable {
    /// The token request failed.
    case token(AzureError)
    /// The WebSocket's own connection failed.
    case connection(TLSError)
    /// The service answered the upgrade with a status other than 101.
    case upgradeRefused(status: Int, excerpt: String)
    /// The answer to the upgrade was no answer to it: a wrong accept key, no HTTP.
    case upgradeGarbled(String)
    /// A 101 that an HTTP error page followed: the back end refused behind the front proxy.
    case refusedAfterUpgrade
    /// Nothing came from the target in this time after the upgrade.
    case silent(Duration)
    /// A deadline passed while opening.
    case timedOut(Duration)
    /// The peer broke the WebSocket protocol.
    case violation(FrameViolation)
    /// The connection broke in mid-stream.
    case dropped(TLSError?)
    /// The service closed with a code other than 1000.
    case closed(code: Int, reason: String)
    /// The ledger of sessions cannot be written, so no session is opened that could not be deleted.
    case ledger(FileError)
    /// The local end broke.
    case local(SystemError)
    case cancelled
}

extension TunnelFailure {
    /// Whether another try may succeed where this one failed before the first byte.
    package var isWorthRetrying: Bool {
        switch self {
        case .token(let error): error.isTransient
        case .connection(let error): error.isTransient
        case .upgradeRefused(let status, _): status == 404 || status == 429 || status >= 500
        case .upgradeGarbled, .refusedAfterUpgrade, .silent: true
        case .dropped: true
        case .timedOut, .violation, .closed, .ledger, .local, .cancelled: false
        }
    }
}

extension TLSError {
    /// Whether the network, and not a certificate or a setting, is at fault.
    var isTransient: Bool {
        switch self {
        case .lost, .closed: true
        default: false
        }
    }
}
