import Glibc
import TestSupport
import Testing

@testable import Posix

/// A port that takes connections no more: its backlog is full, and the kernel drops what else knocks.
private final class BlackHole {
    let address: SocketAddress
    /// How many connections there are from the beginning, taken or not.
    static let fillers = 3
    private let listener: FileDescriptor
    private var fillers: [FileDescriptor] = []

    init(_ host: String) throws {
        let wanted = try #require(SocketAddress(literal: host, port: 0))
        let descriptor = Self.socket(of: wanted)
        let isBound = wanted.withPointer { bind(descriptor.rawValue, $0, $1) } == 0
        try #require(isBound && listen(descriptor.rawValue, 0) == 0)
        listener = descriptor
        address = try #require(descriptor.address(getsockname))
        // One connection beyond the backlog is still taken; those behind it stay without an answer.
        for _ in 0..<Self.fillers {
            let filler = Self.socket(of: wanted)
            _ = address.withPointer { connect(filler.rawValue, $0, $1) }
            fillers.append(filler)
        }
        let connected = fillers.count { $0.address(getpeername) != nil }
        try #require(connected < fillers.count, "the backlog never fills")
    }

    private static func socket(of address: SocketAddress) -> FileDescriptor {
        FileDescriptor(owning: Glibc.socket(address.family, CInt(SOCK_STREAM.rawValue) | 0o4000, 0))
    }

    /// Makes room: takes what waits, and lets go of what would wait for it as well.
    func open() {
        for filler in fillers { filler.close() }
        while true {
            let number = accept(listener.rawValue, nil, nil)
            if number < 0 { return }
            close(number)
        }
    }
}

@Suite struct ConnectionRaceTests {
    private static func soon() -> Instant { .now.advanced(by: .seconds(30)) }

    private static func listener(_ host: String) throws -> (Listener, SocketAddress) {
        let listener = try Listener(on: try #require(SocketAddress(literal: host, port: 0)))
        return (listener, try #require(listener.address))
    }

    /// An address that refuses.
    private static func closedPort(_ host: String = "127.0.0.1") throws -> SocketAddress {
        let (listener, address) = try listener(host)
        listener.close()
        return address
    }

    @Test(arguments: [
        ([], []), (["1.1.1.1"], ["1.1.1.1"]),
        (["::a", "::b", "1.1.1.1", "2.2.2.2", "3.3.3.3"], ["::a", "1.1.1.1", "::b", "2.2.2.2", "3.3.3.3"]),
        (["1.1.1.1", "2.2.2.2", "::a"], ["1.1.1.1", "::a", "2.2.2.2"]),
        (["1.1.1.1", "::a", "1.1.1.1", "::a"], ["1.1.1.1", "::a"]),
    ])
    func `takes the families in turn`(_ given: [String], _ expected: [String]) {
        let addresses = given.compactMap { SocketAddress(literal: $0, port: 443) }
        #expect(SocketAddress.alternating(addresses).map(\.host) == expected)
    }

    @Test(arguments: [("127.0.0.1", "::1"), ("::1", "127.0.0.1"), ("127.0.0.2", "127.0.0.3")])
    func `goes on to the next address while the first one says nothing`(_ first: String, _ second: String)
        async throws
    {
        try await onLoop {
            let hole = try BlackHole(first)
            let (listener, address) = try Self.listener(second)
            let start = Instant.now
            let stream = try await StreamSocket.connect(
                toFirstOf: [hole.address, address], wakeUp: WakeUp(), until: Self.soon())
            let time = start.duration(to: .now)
            #expect(stream.peerAddress == address)
            // The half of the deadline, which a loaded machine is far from as well.
            #expect(time >= .milliseconds(250) && time < .seconds(15))
            let accepted = try #require(try await listener.accept())
            #expect(accepted.peer.port == stream.localAddress?.port)
        }
    }

    @Test func `goes on at once from an address that refuses`() async throws {
        try await onLoop {
            let (listener, address) = try Self.listener("127.0.0.1")
            let refusing = try (0..<5).map { _ in try Self.closedPort() }
            let start = Instant.now
            let stream = try await StreamSocket.connect(
                toFirstOf: refusing + [address], wakeUp: WakeUp(), until: Self.soon(), stagger: .seconds(20))
            #expect(stream.peerAddress == address)
            #expect(start.duration(to: .now) < .seconds(15))
            listener.close()
        }
    }

    @Test func `closes the others when one has won, and serves it with the same wake-up`() async throws {
        try await onLoop {
            let hole = try BlackHole("127.0.0.1")
            let (listener, address) = try Self.listener("127.0.0.1")
            let wakeUp = WakeUp()
            let stream = try await StreamSocket.connect(
                toFirstOf: [hole.address, address], wakeUp: wakeUp, until: Self.soon(), stagger: .zero)
            try await Self.until(BlackHole.fillers, areConnectedTo: hole.address)
            let server = try StreamSocket(
                adopting: try #require(try await listener.accept()).descriptor, wakeUp: WakeUp())
            _ = try [UInt8(42)].withUnsafeBytes { try server.write($0) }
            var buffer = [UInt8](repeating: 0, count: 4)
            var progress = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            while progress == .wouldBlock {
                #expect(await wakeUp.wait(until: Self.soon()) == .signalled)
                progress = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            }
            #expect(progress == .done(1) && buffer[0] == 42)
        }
    }

    @Test func `lets the first address win after all, if it answers before the second`() async throws {
        try await onLoop {
            let (slow, never) = (try BlackHole("127.0.0.1"), try BlackHole("127.0.0.2"))
            let addresses = [slow.address, never.address]
            let task = Task(executorPreference: EventLoop.current) {
                try await StreamSocket.connect(
                    toFirstOf: addresses, wakeUp: WakeUp(), until: Self.soon(), stagger: .zero
                ).peerAddress
            }
            try await Self.until(BlackHole.fillers + 1, areConnectedTo: never.address)
            // The kernel knocks again after a second.
            slow.open()
            #expect(try await task.value == slow.address)
        }
    }

    @Test func `says of every address what came of it`() async throws {
        try await onLoop {
            let hole = try BlackHole("127.0.0.1")
            let refusing = try Self.closedPort()
            let other = try Self.closedPort("::1")
            let start = Instant.now
            let failure = await #expect(throws: ConnectFailure.self) {
                _ = try await StreamSocket.connect(
                    toFirstOf: [hole.address, refusing, other], wakeUp: WakeUp(),
                    until: start.advanced(by: .milliseconds(60)), stagger: .milliseconds(5))
            }
            let refusal = SystemError("connect", number: ECONNREFUSED)
            #expect(
                failure
                    == .unreachable([
                        ConnectAttempt(address: other, failure: refusal),
                        ConnectAttempt(address: refusing, failure: refusal),
                        ConnectAttempt(address: hole.address, failure: nil),
                    ]))
            #expect(start.duration(to: .now) >= .milliseconds(60))
        }
    }

    @Test func `has nothing to say where there is no address`() async throws {
        try await onLoop {
            let failure = await #expect(throws: ConnectFailure.self) {
                _ = try await StreamSocket.connect(toFirstOf: [], wakeUp: WakeUp(), until: Self.soon())
            }
            #expect(failure == .unreachable([]))
        }
    }

