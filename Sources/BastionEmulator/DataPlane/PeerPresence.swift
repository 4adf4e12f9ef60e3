internal import Glibc
internal import Posix

extension FileDescriptor {
    /// Whether the peer of a socket has ended its side; says so with unread bytes before the end as well.
    var isPeerGone: Bool {
        // POLLRDHUP of poll(2), which needs _GNU_SOURCE.
        let peerEnded: Int16 = 0x2000
        var entry = pollfd(fd: rawValue, events: peerEnded, revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return false }
        return entry.revents & (peerEnded | Int16(POLLHUP | POLLERR | POLLNVAL)) != 0
    }
}
