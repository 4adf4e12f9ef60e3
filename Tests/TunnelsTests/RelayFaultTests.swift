import Glibc
import Posix
import Testing
import Transport

@testable import Tunnels

/// What a service does that no proper one would, and that must not keep a tunnel or its local program hanging.
@Suite struct RelayFaultTests {
    /// Frames without data.
    enum Noise: CaseIterable, Sendable { case pings, pongs, empty, fragments }

    private static func frame(_ noise: Noise, _ tunnel: ServerTunnel) -> [UInt8] {
        switch noise {
        case .pings: tunnel.encoder.frame(.ping, [1])
        case .pongs: tunnel.encoder.frame(.pong, [])
        case .empty: tunnel.encoder.frame(.binary, [])
        case .fragments: [0x02, 0, 0x00, 0, 0x80, 0]
        }
    }

    /// Says that there is something, again and again, until the client ends the connection.
    private static func chatter(_ noise: Noise, _ tunnel: ServerTunnel, every pause: Duration) async throws {
        while true {
            try await tunnel.raw(frame(noise, tunnel))
            await EventLoop.sleep(until: .now.advanced(by: pause))
        }
    }

    private static func flood(_ noise: Noise, _ tunnel: ServerTunnel) async throws {
        let frames = (0..<1000).flatMap { _ in frame(noise, tunnel) }
        while true {
            try await tunnel.raw(frames)
            await Task.yield()
        }
    }

    @Test(arguments: Noise.allCases)
    func `does not take frames without data for an answer that still comes`(_ noise: Noise) async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            try await tunnel.send([7])
            try await Self.chatter(noise, tunnel, every: .milliseconds(10))
        }
        try await withBench([script], options: { $0.settings.drain = .milliseconds(100) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(Array("hello".utf8))
            program.socket.finishSending()
            let start = Instant.now
            #expect(try await program.read() == [7])
            #expect(await failure == nil)
            #expect(start.duration(to: .now) < .seconds(5))
        }
    }

    @Test func `takes the end of the connection for a loss, though its program has nothing more to send`()
        async throws
    {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            try await tunnel.send(Array("half of an answer".utf8))
            tunnel.end()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(Array("hello".utf8))
            program.socket.finishSending()
            guard case .dropped? = await failure else {
                Issue.record("not reported as dropped")
                return
            }
        }
    }

    @Test func `counts the time for an answer from when the question has arrived`() async throws {
        let question = pattern(8_000_000)
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            let beginning = try await tunnel.receive(1)
            // Longer than the drain time, with the rest in the kernel's hands.
            await EventLoop.sleep(until: .now.advanced(by: .milliseconds(400)))
            let rest = try await tunnel.receive(question.count - beginning.count)
            #expect(beginning + rest == question)
            try await tunnel.send([7])
            try await tunnel.close(1000)
        }
        try await withBench([script], options: { $0.settings.drain = .milliseconds(100) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(question)
            program.socket.finishSending()
            #expect(try await program.read() == [7])
            #expect(await failure == nil)
        }
    }

    @Test(arguments: Noise.allCases)
    func `sees to its deadlines in a flood`(_ noise: Noise) async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await Self.flood(noise, tunnel)
        }
        try await withBench(
            [script],
            options: {
                $0.settings.expectsFirstByte = true
                $0.settings.firstByteTime = .milliseconds(100)
            }
        ) { bench in
            let (program, end) = try Program.connected()
            let start = Instant.now
            async let failure = bench.carry(end)
            #expect(try await program.read() == [])
            guard case .silent? = await failure else {
                Issue.record("not reported as silent")
                return
            }
            #expect(start.duration(to: .now) < .seconds(5))
        }
    }

    @Test func `serves others during a flood`() async throws {
        let flood: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await Self.flood(.empty, tunnel)
        }
        try await withBench([flood, ServerTunnel.echo(100_000)]) { bench in
            let (noisy, noisyEnd) = try Program.connected()
            let first = Task(executorPreference: EventLoop.current) { await bench.carry(noisyEnd) }
            _ = await bench.journal.first { event -> Bool? in
                if case .opened(1) = event { true } else { nil }
            }
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.exchange(pattern(100_000)) == pattern(100_000))
            #expect(await failure == nil)
            noisy.socket.close()
            #expect(await first.value == nil)
        }
    }

    /// A local program over TCP, whose connection is accepted by a listener.
    private static func serving(
        _ bench: Bench, _ body: (SocketAddress) async throws -> Void
    ) async throws {
        let listener = try Listener(on: try #require(SocketAddress(literal: "127.0.0.1", port: 0)))
        let address = try #require(listener.address)
        let confined = LoopConfined(listener)
        let serving = Task(executorPreference: EventLoop.current) {
            await bench.server.serve(confined.value, admitting: .ownProcesses)
        }
        try await body(address)
        serving.cancel()
        await serving.value
    }

    /// Reads to the end.
    /// - Returns: what came, and whether a reset ended it.
    private static func readToEnd(_ program: Program) async -> (bytes: Int, isReset: Bool) {
        var count = 0
        while true {
            do {
                let part = try await program.read(1)
                if part.isEmpty { return (count, false) }
                count += part.count
            } catch let error as SystemError { return (count, error.number == ECONNRESET) } catch {
                return (count, false)
            }
        }
    }

    @Test(arguments: [1002, 1008, 1011, 1012, 3000, 4999] as [UInt16])
    func `lets no program take a tunnel that failed for one that ended`(_ code: UInt16) async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(1)
            try await tunnel.send(pattern(50_000))
            try await tunnel.close(code)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            try await Self.serving(bench) { address in
                let program = try await Program.dialling(address)
                try await program.write([1])
                let end = await Self.readToEnd(program)
                #expect(end.bytes == 50_000)
                #expect(end.isReset, "a tidy end")
            }
        }
    }

    @Test func `delivers an answer in full to a program that still sends`() async throws {
        let size = 3_000_000
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(1000)
            try await tunnel.send(pattern(size))
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withBench([script]) { bench in
            try await Self.serving(bench) { address in
                let program = try await Program.dialling(address)
                let part = [UInt8](repeating: 1, count: 65_536)
                // More than the service ever takes; the program reads when it can send no more.
                for _ in 0..<1000 {
                    let progress = try? part.withUnsafeBytes { try program.socket.write($0) }
                    guard let progress else { break }
                    if case .done = progress { continue }
                    if await program.isStalled() { break }
                }
                let received = try await program.read()
                #expect(received.count == size && received == pattern(size))
            }
        }
    }

    @Test func `gives up a service that stops in the middle of a message`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.raw([0x82, 100] + [UInt8](repeating: 5, count: 40))
            _ = try await tunnel.untilClose()
        }
        try await withBench([script], options: { $0.settings.stall = .milliseconds(100) }) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == [UInt8](repeating: 5, count: 40))
            guard case .stalled? = await failure else {
                Issue.record("not reported as stalled")
                return
            }
        }
    }
}
