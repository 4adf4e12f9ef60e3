import Azure
import Posix
import Testing
import Transport

@testable import Tunnels

/// Tunnels that lie open for the next connections.
@Suite struct SpareTests {
    /// Runs the body while the server keeps one spare tunnel for the next connection.
    private func withSpare(
        _ scripts: [ScriptedBastion.Script], options change: (inout Options) -> Void = { _ in },
        body: @escaping @Sendable (Bench) async throws -> Void
    ) async throws {
        try await withBench(
            scripts,
            options: {
                $0.settings.spares = 1
                change(&$0)
            }
        ) { bench in
            let keeping = Task(executorPreference: EventLoop.current) { await bench.server.keepSpares() }
            try await body(bench)
            keeping.cancel()
            await keeping.value
        }
    }

    /// Waits until a number of upgrades were answered, the last one by a tunnel that lies open now.
    private static func settled(_ bench: Bench, _ number: Int) async {
        await bench.bastion.counts(\.issued, number)
        while !bench.server.hasSpare { await Task.yield() }
    }

    private static func exchange(_ bench: Bench, _ bytes: [UInt8] = [1]) async throws {
        let (program, end) = try Program.connected()
        async let failure = bench.carry(end)
        #expect(try await program.exchange(bytes) == bytes)
        #expect(await failure == nil)
    }

    @Test func `the next connection has the tunnel that lies open, and another one takes its place`()
        async throws
    {
        try await withSpare([ServerTunnel.echo(1)]) { bench in
            for number in 1...3 {
                try await Self.exchange(bench)
                await Self.settled(bench, number + 1)
            }
            #expect(bench.bastion.issued.count == 4)
        }
    }

    @Test func `opens none before the first connection, and none in place of one that nobody used`()
        async throws
    {
        try await withSpare([ServerTunnel.echo(1)], options: { $0.settings.spareTime = .milliseconds(20) }) {
            bench in
            try await Self.exchange(bench)
            await bench.bastion.counts(\.deleted, 2)
            #expect(bench.bastion.issued.count == 2)
            try await Self.exchange(bench)
            await bench.bastion.counts(\.deleted, 4)
            #expect(bench.bastion.issued.count == 4)
        }
    }

    @Test func `keeps what the target says while nobody listens`() async throws {
        let greeting = Array("SSH-2.0-test\r\n".utf8)
        let said = Gate.Box()
        let greet: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(greeting)
            #expect(try await tunnel.next() == .bytes([1]))
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        // Pings are answered meanwhile.
        let later: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            try await tunnel.send(Array(greeting.prefix(3)))
            try await tunnel.raw(tunnel.encoder.frame(.ping, [7]))
            #expect(try await tunnel.next() == .pong([7]))
            try await tunnel.send(Array(greeting.dropFirst(3)))
            said.gate?.open()
            while case .pong = try await tunnel.next() {}
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
        try await withSpare([greet, later, ServerTunnel.echo(1)]) { bench in
            said.gate = Gate()
            for _ in 1...2 {
                let (program, end) = try Program.connected()
                async let failure = bench.carry(end)
                #expect(try await program.read(greeting.count) == greeting)
                try await program.write([1])
                #expect(try await program.read() == [])
                #expect(await failure == nil)
                await said.gate?.pass()
            }
        }
    }

    static let ends: [@Sendable (ServerTunnel) async throws -> Void] = [
        { tunnel in
            try await tunnel.accept()
            tunnel.drop()
        },
        { tunnel in
            try await tunnel.accept(tunnel.encoder.frame(.binary, [1, 2]))
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        },
        { tunnel in
            try await tunnel.accept()
            try await tunnel.raw(Array("HTTP/1.1 502 Bad Gateway\r\n\r\nno".utf8))
            _ = try await tunnel.untilClose()
        },
        { tunnel in
            try await tunnel.accept(tunnel.encoder.frame(.binary, [1, 2]))
            tunnel.tls.finish()
            tunnel.tls.close()
        },
    ]

    @Test(arguments: ends.indices)
    func `throws away one that ended, and does not open it again by itself`(_ index: Int) async throws {
        let echo = ServerTunnel.echo(1)
        try await withSpare([echo, Self.ends[index], echo]) { bench in
            try await Self.exchange(bench)
            await bench.bastion.counts(\.deleted, 2)
            #expect(bench.bastion.issued.count == 2)
            try await Self.exchange(bench)
            await Self.settled(bench, 4)
        }
    }

    @Test(arguments: [ScriptedBastion.Answer.normal, .status(403)])
    func `a connection waits for the one that is on its way, and opens its own where that fails`(
        _ answer: ScriptedBastion.Answer
    ) async throws {
        try await withSpare([ServerTunnel.echo(1)]) { bench in
            let (asked, mayGoOn) = (Gate(), Gate())
            bench.bastion.tokens = [.normal, .held(asked: asked, until: mayGoOn, then: answer)]
            try await Self.exchange(bench)
            await asked.pass()
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write([1])
            await Task.yield()
            #expect(bench.bastion.asked == 2)
            mayGoOn.open()
            #expect(try await program.read() == [1])
            #expect(await failure == nil)
            #expect(bench.journal.retries == 0)
        }
    }

    @Test func `ends every one, whenever it is cancelled`() async throws {
        for isOpen in [true, false] {
            try await withSpare([ServerTunnel.echo(1)], options: { $0.limits.grace = .seconds(30) }) {
                bench in
                let (asked, mayGoOn) = (Gate(), Gate())
                if !isOpen { bench.bastion.tokens = [.normal, .held(asked: asked, until: mayGoOn)] }
                try await Self.exchange(bench)
                if isOpen {
                    await Self.settled(bench, 2)
                } else {
                    await asked.pass()
                    mayGoOn.open()
                }
            }
        }
    }
}