    @Test func `ends when it is cancelled, with all that it had open`() async throws {
        try await onLoop {
            let holes = [try BlackHole("127.0.0.1"), try BlackHole("::1")]
            let addresses = holes.map(\.address)
            let task = Task(executorPreference: EventLoop.current) { () -> ConnectFailure? in
                do throws(ConnectFailure) {
                    _ = try await StreamSocket.connect(
                        toFirstOf: addresses, wakeUp: WakeUp(), until: Self.soon(), stagger: .zero)
                    return nil
                } catch { return error }
            }
            for address in addresses { try await Self.until(BlackHole.fillers + 1, areConnectedTo: address) }
            task.cancel()
            #expect(await task.value == .cancelled)
            for address in addresses { try await Self.until(BlackHole.fillers, areConnectedTo: address) }
        }
    }

    /// Waits until so many sockets are connected, or about to be, to an address.
    ///
    /// The kernel gives its table piece by piece: where others come and go, a reading may be wrong, but not each.
    private static func until(_ count: Int, areConnectedTo address: SocketAddress) async throws {
        let table = address.isIPv6 ? "/proc/net/tcp6" : "/proc/net/tcp"
        let name = nameInTable(address)
        let deadline = soon()
        var found = -1
        while found != count {
            try #require(Instant.now < deadline, "\(found) connections to \(address), not \(count)")
            await Task.yield()
            let text = String(decoding: try FileReader.read(table, limit: 1 << 24).bytes, as: UTF8.self)
            found = text.split(separator: "\n").count { line in
                line.split(separator: " ", maxSplits: 4).dropFirst(2).first == name
            }
        }
    }

    /// The address in words of four bytes, each as the machine's own number; then the port (proc(5)).
    private static func nameInTable(_ address: SocketAddress) -> Substring {
        func digits(_ number: some BinaryInteger, _ count: Int) -> String {
            let text = String(number, radix: 16, uppercase: true)
            return String(repeating: "0", count: count - text.count) + text
        }
        let bytes = address.addressBytes
        let words = stride(from: 0, to: bytes.count, by: 4).map { start in
            digits(bytes[start..<start + 4].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }, 8)
        }
        return Substring(words.joined() + ":" + digits(address.port, 4))
    }
}
