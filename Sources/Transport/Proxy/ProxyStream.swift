internal import Posix

/// The connection to a proxy: plain, or in TLS of its own.
enum ProxyStream {
    case plain(StreamSocket)
    case secure(TLSConnection)

    private var socket: StreamSocket {
        switch self {
        case .plain(let socket): socket
        case .secure(let connection): connection.socket
        }
    }

    func close() { socket.close() }

    /// Speaks with the proxy until it has opened the way.
    func run(_ dialogue: consuming some ProxyDialogue, until deadline: Instant) async throws(ProxyFailure) {
        var dialogue = dialogue
        try await send(dialogue.greeting(), until: deadline)
        var chunk: [UInt8] = []
        while true {
            let step = try chunk.withUnsafeBufferPointer { (bytes) throws(ProxyFailure) in
                try dialogue.receive(UnsafeRawBufferPointer(bytes))
            }
            switch step {
            case .opened: return
            case .readMore: chunk = try await receive(until: deadline)
            case .send(let words):
                chunk = []
                try await send(words, until: deadline)
            }
        }
    }

    private func send(_ words: SecretBytes, until deadline: Instant) async throws(ProxyFailure) {
        if case .secure(let connection) = self {
            do { return try await connection.writeAll(words, until: deadline) } catch {
                throw ProxyFailure(error)
            }
        }
        var sent = 0
        while sent < words.count {
            let progress: FileDescriptor.Progress
            do {
                progress = try words.withBytes { (all) throws(SystemError) in
                    try socket.write(UnsafeRawBufferPointer(rebasing: all[sent...]))
                }
            } catch { throw .lost(error) }
            if case .done(let count) = progress { sent += count } else { try await pause(until: deadline) }
        }
    }

    private func receive(until deadline: Instant) async throws(ProxyFailure) -> [UInt8] {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { space.deallocate() }
        let count: Int
        switch self {
        case .plain(let socket): count = try await read(socket, into: space, until: deadline)
        case .secure(let connection):
            do { count = try await connection.readSome(into: space, until: deadline) } catch {
                throw ProxyFailure(error)
            }
        }
        guard count > 0 else { throw .closed }
        return Array(space.prefix(count))
    }

    private func read(
        _ socket: StreamSocket, into space: UnsafeMutableRawBufferPointer, until deadline: Instant
    ) async throws(ProxyFailure) -> Int {
        while true {
            let progress: FileDescriptor.Progress
            do { progress = try socket.read(into: space) } catch { throw .lost(error) }
            switch progress {
            case .done(let count): return count
            case .ended: return 0
            case .wouldBlock: try await pause(until: deadline)
            }
        }
    }

    private func pause(until deadline: Instant) async throws(ProxyFailure) {
        switch await socket.wakeUp.wait(until: deadline) {
        case .signalled: return
        case .deadline: throw .timedOut
        case .cancelled: throw .cancelled
        }
    }
}

extension ProxyFailure {
    /// What a TLS connection to a proxy came to in mid-dialogue.
    fileprivate init(_ error: TLSError) {
        self =
            switch error {
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            case .lost(let reason): .lost(reason)
            case .closed: .closed
            default: .unreachable(error)
            }
    }
}
