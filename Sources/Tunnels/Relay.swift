internal import Posix
internal import Transport

/// Carries bytes between a local end and an open WebSocket until one of them ends. One task owns it.
///
/// Nothing is buffered beyond one read in each direction: while the one side does not take what it is
/// given, the other is not read. Steps never block and allocate nothing; between them the task waits for
/// either side, a deadline or its cancellation. Belongs to the loop's thread, but while it is busy to a thread
/// of its own.
final class Relay {
    struct Settings: Sendable {
        var drain: Duration = .seconds(30)
        /// How long the service may stop in the middle of a frame.
        var stall: Duration = .seconds(60)
        /// How long the target may take to say its first byte; nil where it may wait for the client to begin.
        var firstByteTime: Duration?
        /// The same where the local program speaks SSH: then so does the target, and first.
        var greetingTime: Duration?
        /// The interval of pings; nil means none.
        var ping: Duration?
        /// Where what the target says first is kept.
        var beginning: StreamBeginning?
        /// When a relay gets a thread of its own.
        var pace = RelayPace.Bars()
    }

    /// How it ended, and what it carried.
    struct Outcome: Sendable {
        /// Nil for a tidy end.
        var failure: TunnelFailure?
        var traffic: TunnelTraffic
        /// All that the local program sent, if nothing came back yet: another tunnel can begin with it.
        var unanswered: [UInt8]?
    }

    let tls: TLSConnection
    let local: LocalEnd
    let settings: Settings
    let start = Instant.now
    var state = RelayState()
    var traffic = TunnelTraffic()
    var encoder = FrameEncoder(role: .client)
    var decoder = FrameDecoder(role: .client)
    let pool: RelayBufferPool
    /// Held while there are bytes in hand.
    var buffers: RelayBuffers?
    /// The part of the buffer `up` that was read and is in no frame yet.
    var unsealed = 0..<0
    /// The part of the buffer `up` that is a frame not yet sent in full.
    var sending = 0..<0
    /// A frame without data, sent between two messages.
    var control: [UInt8] = []
    var controlSent = 0
    /// What the last ping held that is not answered yet.
    var pinged: [UInt8]?
    /// The close frame: nothing is sent behind it.
    var farewell: [UInt8]?
    /// What a close frame of the service is answered with: its own code (RFC 6455, section 5.5.1).
    var closeCode: UInt16? = 1000
    /// The bytes of the buffer `down` that came and are not decoded yet.
    var undecoded = 0..<0
    /// The decoded part that the local end has not taken yet.
    var delivering = 0..<0
    var unanswered: [UInt8]? = []
    var replay: [UInt8]
    /// When a byte was last moved in the direction that the drain time is about.
    var lastProgress = Instant.now
    private var nextPing: Instant?
    /// When data last came from the service.
    var lastHeard = Instant.now
    /// When anything last came from it.
    var lastArrival = Instant.now
    /// A violation behind the data that is still to be delivered.
    var broken: TunnelFailure?
    var failure: TunnelFailure?
    /// What was decoded last held no data.
    var broughtNothing = false
    /// The service has sent a close frame.
    var hasServiceClosed = false
    /// What frames without data took on their way behind the last data, in bytes; rather too much than too little.
    var controlBehindData = 0
    /// What had been sent when data last came.
    var sentWhenHeard: UInt64 = 0
    /// When the turn began: the time of all that happens in it.
    var turnStart = Instant.now
    private var hasEnded = false

    /// Messages each way before other connections get their turn.
    private static let turn = 16
    /// What a target may be sent before it answers and still be offered to another tunnel.
    static let replayLimit = 32 * 1024

    /// - Parameter replay: what an earlier tunnel was sent without an answer; goes first.
    init(
        _ tunnel: OpenTunnel, local: LocalEnd, settings: Settings, pool: RelayBufferPool, replay: [UInt8] = []
    ) {
        tls = tunnel.tls
        self.local = local
        self.settings = settings
        self.pool = pool
        self.replay = replay
        nextPing = settings.ping.map { start.advanced(by: $0) }
        if tunnel.firstBytes.isEmpty { return }
        let buffers = RelayBuffers(
            upSize: pool.upSize, downSize: max(RelayBufferPool.downSize, tunnel.firstBytes.count))
        buffers.down.copyBytes(from: tunnel.firstBytes)
        undecoded = 0..<tunnel.firstBytes.count
        self.buffers = buffers
    }

    /// Relays to the end of either side, and owes `sayGoodbye`: on the loop while it is quiet, on a thread of its own while it is busy.
    func run() async -> Outcome {
        var pace = RelayPace(settings.pace, total: 0, now: start)
        while true {
            let turn = takeTurn()
            if turn == .ended { break }
            if pace.isBusy(total: total, now: turnStart) {
                await runOnThread()
                if hasEnded { break }
                pace = RelayPace(settings.pace, total: total, now: .now)
            } else if turn == .blocked {
                returnIdleBuffers()
                guard act(on: await tls.wakeUp.wait(until: deadline)) else { break }
            } else {
                await Task.yield()
                if Task.isCancelled { failure = .cancelled; break }
                guard seesToDeadlines() else { break }
            }
        }
        return finish()
    }

    private func finish() -> Outcome {
        traffic.silence = lastHeard.duration(to: .now)
        traffic.duration = start.duration(to: .now)
        let isUnanswered = traffic.received == 0
        if isUnanswered, case .dropped(let error)? = failure, error?.isSilence != true {
            failure = .unanswered
        }
        return Outcome(failure: failure, traffic: traffic, unanswered: isUnanswered ? unanswered : nil)
    }

    /// Bytes moved in both directions.
    private var total: UInt64 { traffic.sent &+ traffic.received }

    private enum Turn { case moved, blocked, ended }

