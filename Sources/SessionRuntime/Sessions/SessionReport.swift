package import Azure
package import Diagnostics
package import Posix
package import Tunnels

/// What a session tells its user while it runs. Words are found by the listener, through `Explanation`.
package enum SessionReport: Sendable {
    /// A listener is open; only for those that the user connects to.
    case listening(address: SocketAddress, remotePort: UInt16)
    case tunnel(TunnelEvent)
    /// Sessions that an earlier run left behind.
    case swept(LedgerSweep.Report)
    case warning(Diagnostic)
    /// The session is over, and its end takes longer than a moment.
    case endsSlowly
    /// The client's tunnel was lost; it is launched again after the delay.
    case relaunching(TunnelFailure, attempt: Int, of: Int, delay: Duration)
    /// The tunnel was lost again, and no attempt is left.
    case gaveUp(attempts: Int)
    /// The client was given this profile's password and failed all the same.
    case passwordWasUsed(String)
    /// The target was met for the first time, and is known by this certificate from now on.
    case trustingCertificate(String)
    /// A connection of a client that knows how to go on without it.
    case clientLostTunnel(TunnelFailure)
    /// A line of the log of a client that has no terminal.
    case clientSaid(String)
    /// What is left of that log where nothing else explains a failure.
    case clientComplained([String])
    /// All of what a client wrote that was only asked something.
    case clientPrinted([String])
    /// The client failed, and this is the key that the machine at the end of the tunnel had shown.
    case failedAfter(ShownHostKey)
    /// For `-vv`; holds no secret.
    case trace(String)
}
