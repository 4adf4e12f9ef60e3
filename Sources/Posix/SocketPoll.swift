internal import Glibc

/// Waits for sockets that have left their loop: how a thread of its own does what the loop does for the others.
///
/// Not `Sendable`: belongs to the thread that waits, with its sockets.
package final class SocketPoll {
    package enum Reason: Hashable, Sendable { case ready, deadline, interrupted }

    private let sockets: [StreamSocket]
    private let entries: UnsafeMutableBufferPointer<pollfd>

    /// - Parameter sockets: each of them off its loop for as long as this is used.
    package init(_ sockets: [StreamSocket], interruption: Interruption) {
        self.sockets = sockets
        entries = .allocate(capacity: sockets.count + 1)
        entries.initialize(repeating: pollfd(fd: -1, events: 0, revents: 0))
        entries[sockets.count] = pollfd(
            fd: interruption.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    }

    deinit { entries.deallocate() }

    /// Blocks the calling thread until a socket can do what it last could not, until the deadline, or until interrupted.
    package func wait(until deadline: Instant?) -> Reason {
        for (index, socket) in sockets.enumerated() {
            let events = (socket.isReadable ? 0 : POLLIN) | (socket.isWritable ? 0 : POLLOUT)
            // A socket that nothing is wanted of would still be reported when it is hung up, again and again.
            entries[index] = pollfd(
                fd: events == 0 ? -1 : socket.descriptor.rawValue, events: Int16(events), revents: 0)
        }
        let count = poll(entries.baseAddress, nfds_t(entries.count), deadline.map(Self.patience) ?? -1)
        if count <= 0 { return .deadline }
        for (index, socket) in sockets.enumerated() {
            let ready = Int32(entries[index].revents)
            if ready & (POLLIN | POLLHUP | POLLERR) != 0 { socket.noteReadable() }
            if ready & (POLLOUT | POLLHUP | POLLERR) != 0 { socket.noteWritable() }
        }
        return entries[sockets.count].revents != 0 ? .interrupted : .ready
    }

    /// The milliseconds until then, rounded up.
    private static func patience(until deadline: Instant) -> CInt {
        let (seconds, attoseconds) = max(.zero, Instant.now.duration(to: deadline)).components
        return CInt(clamping: min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
