internal import COpenSSL
internal import Glibc
internal import Posix

/// Carries OpenSSL's bytes over a stream socket: no call that would block, no SIGPIPE, errors kept as values.
final class SocketBIO {
    let socket: StreamSocket
    /// The peer sent FIN.
    private(set) var hasEnded = false
    /// The error that ended the connection.
    private(set) var failure: SystemError?
    /// Whether another write follows at once.
    var isMoreComing = false

    init(_ socket: StreamSocket) { self.socket = socket }

    /// A BIO that borrows this object; to be given to the SSL object that frees it.
    func makeBIO() -> OpaquePointer? {
        guard let method = Self.method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | CInt(BIO_TYPE_SOURCE_SINK), "stream socket")
        else { return nil }
        BIO_meth_set_read(method) { bio, bytes, count in
            SocketBIO.behind(bio)?.receive(bytes, CInt(count), bio) ?? -1
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            SocketBIO.behind(bio)?.send(bytes, CInt(count), bio) ?? -1
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: 1
            case BIO_CTRL_EOF: SocketBIO.behind(bio)?.hasEnded == true ? 1 : 0
            default: 0
            }
        }
        return method
    }()

    private static func behind(_ bio: OpaquePointer?) -> SocketBIO? {
        BIO_get_data(bio).map { Unmanaged<SocketBIO>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let retryFlags = BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY

    private func receive(_ bytes: UnsafeMutablePointer<CChar>?, _ count: CInt, _ bio: OpaquePointer?) -> CInt
    {
        BIO_clear_flags(bio, Self.retryFlags)
        while socket.isReadable {
            let received = recv(socket.descriptor.rawValue, bytes, Int(count), 0)
            if received > 0 {
                socket.noteRead(received, of: Int(count))
                return CInt(received)
            }
            if received == 0 {
                hasEnded = true
                return 0
            }
            if !canRetry("recv") { return -1 }
            if errno != EINTR { socket.noteReadWouldBlock() }
        }
        BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
        return -1
    }

    private func send(_ bytes: UnsafePointer<CChar>?, _ count: CInt, _ bio: OpaquePointer?) -> CInt {
        BIO_clear_flags(bio, Self.retryFlags)
        let flags = CInt(MSG_NOSIGNAL) | (isMoreComing ? CInt(MSG_MORE) : 0)
        while socket.isWritable {
            let sent = Glibc.send(socket.descriptor.rawValue, bytes, Int(count), flags)
            if sent >= 0 { return CInt(sent) }
            if !canRetry("send") { return -1 }
            if errno != EINTR { socket.noteWriteWouldBlock() }
        }
        BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        return -1
    }

    /// False, and `failure` set, after an error that is one.
    private func canRetry(_ call: String) -> Bool {
        switch errno {
        case EAGAIN, EWOULDBLOCK, EINTR: return true
        default:
            failure = .last(call)
            return false
        }
    }
}
