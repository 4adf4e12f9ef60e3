package import Posix

/// What happens to the tunnels of a route, as it is told to whoever watches.
package enum TunnelEvent: Sendable {
    /// The first WebSocket is open.
    case ready
    case opened(connection: Int)
    /// So many tunnels are being opened that this one waits for its turn.
    case waitsForTurn(connection: Int)
    /// Ending waits for the service to name a session, so that it can be deleted. Said once.
    case awaitsName
    /// Opening failed and is tried again after the delay.
    case retrying(TunnelFailure, attempt: Int, delay: Duration)
    /// A connection was refused because it is not the user's own.
    case refused(PeerCheck.Verdict, peer: SocketAddress)
    case failed(connection: Int, TunnelFailure)
    case closed(connection: Int, TunnelTraffic)
    /// The session could not be deleted now: it is tried again, and the ledger keeps it for the next run.
    case leftBehind(connection: Int)
    /// The system is short of descriptors or memory.
    case cannotAccept(SystemError)
}

/// What one tunnel carried.
package struct TunnelTraffic: Hashable, Sendable {
    /// Bytes towards the target.
    package var sent: UInt64 = 0
    /// Bytes from the target.
    package var received: UInt64 = 0
    package var duration: Duration = .zero
    /// How long nothing had come from the target at the end.
    package var silence: Duration = .zero

    package init() {}
}
