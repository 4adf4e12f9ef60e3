import Posix
import Transport

@testable import BastionEmulator

/// The client's end of an open WebSocket.
final class TestTunnel {
    enum End: Hashable {
        case close(code: UInt16?, reason: String)
        /// The connection ended without a close frame.
        case cut
    }

    let tls: TLSConnection
    private let deadline: Instant
    private var encoder = FrameEncoder(role: .client)
    private var decoder = FrameDecoder(role: .client)
    private var unread: [UInt8]
    private(set) var received: [UInt8] = []

    init(_ tls: TLSConnection, first: [UInt8], until deadline: Instant) {
        self.tls = tls
        unread = first
        self.deadline = deadline
    }

    func send(_ bytes: [UInt8], _ opcode: FrameOpcode = .binary) async throws {
        try await tls.writeAll(encoder.frame(opcode, bytes), until: deadline)
    }

    func sendRaw(_ bytes: [UInt8]) async throws { try await tls.writeAll(bytes, until: deadline) }

    func close(_ code: UInt16 = 1000) async throws {
        try await tls.writeAll(encoder.close(code), until: deadline)
    }

    /// The next event; nil when the connection ended.
    private func next() async throws -> (FrameEvent, [UInt8])? {
        while true {
            if unread.isEmpty, try await fill() == false { return nil }
            var position = 0
            let event = try unread.withUnsafeMutableBytes { bytes in
                try decoder.next(bytes, from: &position).map { event -> (FrameEvent, [UInt8]) in
                    if case .data(let range) = event { return (event, Array(bytes[range])) }
                    return (event, [])
                }
            }
            unread.removeFirst(position)
            if let event { return event }
        }
    }

    private func fill() async throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 32 * 1024)
        while true {
            let progress: TLSConnection.Progress
            do { progress = try buffer.withUnsafeMutableBytes { try tls.read(into: $0) } } catch {
                return false
            }
            switch progress {
            case .done(let count):
                unread += buffer[..<count]
                return true
            case .ended: return false
            case .wouldBlock:
                if await tls.wakeUp.wait(until: deadline) != .signalled { throw TestTimeout() }
            }
        }
    }

    /// Waits until so many bytes came in all.
    /// - Returns: whether they came before the end.
    func receive(_ count: Int) async throws -> Bool {
        while received.count < count {
            guard let (event, bytes) = try await next() else { return false }
            if case .data = event { received += bytes }
            if case .close = event { return false }
        }
        return true
    }

    func pong() async throws -> [UInt8]? {
        while let (event, _) = try await next() {
            if case .pong(let data) = event { return data }
        }
        return nil
    }

    /// Waits for the end; what comes before is kept.
    func end() async throws -> End {
        while let (event, bytes) = try await next() {
            if case .data = event { received += bytes }
            if case .close(let code, let reason) = event { return .close(code: code, reason: reason) }
        }
        return .cut
    }
}

struct TestTimeout: Error {}

/// Sends back what it gets. A connection that says `bye` is closed.
final class EchoServer {
    private let listener: Listener
    let port: UInt16

    init() throws {
        guard let address = SocketAddress(literal: "127.0.0.1", port: 0) else { throw TestTimeout() }
        listener = try Listener(on: address)
        port = listener.address?.port ?? 0
    }

    func serve() async {
        await withDiscardingTaskGroup { group in
            while let accepted = try? await listener.accept() {
                let descriptor = accepted.descriptor
                group.addTask { try? await Self.echo(descriptor) }
            }
            group.cancelAll()
        }
    }

    private static func echo(_ descriptor: FileDescriptor) async throws {
        let socket = try StreamSocket(adopting: descriptor, wakeUp: WakeUp())
        defer { socket.close() }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            switch try buffer.withUnsafeMutableBytes({ try socket.read(into: $0) }) {
            case .ended: return
            case .wouldBlock: if await socket.wakeUp.wait() == .cancelled { return }
            case .done(let count):
                if buffer[..<count].elementsEqual("bye".utf8) { return }
                var sent = 0
                while sent < count {
                    let part = buffer[sent..<count]
                    if case .done(let more) = try part.withUnsafeBytes({ try socket.write($0) }) {
                        sent += more
                    } else if await socket.wakeUp.wait() == .cancelled {
                        return
                    }
                }
            }
        }
    }
}
