package import Posix

/// The end of a tunnel on this machine: one socket, or standard input and output as a pair.
///
/// Both halves signal the wake-up of the tunnel's TLS connection, so that one task serves both sides.
package final class LocalEnd {
    private let input: StreamSocket
    private let output: StreamSocket

    /// A socket, non-blocking.
    package init(socket: FileDescriptor, wakeUp: WakeUp) throws(SystemError) {
        input = try StreamSocket(adopting: socket, wakeUp: wakeUp)
        output = input
    }

    /// Two descriptors, each of one direction.
    package init(input: FileDescriptor, output: FileDescriptor, wakeUp: WakeUp) throws(SystemError) {
        self.input = try StreamSocket(adopting: input, wakeUp: wakeUp)
        self.output = try StreamSocket(adopting: output, wakeUp: wakeUp)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> FileDescriptor.Progress {
        try input.read(into: buffer)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> FileDescriptor.Progress {
        try output.write(bytes)
    }

    /// Tells the local program that nothing more comes; it may still send.
    func finishSending() {
        if input === output { output.finishSending() } else { output.close() }
    }

    /// Whether the program that had the other end has gone for good, and not only ended its sending side.
    ///
    /// To be asked at the end of input. Pipes and unix sockets hang up; a TCP peer on this machine that closed has
    /// no inode any more; one on another machine cannot be asked.
    var peerIsGone: Bool {
        if output.descriptor.hasHungUp { return true }
        guard input === output, let local = input.localAddress, let peer = input.peerAddress else {
            return false
        }
        return peer.isLoopback && PeerCheck.hasClosed(peer, connectedTo: local)
    }

    /// Takes the descriptors, which stay open, off the loop: another local end can be made of them, or a thread may
    /// use this one until `joinLoop`.
    func leaveLoop() {
        for socket in sockets { socket.leaveLoop() }
    }

    func joinLoop() throws(SystemError) {
        for socket in sockets { try socket.joinLoop() }
    }

    /// What is to be waited for; once where both directions are one socket.
    var sockets: [StreamSocket] { input === output ? [input] : [input, output] }

    func close() {
        input.close()
        output.close()
    }

    /// Closes after what was written has been delivered.
    ///
    /// What the program still sends is discarded: a socket that is closed over unread bytes, or gets more of them, is
    /// reset, and what the program had not taken yet would be lost. So this waits as long as the program takes to
    /// read, or to go.
    func closeGently() async {
        finishSending()
        await settle(until: nil)
        close()
    }

    /// Closes so that the local program sees a failure and not a tidy end: after what was written, if that is taken
    /// soon.
    func fail() async {
        await settle(until: .now.advanced(by: .seconds(1)))
        input.resetOnClose()
        close()
    }

    /// Waits until all that was written is delivered, until the program is gone, or until cancelled.
    private func settle(until deadline: Instant?) async {
        let shortest = Duration.milliseconds(2)
        var pause = shortest
        while discardInput(), output.hasUndelivered, deadline.map({ $0 > .now }) ?? true {
            // The kernel does not say when the last byte is acknowledged.
            let next = Instant.now.advanced(by: pause)
            if await input.wakeUp.wait(until: deadline.map { min($0, next) } ?? next) == .cancelled { return }
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// - Returns: false when the program is gone.
    private func discardInput() -> Bool {
        // What stands on our own standard input may be for whoever reads it next.
        guard input === output else { return true }
        var hasMore = true
        return withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { space in
            while hasMore {
                guard let progress = try? input.read(into: space) else { return false }
                if case .done = progress { continue }
                hasMore = false
            }
            return true
        }
    }
}
