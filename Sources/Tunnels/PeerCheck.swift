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
    /// A socket that its program has closed already is reported as uid 0 with inode 0, so only an inode other
    /// than 0 says anything about the owner.
    package static func verdict(of peer: SocketAddress, connectedTo local: SocketAddress) -> Verdict {
        guard let owner = SocketPeer.owner(of: peer, connectedTo: local), owner.inode != 0 else {
            return .unknown
        }
        return owner.userID == SocketPeer.ownUserID ? .ours : .other(userID: owner.userID)
    }

    /// The peer of a connection that a TCP listener accepted.
    package static func verdict(of accepted: Listener.Accepted) -> Verdict {
        guard let local = accepted.localAddress else { return .unknown }
        return verdict(of: accepted.peer, connectedTo: local)
    }

    /// The peer of a unix socket.
    package static func verdict(ofUnixPeer descriptor: FileDescriptor) -> Verdict {
        guard let process = SocketPeer.process(connectedBy: descriptor) else { return .unknown }
        return process.userID == SocketPeer.ownUserID ? .ours : .other(userID: process.userID)
    }
}
