internal import CPosix
internal import Glibc

/// What the kernel knows of the other end of a local connection.
package enum SocketPeer {
    package struct Owner: Hashable, Sendable {
        package let userID: UInt32
        /// 0: its program has closed it already; then only a user other than 0 says anything.
        package let inode: UInt32

        package var isClosed: Bool { inode == 0 }
    }

    /// The owner of the TCP socket that is bound to `source` and connected to `destination` (sock_diag(7)).
    /// - Returns: nil where there is no such socket.
    /// - Throws: where the kernel could not be asked: there is no descriptor or memory left.
    package static func owner(
        of source: SocketAddress, connectedTo destination: SocketAddress
    ) throws(SystemError) -> Owner? {
        var (uid, inode): (UInt32, UInt32) = (0, 0)
        guard source.addressBytes.count == destination.addressBytes.count, !source.addressBytes.isEmpty else {
            return nil
        }
        let status = bu_socket_owner(
            source.family, source.addressBytes, source.port, destination.addressBytes, destination.port, &uid,
            &inode)
        if status == 0 { return Owner(userID: uid, inode: inode) }
        if errno == ENOENT { return nil }
        throw .last("sock_diag")
    }

    package struct Process: Hashable, Sendable {
        package let id: Int32
        package let userID: UInt32
    }

    /// Who connected to a unix socket (SO_PEERCRED).
    package static func process(connectedBy descriptor: FileDescriptor) -> Process? {
        var pid: pid_t = 0
        var uid: uid_t = 0
        guard bu_peer_credentials(descriptor.rawValue, &pid, &uid) == 0 else { return nil }
        return Process(id: pid, userID: uid)
    }

    /// The effective user of this process.
    package static var ownUserID: UInt32 { geteuid() }
}

extension FileDescriptor {
    /// Passes a descriptor over the unix socket that is standard output here (SCM_RIGHTS, with one byte).
    package static func passOverStandardOutput(_ descriptor: FileDescriptor) throws(SystemError) {
        guard bu_send_descriptor(1, descriptor.rawValue) == 0 else { throw .last("sendmsg") }
    }
}
