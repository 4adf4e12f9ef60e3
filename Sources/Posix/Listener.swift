internal import CPosix
internal import Glibc

/// A listening socket on an event loop. One task accepts from it.
package final class Listener {
    package let descriptor: FileDescriptor
    private let wakeUp = WakeUp()
    private let watch: Watch
    /// Given up for a moment to turn a connection away when there is no other descriptor left.
    private var reserve: FileDescriptor?

    /// Binds and listens. TCP: SO_REUSEADDR, IPv6 only where IPv6. Unix: the path must not exist; mode by umask.
    package init(on address: SocketAddress) throws(SystemError) {
        let number = socket(address.family, CInt(SOCK_STREAM.rawValue) | 0o4000 | 0o2000000, 0)
        guard number >= 0 else { throw .last("socket") }
        descriptor = FileDescriptor(owning: number)
        var on: CInt = 1
        if address.family != AF_UNIX {
            _ = setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        if address.isIPv6 {
            _ = setsockopt(number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        guard address.withPointer({ bind(number, $0, $1) }) == 0 else { throw .last("bind") }
        guard listen(number, 1024) == 0 else { throw .last("listen") }
        watch = try EventLoop.current.watch(descriptor, waking: wakeUp)
        reserve = Self.makeReserve()
    }

    private static func makeReserve() -> FileDescriptor? { try? FileDescriptor.open("/dev/null", O_RDONLY) }

    deinit { watch.cancel() }

    /// Where it listens; with port 0 asked for, the port that was chosen.
    package var address: SocketAddress? { descriptor.address(getsockname) }

    package struct Accepted {
        /// Non-blocking, close-on-exec.
        package let descriptor: FileDescriptor
        package let peer: SocketAddress
        /// The address that the peer connected to.
        package var localAddress: SocketAddress? { descriptor.address(getsockname) }
        /// Whether the peer has not reset the connection: so long nobody else can have its address and port.
        package var isConnected: Bool { descriptor.address(getpeername) != nil }
    }

    /// The next connection; nil when the task is cancelled.
    /// - Throws: when the system is short of descriptors or memory. The listener lives on; where it was descriptors,
    ///   the connection has been turned away, and another one may be waiting.
    package func accept() async throws(SystemError) -> Accepted? {
        while true {
            if watch.isReadable {
                var space = sockaddr_storage()
                var size = UInt32(MemoryLayout<sockaddr_storage>.size)
                let number = bu_accept(descriptor.rawValue, &space, &size)
                if number >= 0 {
                    let bytes = withUnsafeBytes(of: space) { Array($0.prefix(Int(size))) }
                    let accepted = FileDescriptor(owning: number)
                    _ = bu_set_tcp_options(number, 0, 0, 0, 0)
                    return Accepted(descriptor: accepted, peer: SocketAddress(storage: bytes))
                }
                switch errno {
                case EAGAIN, EWOULDBLOCK: watch.isReadable = false
                case EINTR, ECONNABORTED, EPROTO: continue
                case EMFILE, ENFILE:
                    let error = SystemError.last("accept")
                    turnAway()
                    throw error
                default: throw .last("accept")
                }
            }
            if await wakeUp.wait() == .cancelled { return nil }
        }
    }

    /// A connection that nobody accepts would hang: it is reset instead.
    private func turnAway() {
        reserve?.close()
        var space = sockaddr_storage()
        var size = UInt32(MemoryLayout<sockaddr_storage>.size)
        let number = bu_accept(descriptor.rawValue, &space, &size)
        if number >= 0 {
            var option = linger(l_onoff: 1, l_linger: 0)
            _ = setsockopt(
                number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            FileDescriptor(owning: number).close()
        }
        reserve = Self.makeReserve()
    }

    package func close() {
        watch.cancel()
        descriptor.close()
        reserve?.close()
    }
}
