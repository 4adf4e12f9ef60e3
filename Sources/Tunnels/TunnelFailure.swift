package import Azure
package import Posix
package import Transport

/// Why a tunnel did not open, or broke: bare facts, with the evidence.
package enum TunnelFailure: Error, Sendable {
    /// The token request failed.
    case token(AzureError)
    /// The WebSocket's own connection failed.
    case connection(TLSError)
    /// The service answered the upgrade with a status other than 101, and may have said when to ask again.
    case upgradeRefused(status: Int, excerpt: String, retryAfter: Duration? = nil)
    /// The answer to the upgrade was no answer to it: no HTTP, or (nil) one that does not fit the key.
    case upgradeGarbled(HTTPError?)
    /// A 101 that an HTTP error page followed: the back end refused behind the front proxy.
    case refusedAfterUpgrade
    /// Nothing came from the target in this time after the upgrade.
    case silent(Duration)
    /// So many tunnels were being opened that the turn of this one did not come in this time.
    case crowded(Duration)
    /// A deadline passed while opening.
    case timedOut(Duration)
    /// The peer broke the WebSocket protocol.
    case violation(FrameViolation)
    /// The connection broke in mid-stream.
    case dropped(TLSError?)
    /// The connection was ended before the target had said a byte, as when nothing listens on its port.
    case unanswered
    /// The tunnel stood open, and nothing came through it any more for this time.
    case stalled(Duration)
    /// The service closed with a code other than 1000.
    case closed(code: Int, reason: String)
    /// The ledger of sessions cannot be written, so no session is opened that could not be deleted.
    case ledger(FileError)
    /// The local end broke.
    case local(SystemError)
    case cancelled
}

extension TunnelFailure {
    /// Whether another try to open may succeed where this one failed.
    var isWorthRetrying: Bool {
        switch self {
        case .token(let error): error.isRetryable
        case .connection(let error): error.isPassing
        case .upgradeRefused(let status, _, _): status == 404 || status == 429 || status >= 500
        case .upgradeGarbled, .refusedAfterUpgrade: true
        case .silent, .timedOut, .crowded, .dropped, .unanswered, .stalled, .violation, .closed, .ledger,
            .local,
            .cancelled:
            false
        }
    }

    /// Whether a WebSocket may have failed because its connection had carried requests before.
    var mayBeOfUsedConnection: Bool {
        switch self {
        case .upgradeRefused(let status, _, _): [400, 405, 426, 500, 501, 502, 505].contains(status)
        case .connection, .upgradeGarbled, .timedOut: true
        default: false
        }
    }

    /// Whether the host was waited for in vain: most likely it would be again.
    var isOfSilence: Bool {
        switch self {
        case .timedOut, .connection(.timedOut), .token(.unreachable(_, .connection(.timedOut))): true
        case .connection(let error): error.isSilence
        default: false
        }
    }

    /// Whether a tunnel that failed before its first byte may be replaced by another one.
    var isWorthReplacing: Bool {
        switch self {
        case .refusedAfterUpgrade, .dropped, .unanswered: true
        default: false
        }
    }

    /// Whether it says that the way to the target was lost, not that somebody refused or gave up.
    package var isLoss: Bool {
        switch self {
        case .dropped, .unanswered, .stalled, .closed, .silent, .timedOut, .refusedAfterUpgrade: true
        case .connection(let error), .token(.unreachable(_, .connection(let error))):
            error.isPassing || error.isUnresolved
        case .token(let error): error.isRetryable
        case .upgradeRefused(let status, _, _): status == 429 || status >= 500
        case .upgradeGarbled, .crowded, .violation, .ledger, .local, .cancelled: false
        }
    }

    var retryAfter: Duration? {
        switch self {
        case .token(let error): error.retryAfter
        case .upgradeRefused(_, _, let wait): wait
        default: nil
        }
    }
}

extension TLSError {
    /// Whether a name was not found, as all of them are without a network.
    fileprivate var isUnresolved: Bool {
        switch self {
        case .notResolved: true
        case .proxy(let error):
            if case .unreachable(.notResolved) = error.failure { true } else { false }
        default: false
        }
    }
}

extension TLSError {
    /// Whether the peer did not end the connection but was heard no more, or took nothing.
    var isSilence: Bool {
        if case .lost(let reason) = self { reason.number == SystemError.timedOut } else { false }
    }
}
