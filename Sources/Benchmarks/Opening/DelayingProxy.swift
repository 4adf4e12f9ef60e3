internal import Glibc
internal import Posix

/// A TCP proxy that stands for a network: what comes arrives half a round trip later.
///
/// The first byte of a connection takes a round trip more, which stands for TCP's handshake: that of the proxy itself
/// is over at once. Holds what is on its way without bound: not for measuring throughput.
struct DelayingProxy {
    let port: UInt16

    /// Listens, and passes connections on for as long as the process lives.
    init(to target: UInt16, roundTrip: Duration) throws(SystemError) {
        let listener = try BlockingListener()
        port = listener.port
        try listener.serve { client in
            guard let server = try? BlockingSocket(port: target) else { return }
            let (there, back) = (DelayedPipe(roundTrip / 2), DelayedPipe(roundTrip / 2))
            let (near, far) = (client.descriptor, server.descriptor)
            try? Worker.start { there.write(to: BlockingSocket(adopting: far)) }
            try? Worker.start { back.write(to: BlockingSocket(adopting: near)) }
            try? Worker.start { back.read(from: BlockingSocket(adopting: far)) }
            there.read(from: client, delayingFirst: roundTrip)
        }
    }
}

/// One direction of a delayed connection: a thread reads, another one writes what is due.
private final class DelayedPipe: @unchecked Sendable {
    private struct Piece {
        let due: Instant
        /// Empty at the end of the stream.
        let bytes: [UInt8]
    }

    private let delay: Duration
    // Guarded by the mutex.
    private var pieces: [Piece] = []
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ delay: Duration) {
        self.delay = delay
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func read(from socket: BlockingSocket, delayingFirst handshake: Duration = .zero) {
        let block = Block(64 * 1024)
        var extra = handshake
        while true {
            let count = (try? socket.receive(into: block.bytes)) ?? 0
            put(Piece(due: .now.advanced(by: delay + extra), bytes: Array(block.bytes[..<count])))
            extra = .zero
            if count == 0 { return }
        }
    }

    func write(to socket: BlockingSocket) {
        var last = Instant.now
        while true {
            let piece = take()
            // What follows the first piece does not overtake it.
            last = max(last, piece.due)
            Self.sleep(until: last)
            if piece.bytes.isEmpty { return socket.finish() }
            guard (try? piece.bytes.withUnsafeBytes { try socket.sendAll($0) }) != nil else { return }
        }
    }

    private func put(_ piece: Piece) {
        pthread_mutex_lock(mutex)
        pieces.append(piece)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    private func take() -> Piece {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while pieces.isEmpty { pthread_cond_wait(condition, mutex) }
        return pieces.removeFirst()
    }

    private static func sleep(until due: Instant) {
        while case let left = Instant.now.duration(to: due).components, left.seconds >= 0,
            left.attoseconds > 0
        {
            var span = timespec(tv_sec: Int(left.seconds), tv_nsec: Int(left.attoseconds / 1_000_000_000))
            nanosleep(&span, nil)
        }
    }
}
