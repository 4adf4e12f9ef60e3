internal import CPosix
internal import Glibc

/// A connected, non-blocking stream socket (or pipe) on an event loop.
///
/// Reads and writes never block: they say `wouldBlock`, and `wakeUp` is signalled when it may be tried again.
/// Several sockets may share one wake-up, so that one task serves them all. Not `Sendable`: one task owns it.
package final class StreamSocket {
    package let descriptor: FileDescriptor
    package let wakeUp: WakeUp
    private var watch: Watch
    private let isTCP: Bool

    /// Takes over a descriptor that is non-blocking already.
    package init(adopting descriptor: FileDescriptor, wakeUp: WakeUp) throws(SystemError) {
        self.descriptor = descriptor
        self.wakeUp = wakeUp
        isTCP = descriptor.isTCP
        watch = try EventLoop.current.watch(descriptor, waking: wakeUp)
    }

    deinit { watch.cancel() }

    /// Whether a read may find something; false after `wouldBlock` until the loop says otherwise.
    package var isReadable: Bool { watch.isReadable }
    package var isWritable: Bool { watch.isWritable }

    /// To be called by what waits for a socket that has left its loop.
    func noteReadable() { watch.isReadable = true }
    func noteWritable() { watch.isWritable = true }

    /// To be called after a read that was done past this object (OpenSSL).
    ///
    /// A TCP socket that gave less than it was asked for is empty (epoll(7), question 9): the call that would only
    /// say so is spared. Not where the peer has ended its side: nothing else would tell that.
    package func noteRead(_ count: Int, of wanted: Int) {
        if count < wanted, isTCP, !watch.hasPeerEnded { watch.isReadable = false }
    }

    /// To be called by code that read the descriptor past this object (OpenSSL) and would have blocked.
    package func noteReadWouldBlock() { watch.isReadable = false }
    package func noteWriteWouldBlock() { watch.isWritable = false }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError)
        -> FileDescriptor.Progress
    {
        guard watch.isReadable else { return .wouldBlock }
        let progress = try descriptor.read(into: buffer)
        switch progress {
        case .done(let count): noteRead(count, of: buffer.count)
        case .wouldBlock: watch.isReadable = false
        case .ended: break
        }
        return progress
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> FileDescriptor.Progress {
        guard watch.isWritable else { return .wouldBlock }
        let progress = try descriptor.write(bytes)
        if progress == .wouldBlock { watch.isWritable = false }
        return progress
    }

    /// Tells the peer that no more comes (shutdown(2), SHUT_WR).
    package func finishSending() { _ = shutdown(descriptor.rawValue, CInt(SHUT_WR)) }

    /// Ends the watch; the descriptor stays open and may be adopted again, or be used by one thread other than the
    /// loop's until `joinLoop`.
    package func leaveLoop() { watch.cancel() }

    /// Watches a socket again that had left, on the loop of the calling thread.
    package func joinLoop() throws(SystemError) {
        watch.cancel()
        watch = try EventLoop.current.watch(descriptor, waking: wakeUp)
    }

    package func close() {
        watch.cancel()
        descriptor.close()
    }

    /// Whether the peer's kernel lacks some of what was written: closing now could lose it. False but for TCP.
    package var hasUndelivered: Bool { undelivered > 0 }

    /// Makes close() send a reset (SO_LINGER 0), so that the peer sees a failure and not a tidy end.
    package func resetOnClose() { descriptor.resetOnClose() }

    /// How much of what was written the peer's kernel lacks, in bytes; 0 but for TCP.
    package var undelivered: Int { max(0, Int(bu_unacknowledged(descriptor.rawValue))) }
}

extension FileDescriptor {
    /// Makes close() send a reset (SO_LINGER 0).
    package func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(rawValue, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

extension StreamSocket {
    /// How a TCP connection to the network notices a peer that is dead or takes nothing: keepalive after 30 s of
    /// idling, every 10 s, three times; and data that is unacknowledged, or not taken (a window of 0), for 60 s ends
    /// it (TCP_USER_TIMEOUT; tcp(7)).
    private static func setOptions(_ descriptor: FileDescriptor) { setOptions(descriptor, .seconds(60)) }

    private static func setOptions(_ descriptor: FileDescriptor, _ time: Duration) {
        let (seconds, rest) = time.components
        let milliseconds = seconds * 1000 + rest / 1_000_000_000_000_000
        let interval = CInt(clamping: max(1, milliseconds / 6000))
        let limit = CInt(clamping: max(1000, milliseconds))
        _ = bu_set_tcp_options(
            descriptor.rawValue, CInt(clamping: max(1, milliseconds / 2000)), interval, 3, limit)
    }

    /// Has the connection end with ETIMEDOUT once the peer has been dead, or has taken nothing, for this time: to the
    /// second, and one at least.
    package func noticeDeadPeer(within time: Duration) { Self.setOptions(descriptor, time) }

    /// Begins to connect; `isConnected` says when it is done.
    static func startConnecting(to address: SocketAddress, wakeUp: WakeUp) throws(SystemError)
        -> StreamSocket
    {
        let number = socket(address.family, CInt(SOCK_STREAM.rawValue) | 0o4000 | 0o2000000, 0)
        guard number >= 0 else { throw .last("socket") }
        let descriptor = FileDescriptor(owning: number)
        if address.family != AF_UNIX { setOptions(descriptor) }
        let status = address.withPointer { Glibc.connect(number, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else { throw .last("connect") }
        let stream = try StreamSocket(adopting: descriptor, wakeUp: wakeUp)
        stream.watch.isWritable = status == 0
        return stream
    }

    /// Whether the connection stands already.
    /// - Throws: why it never will.
    func isConnected() throws(SystemError) -> Bool {
        guard watch.isWritable else { return false }
        var failure: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        _ = getsockopt(descriptor.rawValue, SOL_SOCKET, SO_ERROR, &failure, &size)
        guard failure == 0 else { throw SystemError("connect", number: failure) }
        return true
    }

    /// The address of this end, or of the peer; nil where the socket has none.
    package var localAddress: SocketAddress? { address(getsockname) }
    package var peerAddress: SocketAddress? { address(getpeername) }

    private func address(
        _ ask: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> SocketAddress? { descriptor.address(ask) }
}

extension FileDescriptor {
    func address(
        _ ask: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> SocketAddress? {
        var space = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &space) { bytes in
            guard let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                ask(rawValue, pointer, &size) == 0
            else { return nil }
            return SocketAddress(storage: Array(bytes.prefix(Int(size))))
        }
    }

    fileprivate var isTCP: Bool {
        var protocolNumber: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(rawValue, SOL_SOCKET, SO_PROTOCOL, &protocolNumber, &size) == 0
            && protocolNumber == CInt(IPPROTO_TCP)
    }
}
