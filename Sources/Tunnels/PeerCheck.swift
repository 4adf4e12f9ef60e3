internal import CPosix
internal import Glibc
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

    /// Asks the kernel for the owner of the peer's socket (sock_diag(7)).
    ///
    /// A socket that its program has closed already is reported as uid 0 with inode 0, so only an inode other
    /// than 0 says anything about the owner.
    package static func verdict(of peer: SocketAddress, connectedTo local: SocketAddress) -> Verdict {
        var (uid, inode): (UInt32, UInt32) = (0, 0)
        let family = peer.isIPv6 ? AF_INET6 : AF_INET
        guard peer.addressBytes.count == local.addressBytes.count, !peer.addressBytes.isEmpty,
            bu_socket_owner(
                family, peer.addressBytes, peer.port, local.addressBytes, local.port, &uid, &inode) == 0,
            inode != 0
        else { return .unknown }
        return uid == geteuid() ? .ours : .other(userID: uid)
    }

    /// The peer of a connection that a TCP listener accepted.
    package static func verdict(of accepted: Listener.Accepted) -> Verdict {
        guard let local = accepted.localAddress else { return .unknown }
        return verdict(of: accepted.peer, connectedTo: local)
    }

    /// The peer of a unix socket (SO_PEERCRED).
    package static func verdict(ofUnixPeer descriptor: FileDescriptor) -> Verdict {
        var pid: pid_t = 0
        var uid: uid_t = 0
        guard bu_peer_credentials(descriptor.rawValue, &pid, &uid) == 0 else { return .unknown }
        return uid == geteuid() ? .ours : .other(userID: uid)
    }
}
