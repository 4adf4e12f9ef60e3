package import Posix

/// Whose program is at the other end of an accepted local connection?
package enum PeerCheck {
    package enum Verdict: Hashable, Sendable {
        case ours
        /// Another user's, root's included.
        case other(userID: UInt32)
        /// The peer wrote and closed before it could be asked about: its socket belongs to nobody any more.
        case unknown
    }

    /// Asks the kernel for the owner of the peer's socket.
    ///
    /// One that its program has closed already may be reported as uid 0 and inode 0, whoever it was.
    /// - Throws: where the kernel could not be asked.
    package static func verdict(of peer: SocketAddress, connectedTo local: SocketAddress)
        throws(SystemError) -> Verdict
    {
        guard let owner = try SocketPeer.owner(of: peer, connectedTo: local),
            !owner.isClosed || owner.userID != 0
        else { return .unknown }
        return owner.userID == SocketPeer.ownUserID ? .ours : .other(userID: owner.userID)
    }

    /// The peer of a connection that a TCP listener accepted.
    /// - Throws: where the kernel could not be asked.
    package static func verdict(of accepted: Listener.Accepted) throws(SystemError) -> Verdict {
        guard let local = accepted.localAddress else { return .unknown }
        let verdict = try verdict(of: accepted.peer, connectedTo: local)
        // One that was reset meanwhile may have left its port to another's socket.
        return accepted.isConnected ? verdict : .unknown
    }

    /// Whether the peer's program has closed its socket, and not only ended its sending side; no, where the kernel
    /// could not be asked.
    package static func hasClosed(_ peer: SocketAddress, connectedTo local: SocketAddress) -> Bool {
        do { return try SocketPeer.owner(of: peer, connectedTo: local)?.isClosed ?? true } catch {
            return false
        }
    }

    /// The peer of a unix socket.
    package static func verdict(ofUnixPeer descriptor: FileDescriptor) -> Verdict {
        guard let process = SocketPeer.process(connectedBy: descriptor) else { return .unknown }
        return process.userID == SocketPeer.ownUserID ? .ours : .other(userID: process.userID)
    }
}
