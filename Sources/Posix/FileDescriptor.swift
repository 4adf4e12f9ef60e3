internal import CPosix
internal import Glibc
internal import Synchronization

/// An open file descriptor with one owner: closed when the owner lets go, or earlier by `close()`.
package final class FileDescriptor: Sendable {
    private let number: Mutex<CInt>

    /// Takes ownership of an open descriptor.
    package init(owning number: CInt) { self.number = Mutex(number) }

    deinit { close() }

    /// The descriptor's number; -1 once it is closed.
    package var rawValue: CInt { number.withLock { $0 } }

    package func close() {
        let open = number.withLock { number in
            defer { number = -1 }
            return number
        }
        if open >= 0 { _ = Glibc.close(open) }
    }

    /// Gives up ownership: the caller closes the number that is returned.
    package func release() -> CInt {
        number.withLock { number in
            defer { number = -1 }
            return number
        }
    }

    /// open(2) with O_CLOEXEC.
    package static func open(_ path: String, _ flags: CInt, mode: UInt32 = 0) throws(SystemError)
        -> FileDescriptor
    {
        let number = bu_open(path, flags, mode)
        guard number >= 0 else { throw .last("open") }
        return FileDescriptor(owning: number)
    }

    /// A connected pair of non-blocking unix stream sockets.
    package static func socketPair() throws(SystemError) -> (FileDescriptor, FileDescriptor) {
        var numbers: [CInt] = [-1, -1]
        guard bu_socket_pair(&numbers) == 0 else { throw .last("socketpair") }
        return (FileDescriptor(owning: numbers[0]), FileDescriptor(owning: numbers[1]))
    }

    /// A blocking pipe, both ends close-on-exec: (read end, write end).
    package static func pipe() throws(SystemError) -> (read: FileDescriptor, write: FileDescriptor) {
        var numbers: [CInt] = [-1, -1]
        guard bu_pipe(&numbers) == 0 else { throw .last("pipe") }
        return (FileDescriptor(owning: numbers[0]), FileDescriptor(owning: numbers[1]))
    }
}

extension FileDescriptor {
    /// What one non-blocking read or write came to.
    package enum Progress: Hashable, Sendable {
        case done(Int)
        case wouldBlock
        /// The other end finished sending (reads only).
        case ended
    }

    /// read(2), repeated on EINTR.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Progress {
        while true {
            let count = Glibc.read(rawValue, buffer.baseAddress, buffer.count)
            if count > 0 { return .done(count) }
            if count == 0 { return .ended }
            if errno == EAGAIN || errno == EWOULDBLOCK { return .wouldBlock }
            if errno != EINTR { throw .last("read") }
        }
    }

    /// write(2), repeated on EINTR. SIGPIPE must be ignored by the process.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Progress {
        while true {
            let count = Glibc.write(rawValue, bytes.baseAddress, bytes.count)
            if count >= 0 { return .done(count) }
            if errno == EAGAIN || errno == EWOULDBLOCK { return .wouldBlock }
            if errno != EINTR { throw .last("write") }
        }
    }

    /// Writes all of the bytes; for files and others that take them without being waited for.
    /// - Throws: EAGAIN for one that is full.
    package func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        try bytes.withUnsafeBufferPointer { (all) throws(SystemError) in
            try writeAll(UnsafeRawBufferPointer(all))
        }
    }

    /// As above, without a copy of the secret.
    package func writeAll(_ secret: SecretBytes) throws(SystemError) {
        try secret.withBytes { (all) throws(SystemError) in try writeAll(all) }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let progress = try write(UnsafeRawBufferPointer(rebasing: bytes[written...]))
            guard case .done(let count) = progress, count > 0 else {
                throw SystemError("write", number: EAGAIN)
            }
            written += count
        }
    }

    /// Whether nobody can take what is written here any more (poll(2), POLLHUP or POLLERR): the other end of the pipe
    /// or unix socket is closed, or a TCP connection is over in both directions.
    package var hasHungUp: Bool {
        var entry = pollfd(fd: rawValue, events: 0, revents: 0)
        return poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLHUP | POLLERR) != 0
    }

    /// Sets or clears O_NONBLOCK (shared by everyone who holds the same open file).
    package func setNonBlocking(_ on: Bool) throws(SystemError) {
        let flags = fcntl(rawValue, F_GETFL)
        guard flags >= 0, fcntl(rawValue, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) >= 0 else {
            throw .last("fcntl")
        }
    }
}
