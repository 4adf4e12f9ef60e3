internal import Glibc
internal import Posix

/// A listening socket on a free port of 127.0.0.1, with a thread for each connection.
final class BlockingListener: Sendable {
    private let descriptor: FileDescriptor
    let port: UInt16

    private static let backlog: CInt = 4096

    init() throws(SystemError) {
        let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .last("socket") }
        descriptor = FileDescriptor(owning: number)
        guard LoopbackAddress.withPointer(0, { bind(number, $0, $1) }) == 0 else { throw .last("bind") }
        guard listen(number, Self.backlog) == 0 else { throw .last("listen") }
        guard let port = LoopbackAddress.ownPort(of: descriptor) else { throw .last("getsockname") }
        self.port = port
    }

    /// Accepts connections for as long as the process lives.
    func serve(_ body: @escaping @Sendable (BlockingSocket) -> Void) throws(SystemError) {
        try Worker.start { [descriptor] in
            while true {
                let number = accept(descriptor.rawValue, nil, nil)
                guard number >= 0 else {
                    if errno == EMFILE || errno == ENFILE { usleep(10_000) }
                    continue
                }
                let accepted = FileDescriptor(owning: number)
                try? Worker.start { body(BlockingSocket(adopting: accepted)) }
            }
        }
    }
}
