import Azure
import Glibc
import Posix
import Testing
import Transport

@testable import Tunnels

/// Opening, opening again, and giving up.
@Suite struct TunnelServerTests {
    @Test(arguments: [503, 429, 404, 500])
    func `tries again when the upgrade is refused for now`(_ status: Int) async throws {
        let refuse: ScriptedBastion.Script = { try await $0.refuse(status) }
        try await withBench([refuse, refuse, refuse, ServerTunnel.echo(5)]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.exchange(Array("hello".utf8)) == Array("hello".utf8))
            #expect(await failure == nil)
            #expect(bench.journal.retries == 3)
            #expect(bench.bastion.issued.count == 4)
        }
    }

    @Test func `gives up after its tries, with the status and without the token`() async throws {
        let refuse: ScriptedBastion.Script = { tunnel in
            try await tunnel.refuse(503, body: "nothing at \(tunnel.request.target)")
        }
        try await withBench([refuse]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.read() == [])
            guard case .upgradeRefused(503, let excerpt, _)? = await failure else {
                Issue.record("not reported as refused")
                return
            }
            #expect(excerpt.hasPrefix("nothing at /webtunnelv2/…"))
            #expect(bench.bastion.issued.count == 5 && bench.journal.retries == 4)
        }
    }

    @Test(arguments: [401, 403])
    func `does not ask again where the answer will be the same`(_ status: Int) async throws {
        try await withBench([{ try await $0.refuse(status) }]) { bench in
            let (_, end) = try Program.connected()
            guard case .upgradeRefused(status, _, _)? = await bench.carry(end) else {
                Issue.record("not reported as refused")
                return
            }
            #expect(bench.bastion.issued.count == 1)
        }
    }

    @Test func `takes no answer that does not fit the key for an open tunnel`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.raw(
                Array(
                    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").utf8))
        }
        try await withBench([script]) { bench in
            let (_, end) = try Program.connected()
            guard case .upgradeGarbled? = await bench.carry(end) else {
                Issue.record("not reported as garbled")
                return
            }
            #expect(!bench.server.hasOpened)
        }
    }

    @Test func `waits as long as the service asks`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            bench.bastion.tokens = [.status(429, ["Retry-After": "7"])]
            let (_, end) = try Program.connected()
            let task = Task(executorPreference: EventLoop.current) { await bench.carry(end) }
            let delay = await bench.journal.first { event -> Duration? in
                if case .retrying(_, 1, let delay) = event { delay } else { nil }
            }
            #expect(try #require(delay) >= .seconds(7))
            task.cancel()
            #expect(await task.value != nil)
            #expect(bench.bastion.issued.isEmpty)
        }
    }

    @Test func `does not wait longer than the time for opening`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            bench.bastion.tokens = [.status(429, ["Retry-After": "3600"])]
            let (_, end) = try Program.connected()
            guard case .token(let error)? = await bench.carry(end) else {
                Issue.record("not reported as a failed token request")
                return
            }
            #expect(error.retryAfter == .seconds(3600))
            #expect(bench.journal.retries == 0)
        }
    }

    @Test func `ends an attempt, and all of them, after the time for opening`() async throws {
        let script: ScriptedBastion.Script = { _ = try await $0.untilClose() }
        try await withBench([script], options: { $0.timeout = .seconds(1) }) { bench in
            let start = Instant.now
            let (_, end) = try Program.connected()
            let failure = await bench.carry(end)
            switch failure {
            case .timedOut(.seconds(1))?, .connection(.timedOut)?: break
            default: Issue.record("reported as \(String(describing: failure))")
            }
            #expect(start.duration(to: .now) >= .milliseconds(900))
            #expect(bench.journal.retries == 0)
        }
    }

    @Test func `tells its program of a silent host before it tells the host of the session`() async throws {
        let script: ScriptedBastion.Script = { _ = try await $0.untilClose() }
        try await withBench([script], options: { $0.timeout = .milliseconds(300) }) { bench in
            let (asked, later) = (Gate(), Gate())
            bench.bastion.deletion = .held(asked: asked, until: later)
            let (program, end) = try Program.connected()
            let failure = await bench.carry(end)
            #expect(failure?.isOfSilence == true)
            #expect(try await program.read() == [])
            await asked.pass()
            #expect(bench.bastion.deleted == [])
            later.open()
        }
    }

    @Test func `deletes the session that is named when nobody waits for it any more`() async throws {
        try await withBench([], options: { $0.timeout = .milliseconds(300) }) { bench in
            let (asked, later) = (Gate(), Gate())
            bench.bastion.tokens = [.held(asked: asked, until: later)]
            let (program, end) = try Program.connected()
            guard case .token? = await bench.carry(end) else {
                Issue.record("not reported as a token that did not come")
                return
            }
            #expect(try await program.read() == [])
            #expect(bench.bastion.issued == [])
            later.open()
            await bench.plane.deleteLeftBehind()
            #expect(bench.bastion.issued == ["session-1"])
            #expect(bench.bastion.deleted == ["session-1"])
        }
    }

    @Test func `waits for a late name though it is told to end`() async throws {
        try await withBench([], options: { $0.timeout = .milliseconds(300) }) { bench in
            let (asked, later) = (Gate(), Gate())
            bench.bastion.tokens = [.held(asked: asked, until: later)]
            let (_, end) = try Program.connected()
            #expect(await bench.carry(end) != nil)
            let ending = Task(executorPreference: EventLoop.current) { await bench.plane.deleteLeftBehind() }
            await Task.yield()
            ending.cancel()
            later.open()
            #expect(await ending.value == 0)
            #expect(bench.bastion.deleted == ["session-1"])
        }
    }

    @Test func `deletes at the end what had no turn before`() async throws {
        try await withBench(
            [ServerTunnel.echo(1)],
            options: {
                $0.limits.deletions = 1
                $0.limits.deletionTurn = .milliseconds(50)
            }
        ) { bench in
            let (asked, later) = (Gate(), Gate())
            bench.bastion.deletion = .held(asked: asked, until: later)
            let (first, one) = try Program.connected()
            async let firstEnd = bench.carry(one)
            #expect(try await first.exchange([1]) == [1])
            await asked.pass()
            let (second, other) = try Program.connected()
            async let secondEnd = bench.carry(other)
            #expect(try await second.exchange([1]) == [1])
            #expect(await secondEnd == nil)
            #expect(bench.journal.leftBehind == 1)
            later.open()
            #expect(await firstEnd == nil)
            await bench.bastion.counts(\.deleted, 2)
        }
    }

    /// A refusal is quick: another try keeps nobody waiting.
    @Test(arguments: [(2, 0), (4, 1)])
    func `tries a deletion that was refused again at the end`(_ refusals: Int, _ left: Int) async throws {
        try await withBench([ServerTunnel.echo(1)], options: { $0.leftBehind = left }) { bench in
            // The client itself asks three times.
            bench.bastion.refusedDeletions = refusals * 3
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.exchange([1]) == [1])
            #expect(await failure == nil)
            #expect(await bench.plane.deleteLeftBehind() == left)
            bench.bastion.refusedDeletions = 0
        }
    }

    @Test func `waits for a late name only so long`() async throws {
        try await withBench(
            [],
            options: {
                $0.timeout = .milliseconds(300)
                $0.limits.grace = .milliseconds(100)
            }
        ) { bench in
            let (asked, never) = (Gate(), Gate())
            bench.bastion.tokens = [.held(asked: asked, until: never)]
            let (_, end) = try Program.connected()
            #expect(await bench.carry(end) != nil)
            let start = Instant.now
            await bench.plane.deleteLeftBehind()
            #expect(start.duration(to: .now) < .seconds(5))
            #expect(bench.bastion.issued == [])
        }
    }

    @Test func `asks for no session that could not be written down`() async throws {
        try await withBench([ServerTunnel.echo(1)], options: { $0.stateFolder = "/dev/null/state" }) {
            bench in
            let (_, end) = try Program.connected()
            guard case .ledger? = await bench.carry(end) else {
                Issue.record("not reported as a ledger that cannot be written")
                return
            }
            #expect(bench.bastion.upgrades == 0)
            #expect(bench.bastion.issued.count == 0)
        }
    }

    @Test func `leaves what it cannot delete to the next run`() async throws {
        try await withBench(
            [ServerTunnel.echo(1)],
            options: {
                $0.limits.deletion = .milliseconds(100)
                $0.leftBehind = 1
            }
        ) { bench in
            bench.bastion.deletion = .status(500)
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.exchange([1]) == [1])
            #expect(await failure == nil)
            #expect(bench.journal.leftBehind == 1)
        }
    }

    // MARK: - Replay

    static let breaks: [@Sendable (ServerTunnel) async throws -> Void] = [
        { tunnel in
            try await tunnel.accept(Array("HTTP/1.1 502 Bad Gateway\r\n\r\nno".utf8))
            _ = try await tunnel.untilClose()
        },
        { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            try await tunnel.raw(Array("HTTP/1.1 502 Bad Gateway\r\n\r\nno".utf8))
            _ = try await tunnel.untilClose()
        },
        { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            tunnel.drop()
        },
        { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(5)
            tunnel.tls.finish()
            tunnel.tls.close()
        },
    ]

    @Test(arguments: breaks.indices)
    func `offers another tunnel what was sent before the first byte came back`(_ index: Int) async throws {
        try await withBench([Self.breaks[index], Self.breaks[index], ServerTunnel.echo(5)]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            #expect(try await program.exchange(Array("hello".utf8)) == Array("hello".utf8))
            #expect(await failure == nil)
            #expect(bench.bastion.issued.count == 3)
            #expect(bench.journal.retries == 2)
        }
    }

    @Test func `replays nothing where more was sent than is kept`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            _ = try await tunnel.receive(100_000)
            tunnel.drop()
        }
        try await withBench([script]) { bench in
            let (program, end) = try Program.connected()
            async let failure = bench.carry(end)
            try await program.write(pattern(100_000))
            guard case .unanswered? = await failure else {
                Issue.record("not reported as unanswered")
                return
            }
            #expect(bench.bastion.issued.count == 1)
        }
    }

    // MARK: - The tunnel that is opened early

    @Test func `gives the first connection the tunnel that was opened early`() async throws {
        try await withBench([ServerTunnel.echo(3)]) { bench in
            try await bench.server.preopen()
            #expect(bench.server.hasOpened)
            for sessions in 1...2 {
                let (program, end) = try Program.connected()
                async let failure = bench.carry(end)
                #expect(try await program.exchange([1, 2, 3]) == [1, 2, 3])
                #expect(await failure == nil)
                #expect(bench.bastion.issued.count == sessions)
            }
        }
    }

    @Test func `lets one connection wait for the tunnel that is being opened`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            let (asked, mayGoOn) = (Gate(), Gate())
            bench.bastion.tokens = [.held(asked: asked, until: mayGoOn)]
            async let opened: Void = bench.server.preopen()
            await asked.pass()
            let (program, end) = try Program.connected()
            let (other, otherEnd) = try Program.connected()
            async let failure = bench.carry(end)
            async let otherFailure = bench.carry(otherEnd)
            #expect(try await other.exchange([2]) == [2])
            #expect(await otherFailure == nil)
            mayGoOn.open()
            #expect(try await program.exchange([1]) == [1])
            #expect(await failure == nil)
            try await opened
            #expect(bench.bastion.issued.count == 2)
        }
    }

    @Test func `gives up a tunnel that nobody used`() async throws {
        try await withBench([ServerTunnel.echo(1)], options: { $0.settings.spareTime = .milliseconds(10) }) {
            bench in
            try await bench.server.preopen()
            let task = Task(executorPreference: EventLoop.current) { await bench.server.keepSpares() }
            await bench.bastion.counts(\.deleted, 1)
            task.cancel()
            await task.value
        }
    }

    @Test func `gives up an unused tunnel when it is cancelled`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            try await bench.server.preopen()
            let task = Task(executorPreference: EventLoop.current) { await bench.server.keepSpares() }
            task.cancel()
            await task.value
            #expect(bench.bastion.deleted == ["session-1"])
        }
    }

    @Test func `says why the first tunnel could not be opened`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            bench.bastion.tokens = [.status(403)]
            var failure: TunnelFailure?
            do throws(TunnelFailure) { try await bench.server.preopen() } catch { failure = error }
            guard case .token(.refused(let refusal))? = failure else {
                Issue.record("not reported as refused")
                return
            }
            #expect(refusal.status == 403)
            #expect(!bench.server.hasOpened)
        }
    }

    // MARK: - Cancellation

    enum Moment: CaseIterable, Sendable {
        case signingIn, asking, answeredLate, upgrading, open, silent, draining, delivering, pausing
    }

    /// Brings a tunnel to the moment and says so.
    private static func script(_ moment: Moment, reached: Gate.Box) -> ScriptedBastion.Script {
        { tunnel in
            switch moment {
            case .upgrading: reached.gate?.open()
            case .pausing:
                try await tunnel.refuse(503)
                return
            case .silent:
                try await tunnel.accept()
                reached.gate?.open()
            case .delivering:
                try await tunnel.accept(tunnel.encoder.frame(.binary, [1]))
                for _ in 0..<20 { try await tunnel.send(pattern(50_000)) }
                try await tunnel.close(1000)
            default:
                try await tunnel.accept(tunnel.encoder.frame(.binary, [1]))
                if moment == .open { reached.gate?.open() }
                _ = try await tunnel.receive(2)
                reached.gate?.open()
            }
            _ = try await tunnel.untilClose()
        }
    }

    private static func patience(_ moment: Moment, _ options: inout Options) {
        // A request that was not sent yet is not waited for.
        let waits = moment == .answeredLate || moment == .signingIn
        options.limits.grace = waits ? .seconds(30) : .milliseconds(50)
        guard moment == .pausing else { return }
        options.timeout = .seconds(1000)
        options.settings.retries = RetryPolicy(base: .seconds(900), cap: .seconds(900), attempts: 5)
    }

    /// Waits until a tunnel is at the moment.
    private static func reach(
        _ moment: Moment, _ reached: Gate, _ program: Program, _ journal: Journal
    ) async throws {
        switch moment {
        case .pausing:
            _ = await journal.first { event -> Bool? in
                if case .retrying = event { true } else { nil }
            }
        case .draining:
            try await program.write([1, 2])
            program.socket.finishSending()
            await reached.pass()
        case .delivering:
            #expect(try await program.read(1) == [1])
            while await !program.isStalled(.milliseconds(50)) {}
        default: await reached.pass()
        }
    }

    @Test(arguments: Moment.allCases)
    func `deletes every session, whenever it is cancelled`(_ moment: Moment) async throws {
        let box = Gate.Box()
        let script = Self.script(moment, reached: box)
        try await withBench([script], options: { Self.patience(moment, &$0) }) { bench in
            let (reached, later) = (Gate(), Gate())
            box.gate = reached
            let held = ScriptedBastion.Answer.held(asked: reached, until: later)
            if moment == .signingIn { bench.bastion.signIn = held }
            if moment == .asking || moment == .answeredLate { bench.bastion.tokens = [held] }
            let (program, end) = try Program.connected()
            let task = Task(executorPreference: EventLoop.current) { await bench.carry(end) }
            try await Self.reach(moment, reached, program, bench.journal)
            let start = Instant.now
            task.cancel()
            if moment == .answeredLate { later.open() }
            let failure = await task.value
            #expect(start.duration(to: .now) < .seconds(15))
            guard case .cancelled? = failure else {
                Issue.record("reported as \(String(describing: failure))")
                return
            }
            let isAsked = moment != .signingIn && moment != .asking
            #expect(bench.bastion.issued.count == (isAsked ? 1 : 0))
            #expect(bench.journal.leftBehind == 0)
        }
    }

    // MARK: - Listeners

    private static func listener() throws -> (LoopConfined<Listener>, SocketAddress) {
        let listener = try Listener(on: try #require(SocketAddress(literal: "127.0.0.1", port: 0)))
        return (LoopConfined(listener), try #require(listener.address))
    }

    @Test func `serves many connections at once, each over a session of its own`() async throws {
        try await withBench([ServerTunnel.echo(30_000)]) { bench in
            let (listener, address) = try Self.listener()
            let serving = Task(executorPreference: EventLoop.current) {
                await bench.server.serve(listener.value, admitting: .ownProcesses)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let program = try await Program.dialling(address)
                        #expect(try await program.exchange(pattern(30_000)) == pattern(30_000))
                    }
                }
                try await group.waitForAll()
            }
            serving.cancel()
            await serving.value
            #expect(bench.bastion.issued.count == 8)
        }
    }

    @Test func `tells a TCP program that ended its sending side from one that is gone`() async throws {
        let script: ScriptedBastion.Script = { tunnel in
            try await tunnel.accept()
            let request = try await tunnel.receive(1)
            if request == [1] { try await tunnel.send(pattern(50_000)) }
            #expect(try await tunnel.untilClose() == .close(1000))
        }
        try await withBench([script], options: { $0.settings.drain = .seconds(1) }) { bench in
            let (listener, address) = try Self.listener()
            let serving = Task(executorPreference: EventLoop.current) {
                await bench.server.serve(listener.value, admitting: .ownProcesses)
            }
            let half = try await Program.dialling(address)
            try await half.write([1])
            half.socket.finishSending()
            #expect(try await half.read() == pattern(50_000))
            let gone = try await Program.dialling(address)
            _ = await bench.journal.first { event -> Bool? in
                if case .opened(2) = event { true } else { nil }
            }
            try await gone.write([2])
            gone.socket.close()
            _ = await bench.journal.first { event -> Bool? in
                if case .closed(2, _) = event { true } else { nil }
            }
            serving.cancel()
            await serving.value
        }
    }

    @Test func `refuses a program that is gone before it can be asked about`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            let (listener, address) = try Self.listener()
            let program = try await Program.dialling(address)
            try await program.write([1])
            program.socket.resetOnClose()
            program.socket.close()
            let serving = Task(executorPreference: EventLoop.current) {
                await bench.server.serve(listener.value, admitting: .ownProcesses)
            }
            let verdict = await bench.journal.first { event -> PeerCheck.Verdict? in
                if case .refused(let verdict, _) = event { verdict } else { nil }
            }
            #expect(verdict == .unknown)
            serving.cancel()
            await serving.value
            #expect(bench.bastion.issued.isEmpty)
        }
    }

    /// setfsuid(2), which changes the calling thread alone; Glibc's module does not have it.
    private static var setFileSystemUser: (@convention(c) (uid_t) -> CInt)? {
        dlsym(nil, "setfsuid").map { unsafeBitCast($0, to: (@convention(c) (uid_t) -> CInt).self) }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make another user's socket"))
    func `refuses another user's program`() async throws {
        try await withBench([ServerTunnel.echo(1)]) { bench in
            let (listener, address) = try Self.listener()
            let serving = Task(executorPreference: EventLoop.current) {
                await bench.server.serve(listener.value, admitting: .ownProcesses)
            }
            // The socket belongs to the user that makes it, which happens before the call first waits.
            let setUser = try #require(Self.setFileSystemUser)
            _ = setUser(4321)
            let connecting = Task.immediate(executorPreference: EventLoop.current) {
                _ = try await Program.dialling(address).read()
            }
            _ = setUser(0)
            let verdict = await bench.journal.first { event -> PeerCheck.Verdict? in
                if case .refused(let verdict, _) = event { verdict } else { nil }
            }
            #expect(verdict == .other(userID: 4321))
            serving.cancel()
            await serving.value
            _ = await connecting.result
            #expect(bench.bastion.issued.isEmpty)
        }
    }

    @Test func `ends the connections that are open when it is cancelled`() async throws {
        try await withBench([ServerTunnel.echo(.max)]) { bench in
            let (listener, address) = try Self.listener()
            let serving = Task(executorPreference: EventLoop.current) {
                await bench.server.serve(listener.value, admitting: .ownProcesses)
            }
            let program = try await Program.dialling(address)
            try await program.write([1, 2])
            #expect(try await program.read(2) == [1, 2])
            serving.cancel()
            await serving.value
            #expect(bench.bastion.deleted == ["session-1"])
            await #expect(throws: SystemError("read", number: ECONNRESET)) { try await program.read() }
        }
    }
}
