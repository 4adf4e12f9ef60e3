import Azure
import Posix
import TestSupport
import Testing
import Transport

@testable import Tunnels

/// What openings have in common: connections that lie ready, turns, pauses that the host asks for.
@Suite struct OpeningTests {
    private static func ready(_ bench: Bench) async throws -> Int {
        try await bench.plane.connections.makeReady(for: bench.plane.endpoint.origin, until: soon())
    }

    /// Carries one connection to its end, with what it says given back.
    private static func exchange(_ bench: Bench, _ bytes: [UInt8] = [1]) async throws {
        let (program, end) = try Program.connected()
        async let failure = bench.carry(end)
        #expect(try await program.exchange(bytes) == bytes)
        #expect(await failure == nil)
    }

    // MARK: - Lying ready

    @Test func `opens, carries and ends a tunnel over two connections that lie ready`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            // The sign-in has the same port here, and its own connection.
            _ = try await Self.exchange(bench)
            #expect(try await Self.ready(bench) > 0)
            #expect(try await Self.ready(bench) == 0)
            bench.stopAccepting()
            try await Self.exchange(bench)
            #expect(bench.bastion.issued.count == 2)
        }
    }

    @Test func `dials again what was taken, until it is cancelled`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            let keeping = Task(executorPreference: EventLoop.current) { await bench.plane.keepReady() }
            #expect(await bench.journal.line("2 connections were dialled ahead"))
            try await Self.exchange(bench)
            #expect(await bench.journal.line("1 connections were dialled ahead"))
            bench.stopAccepting()
            try await Self.exchange(bench)
            keeping.cancel()
            await keeping.value
        }
    }

    @Test func `says nothing but in the log where nothing can be dialled ahead`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            bench.stopAccepting()
            let keeping = Task(executorPreference: EventLoop.current) { await bench.plane.keepReady() }
            #expect(await bench.journal.line("no connection could be dialled ahead"))
            keeping.cancel()
            await keeping.value
            #expect(bench.journal.events.isEmpty)
        }
    }

    @Test func `dials nothing ahead once nobody has connected for long`() async throws {
        try await withBench([ServerTunnel.echo(1)], options: { $0.limits.readiness = .zero }) { bench in
            let keeping = Task(executorPreference: EventLoop.current) { await bench.plane.keepReady() }
            try await Self.exchange(bench)
            keeping.cancel()
            await keeping.value
            #expect(!bench.journal.lines.contains { $0.contains("ahead") })
        }
    }

    @Test func `opens over the connection that the token came by where none lies ready`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            try await Self.exchange(bench)
            #expect(bench.bastion.upgradesOfUsed == 1)
            #expect(try await Self.ready(bench) > 0)
            try await Self.exchange(bench)
            #expect(bench.bastion.upgradesOfUsed == 1)
        }
    }

    static let unwilling: [@Sendable (ServerTunnel) async throws -> Void] = [
        { try await $0.refuse(400) }, { $0.drop() }, { try await $0.raw(Array("hello\r\n\r\n".utf8)) },
    ]

    @Test(arguments: unwilling.indices)
    func `a host that takes no WebSocket over a used connection is asked for it once`(_ index: Int)
        async throws
    {
        let echo = ServerTunnel.echo(1)
        try await withBench([{ try await ($0.isUsed ? Self.unwilling[index] : echo)($0) }]) { bench in
            for sessions in 2...4 {
                try await Self.exchange(bench)
                #expect(bench.bastion.issued.count == sessions)
            }
            #expect(bench.bastion.upgradesOfUsed == 1)
        }
    }

    // MARK: - Turns

    @Test func `opens so many at a time, the others in their order`() async throws {
        try await withBench([ServerTunnel.echo(1)], options: { $0.limits.openings = 2 }) { bench in
            let (asked, mayGoOn) = (Gate(), Gate())
            let held = ScriptedBastion.Answer.held(asked: asked, until: mayGoOn)
            bench.bastion.tokens = [held]
            let started = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...6 {
                    group.addTask {
                        try await Self.exchange(bench)
                        if number == 6 { started.open() }
                    }
                }
                await asked.pass()
                // One slot is held; the other five go through the other one.
                await started.pass()
                #expect(bench.bastion.issued.count == 5)
                mayGoOn.open()
                try await group.waitForAll()
            }
            let waited = bench.journal.events.compactMap { event -> Int? in
                if case .waitsForTurn(let number) = event { number } else { nil }
            }
            let opened = bench.journal.events.compactMap { event -> Int? in
                if case .opened(let number) = event { number } else { nil }
            }
            #expect(waited == [3, 4, 5, 6])
            #expect(opened.filter { $0 > 2 } == [3, 4, 5, 6])
        }
    }

    @Test func `waits for a turn for so long, and says so`() async throws {
        try await withBench(
            [ServerTunnel.echo(1)],
            options: {
                $0.limits.openings = 1
                $0.limits.openingTurn = .milliseconds(20)
            }
        ) { bench in
            let (asked, mayGoOn) = (Gate(), Gate())
            bench.bastion.tokens = [.held(asked: asked, until: mayGoOn)]
            async let first: Void = Self.exchange(bench)
            await asked.pass()
            let (program, end) = try Program.connected()
            guard case .crowded(.milliseconds(20))? = await bench.carry(end) else {
                Issue.record("not reported as crowded")
                return
            }
            #expect(try await program.read() == [])
            mayGoOn.open()
            try await first
            #expect(bench.bastion.issued.count == 1)
        }
    }

    @Test func `a turn that was waited for in vain is the next one's`() async throws {
        try await onLoop {
            let confined = LoopConfined(Turns(1))
            let turns = confined.value
            #expect(await turns.begin(until: soon()) == .signalled)
            let cancelled = Task.immediate(executorPreference: EventLoop.current) {
                await confined.value.begin(until: soon())
            }
            let next = Task.immediate(executorPreference: EventLoop.current) {
                await confined.value.begin(until: soon())
            }
            cancelled.cancel()
            #expect(await cancelled.value == .cancelled)
            turns.end()
            #expect(await next.value == .signalled)
            #expect(await turns.begin(until: .now) == .deadline)
            turns.end()
            #expect(await turns.begin(until: soon()) == .signalled)
        }
    }

    @Test func `a hundred connections at once all succeed`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 { group.addTask { try await Self.exchange(bench) } }
                try await group.waitForAll()
            }
            #expect(bench.bastion.issued.count == 100)
        }
    }

    // MARK: - Pauses

    @Test func `leaves the host alone for all connections when it asks for it`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            bench.bastion.tokens = [.status(429, ["Retry-After": "3600"])]
            for _ in 1...2 {
                let (_, end) = try Program.connected()
                guard case .token(let error)? = await bench.carry(end) else {
                    Issue.record("not reported as a failed token request")
                    return
                }
                #expect(error.retryAfter == .seconds(3600))
            }
            #expect(bench.bastion.asked == 1)
        }
    }

    @Test func `asks again when the pause is over`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            bench.bastion.tokens = [.status(503, ["Retry-After": "1"])]
            let start = Instant.now
            async let first: Void = Self.exchange(bench)
            _ = await bench.journal.first { event -> Int? in
                if case .retrying(_, let attempt, _) = event { attempt } else { nil }
            }
            try await Self.exchange(bench)
            #expect(start.duration(to: .now) >= .seconds(1))
            try await first
            #expect(bench.bastion.asked == 3)
        }
    }

    @Test(arguments: [429, 503])
    func `waits as long as the answer to an upgrade asks`(_ status: Int) async throws {
        let refuse: ScriptedBastion.Script = { tunnel in
            try await tunnel.connection.send(
                HTTPResponse(status, headers: ["Retry-After": "7"]), until: soon())
        }
        try await withBench([refuse]) { bench in
            let (_, end) = try Program.connected()
            let task = Task(executorPreference: EventLoop.current) { await bench.carry(end) }
            let delay = await bench.journal.first { event -> Duration? in
                if case .retrying(_, 1, let delay) = event { delay } else { nil }
            }
            #expect(try #require(delay) >= .seconds(7))
            task.cancel()
            #expect(await task.value != nil)
            #expect(bench.bastion.deleted.count == 1)
        }
    }

    // MARK: - Ending

    @Test func `says that it waits for a session's name, once`() async throws {
        try await withBench(
            [ServerTunnel.echo(1)], options: { $0.limits.silentCancellation = .milliseconds(10) }
        ) { bench in
            let gates = [(Gate(), Gate()), (Gate(), Gate())]
            bench.bastion.tokens = gates.map { .held(asked: $0.0, until: $0.1) }
            var tasks: [Task<TunnelFailure?, Never>] = []
            for _ in gates {
                let (_, end) = try Program.connected()
                tasks.append(Task(executorPreference: EventLoop.current) { await bench.carry(end) })
            }
            for gate in gates { await gate.0.pass() }
            for task in tasks { task.cancel() }
            func isSaid(_ event: TunnelEvent) -> Bool { if case .awaitsName = event { true } else { false } }
            _ = await bench.journal.first { isSaid($0) ? true : nil }
            for gate in gates { gate.1.open() }
            for task in tasks { _ = await task.value }
            #expect(bench.journal.events.count(where: isSaid) == 1)
            #expect(bench.bastion.deleted.count == 2)
        }
    }
}
