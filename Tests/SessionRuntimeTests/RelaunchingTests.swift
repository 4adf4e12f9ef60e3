import Diagnostics
import Planning
import Posix
import Profiles
import Testing
import Transport
import Tunnels

@testable import SessionRuntime

@Suite struct RelaunchingTests {
    private func settings(_ attempts: Int, _ maximum: Duration = .seconds(30)) -> ReconnectSettings {
        var settings = ReconnectSettings()
        (settings.attempts, settings.maximumDelay) = (attempts, maximum)
        return settings
    }

    /// The delays of relaunches in a row, in seconds, and nil where there is none any more.
    private func delays(_ settings: ReconnectSettings, _ count: Int, chance: Double) -> [Duration?] {
        var relaunching = Relaunching(settings)
        return (0..<count).map { _ in relaunching.delay(after: .seconds(1), chance: chance) }
    }

    @Test func `each wait is twice the one before, up to the most that is allowed`() {
        #expect(
            delays(settings(6, .seconds(10)), 7, chance: 1)
                == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(10), .seconds(10), nil])
    }

    @Test func `chance takes up to half of it`() {
        #expect(delays(settings(2), 2, chance: 0) == [.milliseconds(500), .seconds(1)])
    }

    @Test func `none is made where none is asked for`() {
        #expect(delays(settings(0), 1, chance: 1) == [nil])
    }

    @Test func `many attempts do not overflow`() throws {
        let all = delays(settings(2000, .seconds(3600)), 2000, chance: 1)
        #expect(all.last == .seconds(1024))
    }

    @Test func `a session that lasted begins the count anew`() {
        var relaunching = Relaunching(settings(2))
        #expect(relaunching.delay(after: .seconds(1), chance: 1) == .seconds(1))
        #expect(relaunching.delay(after: .seconds(59), chance: 1) == .seconds(2))
        #expect(relaunching.delay(after: .seconds(59), chance: 1) == nil)
        #expect(relaunching.delay(after: .seconds(60), chance: 1) == .seconds(1))
        #expect(relaunching.attempt == 1)
    }
}

@Suite struct ClientOutcomeTests {
    struct Case: Sendable {
        var ending: ChildProcess.Ending
        var reading = ClientCommand.StatusReading.own(failure: 255)
        /// Nil: the client had no connection.
        var tunnel: TunnelServer.Ending?
        var isLost: Bool
    }

    private static func tunnel(_ failure: TunnelFailure?, silence: Duration = .zero) -> TunnelServer.Ending {
        var traffic = TunnelTraffic()
        traffic.silence = silence
        return TunnelServer.Ending(failure: failure, traffic: traffic)
    }

    private static func sight(_ ending: TunnelServer.Ending?) -> TunnelServer.Sight {
        var sight = TunnelServer.Sight()
        sight.lastEnding = ending
        return sight
    }

    private static let rsync = ClientCommand.StatusReading.anyOf([255, 12])

    static let cases: [Case] = [
        // The tunnel broke, and ssh says so.
        Case(ending: .exited(255), tunnel: tunnel(.dropped(nil)), isLost: true),
        Case(ending: .exited(255), tunnel: tunnel(.closed(code: 1011, reason: "")), isLost: true),
        Case(ending: .exited(255), tunnel: tunnel(.timedOut(.seconds(20))), isLost: true),
        Case(
            ending: .exited(255),
            tunnel: tunnel(.connection(.notResolved(host: "h", reason: "no network"))), isLost: true),
        Case(
            ending: .exited(255), tunnel: tunnel(.upgradeRefused(status: 503, excerpt: "")), isLost: true),
        // It was refused for good, or we ended it.
        Case(
            ending: .exited(255), tunnel: tunnel(.upgradeRefused(status: 403, excerpt: "")), isLost: false),
        Case(ending: .exited(255), tunnel: tunnel(.cancelled), isLost: false),
        // The user logged out, with any status, 255 too; or logging in failed.
        Case(ending: .exited(255), tunnel: tunnel(nil), isLost: false),
        Case(ending: .exited(0), tunnel: tunnel(.dropped(nil)), isLost: false),
        Case(ending: .exited(1), tunnel: tunnel(.dropped(nil)), isLost: false),
        Case(ending: .exited(255), tunnel: nil, isLost: false),
        // Somebody ended the client.
        Case(ending: .killed(signal: 15), tunnel: tunnel(.dropped(nil)), isLost: false),
        // ssh gave up a tunnel that carries nothing any more.
        Case(ending: .exited(255), tunnel: tunnel(nil, silence: .seconds(45)), isLost: true),
        Case(ending: .exited(255), tunnel: tunnel(nil, silence: .seconds(16)), isLost: false),
        Case(ending: .exited(0), tunnel: tunnel(nil, silence: .seconds(600)), isLost: false),
        // rsync has several statuses for it.
        Case(ending: .exited(12), reading: rsync, tunnel: tunnel(.dropped(nil)), isLost: true),
        Case(ending: .exited(12), reading: rsync, tunnel: tunnel(nil, silence: .seconds(45)), isLost: true),
        Case(ending: .exited(23), reading: rsync, tunnel: tunnel(.dropped(nil)), isLost: false),
        // PuTTY and programs of the user's own may be silent for any time.
        Case(ending: .exited(1), reading: .own(failure: 1), tunnel: tunnel(.dropped(nil)), isLost: true),
        Case(
            ending: .exited(1), reading: .own(failure: 1), tunnel: tunnel(nil, silence: .seconds(600)),
            isLost: false),
        Case(ending: .exited(7), reading: .unknown, tunnel: tunnel(.dropped(nil)), isLost: true),
        Case(ending: .exited(0), reading: .unknown, tunnel: tunnel(.dropped(nil)), isLost: false),
        Case(
            ending: .exited(7), reading: .unknown, tunnel: tunnel(nil, silence: .seconds(600)), isLost: false),
    ]

    @Test(arguments: cases)
    func `tells a lost tunnel from a client that ended by itself`(_ item: Case) {
        let outcome = ClientOutcome(
            ending: item.ending, reading: item.reading, sight: Self.sight(item.tunnel), shownHostKey: nil,
            givenSecret: nil,
            duration: .seconds(5))
        #expect((outcome.lostTunnel != nil) == item.isLost)
    }

    @Test func `silence is said as such`() throws {
        let outcome = ClientOutcome(
            ending: .exited(255), reading: .own(failure: 255),
            sight: Self.sight(Self.tunnel(nil, silence: .seconds(45))), shownHostKey: nil,
            givenSecret: nil, duration: .seconds(90))
        let failure = try #require(outcome.lostTunnel)
        let words = Explanation(try Samples.plan()).diagnostic(failure)
        #expect(words.code == "tunnel.stalled")
        #expect(words.message.contains("45 s"))
    }
}
