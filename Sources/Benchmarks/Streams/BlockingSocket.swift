internal import Glibc
internal import Posix

/// A connected TCP socket of this machine, with TCP_NODELAY; its calls wait.
final class BlockingSocket: ByteStream {
    let descriptor: FileDescriptor
    /// What `discard` and `give` move at once; made when it is needed.
    private lazy var block = Block(256 * 1024)

    /// Takes over a connected descriptor.
    init(adopting descriptor: FileDescriptor) {
        self.descriptor = descriptor
        var on: CInt = 1
        setsockopt(
            descriptor.rawValue, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Connects to a port of 127.0.0.1.
    convenience init(port: UInt16) throws(StreamFailure) {
        let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .system(.last("socket")) }
        let descriptor = FileDescriptor(owning: number)
        let status = LoopbackAddress.withPointer(port) { connect(number, $0, $1) }
        guard status == 0 else { throw .system(.last("connect")) }
        self.init(adopting: descriptor)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
        while true {
            let count = recv(descriptor.rawValue, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return count }
            if errno != EINTR { throw .system(.last("recv")) }
        }
    }

    /// Makes receiving fail when nothing comes for so long; nil: it waits for ever.
    func limitReceiving(to time: Duration?) {
        let (seconds, rest) = (time ?? .zero).components
        var span = timeval(tv_sec: Int(seconds), tv_usec: Int(rest / 1_000_000_000_000))
        setsockopt(
            descriptor.rawValue, SOL_SOCKET, SO_RCVTIMEO, &span, socklen_t(MemoryLayout<timeval>.size))
    }

    func sendAll(_ bytes: UnsafeRawBufferPointer) throws(StreamFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = send(descriptor.rawValue, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(.last("send"))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func discard(_ count: UInt64) throws(StreamFailure) {
        var left = count
        while left > 0 {
            let wanted = Int(min(left, UInt64(block.bytes.count)))
            let received = try receive(into: UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<wanted]))
            if received == 0 { throw .ended }
            left -= UInt64(received)
        }
    }

    func give(_ count: UInt64) throws(StreamFailure) {
        var left = count
        while left > 0 {
            let size = Int(min(left, UInt64(block.bytes.count)))
            try sendAll(UnsafeRawBufferPointer(rebasing: block.bytes[..<size]))
            left -= UInt64(size)
        }
    }

    func finish() { shutdown(descriptor.rawValue, CInt(SHUT_WR)) }
}

/// Addresses of 127.0.0.1.
enum LoopbackAddress {
    /// The port that a socket is bound to.
    static func ownPort(of descriptor: FileDescriptor) -> UInt16? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor.rawValue, $0, &size)
            }
        }
        return status == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }

    static func withPointer(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
