internal import Azure
package import Posix
internal import Synchronization
internal import Transport

/// Serves the connections of one route: each gets a tunnel of its own, many at once.
///
/// Belongs to its loop's thread; its tasks are children of whoever calls `serve`, `preopen` or `carry`.
package final class TunnelServer: @unchecked Sendable {
    package struct Settings: Sendable {
        /// Payload bytes of a message; nil means the measured default.
        package var messageSize: Int?
        package var drain: Duration = .seconds(30)
        /// How long the service may acknowledge or take nothing of what waits for it, or stop within a message.
        package var stall: Duration = .seconds(60)
        /// Whether something must come from the target soon, so that silence is a failure: SSH servers speak
        /// first, and RDP clients ask at once for an answer.
        package var expectsFirstByte = false
        package var ping: Duration?
        /// Bytes of what the target says first that are kept of the latest connection.
        package var keptBeginning = 0
        /// What a target has for its first byte; nil means the time for opening, and 15 s at least.
        var firstByteTime: Duration?
        /// How many tunnels lie open for the next connections. They are opened when a connection was given one,
        /// in its place, and not when one was given up unused.
        package var spares = 0
        /// An unused tunnel is given up after this: sshd ends a connection that does not log in after two minutes.
        var spareTime: Duration = .seconds(60)
        /// When a connection gets a thread of its own.
        var pace = RelayPace.Bars()
        var retries = RetryPolicy(base: .milliseconds(300), cap: .seconds(5), attempts: 5)

        package init() {}
    }

    private let opener: TunnelOpener
    private let settings: Settings
    private let buffers: RelayBufferPool
    private let report: @Sendable (TunnelEvent) -> Void
    private let spares: SpareTunnels
    private var connections = 0
    private var relays = 0
    private let relayEnded = WakeUp()
    private var isReady = false
    private var hasToldOfWait = false
    private var lastShortage: Instant?
    /// Whether any tunnel was ever open.
    package private(set) var hasOpened = false
    /// What the target said first on the latest connection, as far as it is kept.
    package var firstBytes: [UInt8] { beginning.bytes }
    private var beginning = StreamBeginning(limit: 0)
    /// What the connection that ended last came to; nil where none has ended.
    package var lastEnding: Ending? { sight.lastEnding }
    /// What was seen of the connections since `lookAnew`.
    package private(set) var sight = Sight()

    /// What this end saw of several connections: evidence of what a client says it failed with.
    package struct Sight: Sendable {
        package var lastEnding: Ending?
        /// Connections that were let in.
        package var connections = 0
        /// Bytes from the target in that connection which got the most.
        package var mostReceived: UInt64 = 0

        package init() {}

        mutating func note(_ ending: Ending) {
            lastEnding = ending
            mostReceived = max(mostReceived, ending.traffic.received)
        }
    }

    /// Forgets what was seen so far: another client begins.
    package func lookAnew() { sight = Sight() }

    /// The end of a connection, as this end of the tunnel saw it.
    package struct Ending: Sendable {
        /// Nil for a tidy end.
        package var failure: TunnelFailure?
        package var traffic: TunnelTraffic

        package init(failure: TunnelFailure?, traffic: TunnelTraffic) {
            (self.failure, self.traffic) = (failure, traffic)
        }
    }

    package init(
        opener: TunnelOpener, settings: Settings, report: @escaping @Sendable (TunnelEvent) -> Void
    ) {
        self.opener = opener
        self.settings = settings
        buffers = RelayBufferPool(messageSize: settings.messageSize ?? FrameEncoder.recordPayload)
        spares = SpareTunnels(settings.spares)
        self.report = report
    }

    // MARK: - Opening

    /// Opens a tunnel before anybody asks for it, for the first connection. Whoever calls this owes `keepSpares`.
    ///
    /// After a failure whoever waits for it goes on waiting, until cancelled: its owner ends the client first, so
    /// that only one of the two complains.
    package func preopen() async throws(TunnelFailure) {
        spares.begin()
        do { spares.add(try await open()) } catch {
            spares.lose(opensOthers: false)
            throw error
        }
    }

    /// Watches the tunnels that lie open and opens those that are wanted, until cancelled; ends those that have
    /// lain too long, and in the end all.
    package func keepSpares() async {
        await withDiscardingTaskGroup { group in
            repeat {
                for spare in spares.takeUnwatched() {
                    let confined = LoopConfined(spare)
                    group.addTask { await self.keep(confined.value) }
                }
                guard !Task.isCancelled else { break }
                for _ in 0..<spares.takeOwed() { group.addTask { await self.openSpare() } }
            } while await spares.change()
        }
        for spare in spares.takeUnwatched() { await keep(spare) }
    }

    private func keep(_ spare: SpareTunnel) async {
        let tunnel = await spare.watch(for: settings.spareTime)
        spares.forget(spare)
        if let tunnel { await discard(tunnel) }
    }

    /// In one try, and silently: a connection that finds none opens its own, and says what is wrong.
    private func openSpare() async {
        spares.begin()
        do {
            spares.add(try await opener.inTurn { () async throws(TunnelFailure) in try await opener.open() })
        } catch { spares.lose(opensOthers: true) }
    }

    /// Whether a tunnel lies open for the next connection.
    var hasSpare: Bool { spares.hasAny }

    /// Ends the tunnels that lie open, with their sessions.
    package func giveUpSpares() async {
        for tunnel in spares.takeAll() { await discard(tunnel) }
    }

    private func discard(_ tunnel: OpenTunnel) async {
        var encoder = FrameEncoder(role: .client)
        try? await tunnel.tls.writeAll(encoder.close(1000), until: .now.advanced(by: .seconds(1)))
        tunnel.tls.finish()
        tunnel.tls.close()
        if await !opener.release(tunnel.session) { report(.leftBehind(connection: 0)) }
    }

    /// The tunnel that lies open, or a new one.
    private func takeTunnel(for connection: Int) async throws(TunnelFailure) -> OpenTunnel {
        if let tunnel = try await spares.take() { return tunnel }
        return try await open(for: connection)
    }

    /// Opens a tunnel when its turn has come.
    private func open(for connection: Int? = nil) async throws(TunnelFailure) -> OpenTunnel {
        try await opener.inTurn {
            if let connection { report(.waitsForTurn(connection: connection)) }
        } _: { () async throws(TunnelFailure) in
            try await openPersistently()
        }
    }

    /// Tries until it works, until a failure that more tries do not mend, or until the tries are used up.
    private func openPersistently() async throws(TunnelFailure) -> OpenTunnel {
        var attempt = 1
        let deadline = Instant.now.advanced(by: opener.timeout)
        while true {
            do {
                let tunnel = try await opener.open(until: deadline) { [self] in tellOfWait() }
                hasOpened = true
                if !isReady { report(.ready) }
                isReady = true
                return tunnel
            } catch {
                guard error.isWorthRetrying else { throw error }
                try await pause(after: error, attempt: &attempt, until: deadline)
            }
        }
    }

    private func tellOfWait() {
        if !hasToldOfWait { report(.awaitsName) }
        hasToldOfWait = true
    }

    private func pause(after failure: TunnelFailure, attempt: inout Int, until deadline: Instant)
        async throws(TunnelFailure)
    {
        let delay = settings.retries.delay(
            afterFailures: attempt, retryAfter: failure.retryAfter, chance: .random(in: 0..<1),
            left: Instant.now.duration(to: deadline))
        guard !Task.isCancelled, let delay else { throw failure }
        report(.retrying(failure, attempt: attempt, delay: delay))
        guard await EventLoop.sleep(until: .now.advanced(by: delay)) else { throw .cancelled }
        attempt += 1
    }

    // MARK: - Connections

    /// Who may connect to a listener.
    package enum Admission: Sendable {
        /// Loopback TCP: only this user's own processes.
        case ownProcesses
        /// A unix socket in a private folder; the peer's user is checked all the same.
        case ownSocket
        /// A listener that the user opened to the network.
        case everyone
    }

    /// Accepts connections until cancelled; then ends those that are open, each with its session deleted.
    package func serve(_ listener: Listener, admitting admission: Admission) async {
        await withDiscardingTaskGroup { group in
            while true {
                do throws(SystemError) {
                    guard let accepted = try await listener.accept() else { break }
                    let local = LoopConfined(accepted)
                    group.addTask { await self.admit(local.value, admission) }
                } catch {
                    note(shortage: error)
                    // Those that end give theirs back.
                    if await !EventLoop.sleep(until: .now.advanced(by: .milliseconds(10))) { break }
                }
            }
            group.cancelAll()
        }
    }

    /// Once in a while is enough: the reason is the same for all that come at once.
    private func note(shortage error: SystemError) {
        if let last = lastShortage, last.duration(to: .now) < .seconds(5) { return }
        lastShortage = .now
        report(.cannotAccept(error))
    }

    private func admit(_ accepted: Listener.Accepted, _ admission: Admission) async {
        let verdict: PeerCheck.Verdict
        do throws(SystemError) {
            verdict =
                switch admission {
                case .everyone: .ours
                case .ownSocket: PeerCheck.verdict(ofUnixPeer: accepted.descriptor)
                case .ownProcesses: try PeerCheck.verdict(of: accepted)
                }
        } catch {
            note(shortage: error)
            accepted.descriptor.resetOnClose()
            return accepted.descriptor.close()
        }
        guard verdict == .ours else {
            report(.refused(verdict, peer: accepted.peer))
            return accepted.descriptor.close()
        }
        _ = await carry { wakeUp throws(SystemError) in
            try LocalEnd(socket: accepted.descriptor, wakeUp: wakeUp)
        }
        accepted.descriptor.close()
    }

    /// Carries one local end over a tunnel of its own, to the end of either.
    /// - Returns: nil for a tidy end.
    package func carry(_ makeLocal: (WakeUp) throws(SystemError) -> LocalEnd) async -> TunnelFailure? {
        connections += 1
        sight.connections += 1
        let number = connections
        var replay: [UInt8] = []
        var attempt = 1
        while true {
            let outcome = await carryOnce(number, makeLocal, replay, attempt: attempt)
            sight.note(Ending(failure: outcome.failure, traffic: outcome.traffic))
            guard let failure = outcome.failure else {
                report(.closed(connection: number, outcome.traffic))
                return nil
            }
            if let held = outcome.unanswered, failure.isWorthReplacing,
                (try? await pause(
                    after: failure, attempt: &attempt, until: .now.advanced(by: opener.timeout))) != nil
            {
                replay = held
                continue
            }
            if !outcome.isTold { await end(number, failure, outcome.local) }
            return failure
        }
    }

    /// Says why a connection failed, and ends it on this machine as its program is to see it.
    private func end(_ number: Int, _ failure: TunnelFailure?, _ local: LoopConfined<LocalEnd>?) async {
        guard let failure else {
            await local?.value.closeGently()
            return
        }
        report(.failed(connection: number, failure))
        if let local { await EventLoop.shielded { await local.value.fail() } }
    }

    /// Waits until no connection is open, so that `lastEnding` is that of the last one. One task at a time.
    package func settle(until deadline: Instant) async {
        while relays > 0 {
            guard await relayEnded.wait(until: deadline) == .signalled else { return }
        }
    }

    private struct Carried {
        var failure: TunnelFailure?
        var traffic = TunnelTraffic()
        var unanswered: [UInt8]?
        var local: LoopConfined<LocalEnd>?
        /// Whether the local end has been closed, and a failure reported.
        var isTold = false
    }

    private func carryOnce(
        _ number: Int, _ makeLocal: (WakeUp) throws(SystemError) -> LocalEnd, _ replay: [UInt8], attempt: Int
    ) async -> Carried {
        let tunnel: OpenTunnel
        beginning = StreamBeginning(limit: settings.keptBeginning)
        do { tunnel = try await takeTunnel(for: number) } catch {
            return Carried(failure: error, local: (try? makeLocal(WakeUp())).map(LoopConfined.init))
        }
        report(.opened(connection: number))
        var carried = Carried()
        do {
            let local = try makeLocal(tunnel.tls.wakeUp)
            tunnel.tls.socket.noticeDeadPeer(within: settings.stall)
            relays += 1
            let relay = Relay(tunnel, local: local, settings: relaySettings, pool: buffers, replay: replay)
            let outcome = await relay.run()
            relays -= 1
            sight.note(Ending(failure: outcome.failure, traffic: outcome.traffic))
            relayEnded.signal()
            await relay.sayGoodbye()
            carried = Carried(
                failure: outcome.failure, traffic: outcome.traffic, unanswered: outcome.unanswered,
                local: LoopConfined(local))
            let mayBeReplaced =
                outcome.unanswered != nil && outcome.failure?.isWorthReplacing == true
                && attempt < settings.retries.attempts && !Task.isCancelled
            carried.isTold = !mayBeReplaced
            if mayBeReplaced { local.leaveLoop() }
        } catch {
            tunnel.tls.close()
            carried.failure = .local(error)
        }
        // The local program does not wait for the service.
        async let told: Void = carried.isTold ? end(number, carried.failure, carried.local) : ()
        if await !opener.release(tunnel.session) { report(.leftBehind(connection: number)) }
        await told
        return carried
    }

    private var firstByteTime: Duration { settings.firstByteTime ?? max(opener.timeout, .seconds(15)) }

    private var relaySettings: Relay.Settings {
        Relay.Settings(
            drain: settings.drain, stall: settings.stall,
            firstByteTime: settings.expectsFirstByte ? firstByteTime : nil, greetingTime: firstByteTime,
            ping: settings.ping, beginning: settings.keptBeginning > 0 ? beginning : nil, pace: settings.pace)
    }
}