    /// Steps until neither side can go on, or until its turn is over. Never waits.
    private func takeTurn() -> Turn {
        let buffers = self.buffers ?? pool.take()
        turnStart = .now
        self.buffers = buffers
        do throws(TunnelFailure) {
            for _ in 0..<Self.turn {
                // What came is read before anything is sent: a peer that closes may refuse what we send,
                // and its reason would be lost with the connection.
                let hasReceived = try stepDown(buffers.down)
                let hasSent = state.phase == .closed ? false : try stepUp(buffers.up)
                if state.phase == .closed { return .ended }
                if !hasSent, !hasReceived { return .blocked }
                // Frames without data can come without end: others, and what is due, go first.
                if broughtNothing {
                    broughtNothing = false
                    return .moved
                }
            }
            return .moved
        } catch {
            failure = error
            return .ended
        }
    }

    private func returnIdleBuffers() {
        guard sending.isEmpty, unsealed.isEmpty, delivering.isEmpty, undecoded.isEmpty, let buffers else {
            return
        }
        pool.giveBack(buffers)
        self.buffers = nil
    }

    /// - Returns: false at the end.
    private func act(on reason: WakeUp.Reason) -> Bool {
        switch reason {
        case .signalled: return true
        case .cancelled:
            failure = .cancelled
            return false
        case .deadline:
            let now = Instant.now
            if let time = firstByteDeadline, time <= now {
                failure = .silent(start.duration(to: time))
                return false
            }
            if let time = stallDeadline, time <= now {
                failure = .stalled(settings.stall)
                return false
            }
            if let time = nextPing, time <= now { ping() }
            if let time = drainDeadline, time <= now {
                // The time for an answer begins when the whole question is there.
                if hasUndeliveredData { lastProgress = now } else { act(on: .deadlinePassed) }
            }
            return state.phase != .closed
        }
    }

    /// To be called where there is no wait: noise without end must not put off what is due.
    /// - Returns: false at the end.
    private func seesToDeadlines() -> Bool {
        guard let deadline, deadline <= turnStart else { return true }
        return act(on: WakeUp.Reason.deadline)
    }

    /// Nothing at all is waited for without end but data on an open, answered tunnel: there TCP's own keepalive
    /// and user timeout notice a dead peer.
    private var deadline: Instant? {
        Self.earlier(
            Self.earlier(firstByteDeadline, nextPing), Self.earlier(drainDeadline, stallDeadline))
    }

    private static func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    /// When the silence of the service ends the tunnel. A local program that is slow to take what came is not silence.
    private var drainDeadline: Instant? {
        guard state.isTimed, delivering.isEmpty else { return nil }
        return lastProgress.advanced(by: settings.drain)
    }

    private var firstByteDeadline: Instant? {
        // Who has sent this much without an answer is not waiting for a greeting.
        guard traffic.received == 0, let sent = unanswered else { return nil }
        if let time = settings.firstByteTime { return start.advanced(by: time) }
        guard let time = settings.greetingTime, sent.starts(with: Self.greeting) else { return nil }
        return start.advanced(by: time)
    }

    /// How SSH begins (RFC 4253, section 4.2).
    private static let greeting = Array("SSH-".utf8)

    /// A frame that was begun must go on. While the local program takes nothing, nothing is read.
    private var stallDeadline: Instant? {
        guard decoder.isWithinFrame, state.readsService, delivering.isEmpty, undecoded.isEmpty else {
            return nil
        }
        return max(lastArrival, lastProgress).advanced(by: settings.stall)
    }

    func act(on event: RelayState.Event) {
        for action in state.receive(event) {
            switch action {
            case .sendClose: farewell = encoder.close(closeCode)
            // A program must not take a tunnel that failed for one that has ended.
            case .finishLocal: if failure == nil { local.finishSending() }
            }
        }
    }

    private func ping() {
        // A peer that takes nothing is not sent pings upon pings, and one that has closed none.
        if control.isEmpty, state.readsService { control = encoder.frame(.ping, []) }
        nextPing = settings.ping.map { Instant.now.advanced(by: $0) }
    }
}

// MARK: - A thread of its own

extension Relay {
    /// Takes the connection off the loop for as long as it is busy: it does not hold the others up then, nor they it.
    ///
    /// Where there is no thread or descriptor to be had, it stays where it is.
    private func runOnThread() async {
        guard let interruption = try? Interruption() else { return }
        settings.beginning?.end()
        tls.socket.leaveLoop()
        local.leaveLoop()
        let relay = LoopConfined(self)
        try? await OwnThread.run(interruptedBy: interruption) { relay.value.runBusy(interruption) }
        do {
            try tls.socket.joinLoop()
            try local.joinLoop()
        } catch {
            failure = failure ?? .local(error)
            hasEnded = true
        }
    }

    /// On the thread: to the end, or until it is quiet again.
    private func runBusy(_ interruption: Interruption) {
        let poll = SocketPoll([tls.socket] + local.sockets, interruption: interruption)
        var pace = RelayPace(settings.pace, total: total, now: .now)
        tls.keepsBuffers = true
        defer { tls.keepsBuffers = false }
        while !hasEnded {
            let turn = takeTurn()
            if turn == .ended { hasEnded = true }
            if hasEnded || pace.isQuiet(total: total, now: turnStart) { return }
            guard turn == .blocked else {
                if turn == .moved { hasEnded = !seesToDeadlines() }
                continue
            }
            switch poll.wait(until: min(deadline ?? pace.windowEnd, pace.windowEnd)) {
            case .ready: break
            case .interrupted: hasEnded = !act(on: WakeUp.Reason.cancelled)
            case .deadline: hasEnded = !act(on: WakeUp.Reason.deadline)
            }
        }
    }
}
