internal import Glibc
internal import Posix

/// A program at the local end of a tunnel: a TCP connection of the test's own thread, with deadlines.
package final class LocalProgram {
    /// How its connection ended.
    package enum Ending: Hashable, Sendable {
        case tidy
        case reset
        /// Not at all in the time.
        case hanging
    }

    private let descriptor: CInt
    /// The kernel tells of a reset once.
    private var isReset = false
    package private(set) var received: [UInt8] = []

    package init(port: UInt16) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.map { connect(descriptor, $0, size) }
        }
        guard status == 0 else { throw SystemError.last("connect") }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Sends what is taken until the deadline.
    /// - Returns: how much that was.
    @discardableResult
    package func send(_ bytes: [UInt8], within limit: Duration = .seconds(20)) -> Int {
        let deadline = Instant.now.advanced(by: limit)
        var sent = 0
        while sent < bytes.count, wait(for: Int16(POLLOUT), until: deadline) {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count < 0, errno != EAGAIN {
                isReset = true
                return sent
            }
            sent += max(0, count)
        }
        return sent
    }

    package func finishSending() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    /// Reads to the end, or until so many bytes are there in all.
    /// - Returns: how it ended; nil where the bytes came first.
    package func read(upTo count: Int = .max, within limit: Duration) -> Ending? {
        let deadline = Instant.now.advanced(by: limit)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while received.count < count {
            guard wait(for: Int16(POLLIN), until: deadline) else { return .hanging }
            let taken = recv(descriptor, &buffer, min(buffer.count, count - received.count), 0)
            if taken == 0 { return isReset ? .reset : .tidy }
            if taken > 0 {
                received += buffer.prefix(taken)
            } else if errno != EAGAIN {
                isReset = true
                return .reset
            }
        }
        return nil
    }

    private func wait(for events: Int16, until deadline: Instant) -> Bool {
        let left = Instant.now.duration(to: deadline)
        let (seconds, rest) = left.components
        guard left > .zero else { return false }
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        return poll(&entry, 1, CInt(clamping: seconds * 1000 + rest / 1_000_000_000_000_000 + 1)) > 0
    }
}
