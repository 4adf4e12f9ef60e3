import Posix
import Testing
import Transport

@testable import Tunnels

/// What a tunnel says last, and that it is heard.
@Suite(.quietAndBusy) struct RelayGoodbyeTests {
    final class Heard: @unchecked Sendable {
        var pongs: [[UInt8]] = []
        var last: ServerTunnel.Arrival?
        var bytes: [UInt8] = []
        var behind = -1
        /// How many sessions were deleted when all had been heard.
        var deletions: Int?
        var count: (() -> Int)?
        private var gate: Gate?

        /// On the loop, before the tunnel is opened.
        func makeGate() -> Gate {
            let gate = Gate()
            self.gate = gate
            return gate
        }

        /// Accepts, says a byte, and waits until the gate is open.
        func begin(_ tunnel: ServerTunnel) async throws {
            try await tunnel.accept()
            try await tunnel.send([1])
            #expect(await gate?.pass() == true)
        }
    }

    private static let part = pattern(65_536)

    /// Writes until the service, which does not read, holds it up.
    private static func fill(_ program: Program) async throws {
        repeat {
            while case .done = try part.withUnsafeBytes({ try program.socket.write($0) }) {}
        } while await !program.isStalled(.milliseconds(100))
    }

    @Test func `sends nothing behind its answer to a close frame`() async throws {
        let heard = Heard()
        let script: ScriptedBastion.Script = { tunnel in
            try await heard.begin(tunnel)
            try await tunnel.close(1001)
            heard.last = try await tunnel.untilClose()
            heard.behind = await tunnel.countBehindClose()
        }
        try await withBench([script]) { bench in
            let gate = heard.makeGate()
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(1) == [1])
            try await Self.fill(program)
            gate.open()
            #expect(await failure == nil)
        }
        #expect(heard.last == .close(1001))
        #expect(heard.behind == 0)
    }

    @Test func `sends all that it was given before its close frame`() async throws {
        let heard = Heard()
        let script: ScriptedBastion.Script = { tunnel in
            try await heard.begin(tunnel)
            heard.bytes = try await tunnel.receive(120_000)
            heard.last = try await tunnel.next()
            try await tunnel.close(1000)
            heard.behind = await tunnel.countBehindClose()
        }
        try await withBench([script]) { bench in
            let gate = heard.makeGate()
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(1) == [1])
            try await program.write(pattern(120_000))
            program.socket.close()
            gate.open()
            #expect(await failure == nil)
        }
        #expect(heard.bytes == pattern(120_000))
        #expect(heard.last == .close(1000))
        #expect(heard.behind == 0)
    }

    /// The session is what the service's end of the WebSocket belongs to.
    @Test func `deletes the session when the service has taken all that a program left behind`() async throws
    {
        let heard = Heard()
        let script: ScriptedBastion.Script = { tunnel in
            try await heard.begin(tunnel)
            // One message after another, while the client has nothing more to do.
            while heard.bytes.count < 3_000_000, case .bytes(let part) = try await tunnel.next() {
                heard.bytes += part
                await EventLoop.sleep(until: .now.advanced(by: .microseconds(200)))
            }
            heard.deletions = heard.count?()
            heard.last = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            heard.count = { bench.bastion.deleted.count }
            let gate = heard.makeGate()
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(1) == [1])
            gate.open()
            try await program.write(pattern(3_000_000))
            program.socket.close()
            #expect(await failure == nil)
        }
        #expect(heard.bytes == pattern(3_000_000))
        #expect(heard.deletions == 0)
        #expect(heard.last == .close(1000))
    }

    /// RFC 6455, section 5.5.3: those before it need no answer of their own.
    @Test func `answers the last of the pings that came while nothing could be sent`() async throws {
        let heard = Heard()
        let script: ScriptedBastion.Script = { tunnel in
            try await heard.begin(tunnel)
            for text in ["one", "two", "three"] {
                try await tunnel.raw(tunnel.encoder.frame(.ping, Array(text.utf8)))
            }
            try await tunnel.send([2])
            while heard.pongs.last != Array("three".utf8), heard.last == nil {
                switch try await tunnel.next() {
                case .pong(let payload): heard.pongs.append(payload)
                case .bytes, .ping: continue
                case let other: heard.last = other
                }
            }
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let gate = heard.makeGate()
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read(1) == [1])
            try await Self.fill(program)
            gate.open()
            // What came behind the pings is here, so they are decoded.
            #expect(try await program.read() == [2])
            #expect(await failure == nil)
        }
        #expect(heard.pongs.last == Array("three".utf8))
    }

    /// A socket that is closed with bytes unread resets the connection.
    @Test func `is heard saying what was wrong by a service that goes on sending`() async throws {
        let heard = Heard()
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send([1])
            try await tunnel.raw([0x83, 0x00])
            for _ in 0..<20 { try? await tunnel.send(pattern(30_000)) }
            heard.last = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == [1])
            guard case .violation(.unknownOpcode(3))? = await failure else {
                Issue.record("not reported as a violation")
                return
            }
        }
        #expect(heard.last == .close(1002))
    }
}
