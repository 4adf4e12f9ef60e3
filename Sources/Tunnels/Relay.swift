internal import Posix
internal import Transport

/// Carries bytes between a local end and an open WebSocket until one of them ends. One task owns it.
///
/// Nothing is buffered beyond one message up and one read down: while the one side does not take what it is
/// given, the other is not read. Steps never block and allocate nothing; between them the task waits for
/// either side, a deadline or its cancellation.
final class Relay {
    struct Settings: Sendable {
        /// Payload bytes of one message towards the service.
        var messageSize = FrameEncoder.recordPayload
        var drain: Duration = .seconds(30)
        /// How long the target may take to say its first byte; nil where it may wait for the client to begin.
        var firstByteTime: Duration?
        /// The interval of pings; nil means none.
        var ping: Duration?
        /// Where what the target says first is kept.
        var beginning: StreamBeginning?
    }

    /// How it ended, and what it carried.
    struct Outcome: Sendable {
        /// Nil for a tidy end.
        var failure: TunnelFailure?
        var traffic: TunnelTraffic
        /// All that the local program sent, if nothing came back yet: another tunnel can begin with it.
        var unanswered: [UInt8]?
    }

    private let tls: TLSConnection
    private let local: LocalEnd
    private let settings: Settings
    private let start = Instant.now
    private var state = RelayState()
    private var traffic = TunnelTraffic()
    private var encoder = FrameEncoder(role: .client)
    private var decoder = FrameDecoder(role: .client)
    private let up: UnsafeMutableRawBufferPointer
    private let down: UnsafeMutableRawBufferPointer
    /// The part of `up` that is a frame not yet sent in full.
    private var sending = 0..<0
    /// Frames without data (pong, ping, close), sent between two messages.
    private var control: [UInt8] = []
    private var controlSent = 0
    /// The bytes of `down` that came and are not decoded yet.
    private var undecoded = 0..<0
    /// The decoded part that the local end has not taken yet.
    private var delivering = 0..<0
    private var unanswered: [UInt8]? = []
    private var replay: [UInt8]
    /// When a byte was last moved in the direction that the drain time is about.
    private var lastProgress = Instant.now
    private var nextPing: Instant?
    /// When data last came from the service.
    private var lastHeard = Instant.now
    private var failure: TunnelFailure?

    private static let downSize = 64 * 1024
    /// Messages each way before other connections get their turn.
    private static let turn = 16
    /// What a target may be sent before it answers and still be offered to another tunnel.
    private static let replayLimit = 32 * 1024

    /// - Parameter replay: what an earlier tunnel was sent without an answer; goes first.
    init(_ tunnel: OpenTunnel, local: LocalEnd, settings: Settings, replay: [UInt8] = []) {
        tls = tunnel.tls
        self.local = local
        self.settings = settings
        self.replay = replay
        up = .allocate(byteCount: FrameEncoder.headroom + settings.messageSize, alignment: 16)
        down = .allocate(byteCount: max(Self.downSize, tunnel.firstBytes.count), alignment: 16)
        down.copyBytes(from: tunnel.firstBytes)
        undecoded = 0..<tunnel.firstBytes.count
        nextPing = settings.ping.map { start.advanced(by: $0) }
    }

    deinit {
        up.deallocate()
        down.deallocate()
    }

    func run() async -> Outcome {
        while await turn() {}
        traffic.silence = lastHeard.duration(to: .now)
        await sayGoodbye()
        traffic.duration = start.duration(to: .now)
        let isUnanswered = traffic.received == 0
        if isUnanswered, case .dropped = failure { failure = .unanswered }
        return Outcome(failure: failure, traffic: traffic, unanswered: isUnanswered ? unanswered : nil)
    }

    /// Steps until neither side can go on, then waits.
    /// - Returns: false at the end.
    private func turn() async -> Bool {
        do throws(TunnelFailure) {
            for _ in 0..<Self.turn {
                // What came is read before anything is sent: a peer that closes may refuse what we send,
                // and its reason would be lost with the connection.
                let hasReceived = try stepDown()
                let hasSent = state.phase == .closed ? false : try stepUp()
                if state.phase == .closed { return false }
                if !hasSent, !hasReceived { return await pause() }
            }
            await Task.yield()
            return !Task.isCancelled || fail(.cancelled)
        } catch { return fail(error) }
    }

    @discardableResult
    private func fail(_ reason: TunnelFailure) -> Bool {
        failure = reason
        return false
    }

    private func pause() async -> Bool {
        let deadline = deadline
        switch await tls.wakeUp.wait(until: deadline) {
        case .signalled: return true
        case .cancelled: return fail(.cancelled)
        case .deadline:
            if let time = firstByteDeadline, time <= .now {
                return fail(.silent(settings.firstByteTime ?? .zero))
            }
            if let time = nextPing, time <= .now { ping() }
            if let time = drainDeadline, time <= .now { act(on: .deadlinePassed) }
            return state.phase != .closed
        }
    }

    /// Nothing at all is waited for without end but data on an open, answered tunnel: there TCP's own keepalive
    /// and user timeout notice a dead peer.
    private var deadline: Instant? {
        [firstByteDeadline, nextPing, drainDeadline].compactMap(\.self).min()
    }

    /// When the silence of the service ends the tunnel. A local program that is slow to take what came is not silence.
    private var drainDeadline: Instant? {
        guard state.isTimed, delivering.isEmpty, undecoded.isEmpty else { return nil }
        return lastProgress.advanced(by: settings.drain)
    }

    private var firstByteDeadline: Instant? {
        // Who has sent this much without an answer is not waiting for a greeting.
        guard traffic.received == 0, unanswered != nil, let time = settings.firstByteTime else { return nil }
        return start.advanced(by: time)
    }

    private func act(on event: RelayState.Event) {
        for action in state.receive(event) {
            switch action {
            case .sendClose: control += encoder.close(1000)
            case .finishLocal: local.finishSending()
            }
        }
    }

    private func ping() {
        // A peer that takes nothing is not sent pings upon pings.
        if control.isEmpty { control = encoder.frame(.ping, []) }
        nextPing = settings.ping.map { Instant.now.advanced(by: $0) }
    }
}

// MARK: - Towards the service

extension Relay {
    private func stepUp() throws(TunnelFailure) -> Bool {
        if !sending.isEmpty { return try sendMessage() }
        if controlSent < control.count { return try sendControl() }
        guard state.readsLocal else { return false }
        guard let count = try readLocal() else { return false }
        sending = encoder.seal(payloadCount: count, in: up)
        traffic.sent += UInt64(count)
        return try sendMessage() || true
    }

    /// Puts the next payload where the encoder wants it.
    private func readLocal() throws(TunnelFailure) -> Int? {
        let space = UnsafeMutableRawBufferPointer(
            rebasing: up[FrameEncoder.headroom..<FrameEncoder.headroom + settings.messageSize])
        if !replay.isEmpty {
            let count = min(replay.count, space.count)
            space.copyBytes(from: replay.prefix(count))
            replay.removeFirst(count)
            remember(space, count)
            return count
        }
        let progress: FileDescriptor.Progress
        do { progress = try local.read(into: space) } catch {
            act(on: .localGone)
            return nil
        }
        switch progress {
        case .done(let count):
            remember(space, count)
            return count
        case .wouldBlock: return nil
        case .ended:
            lastProgress = .now
            act(on: local.peerIsGone ? .localGone : .localEnded)
            return nil
        }
    }

    private func remember(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) {
        guard traffic.received == 0, let held = unanswered else { return }
        unanswered = held.count + count <= Self.replayLimit ? held + bytes.prefix(count) : nil
    }

    private func sendMessage() throws(TunnelFailure) -> Bool {
        let count = try write(UnsafeRawBufferPointer(rebasing: up[sending]))
        sending = (sending.lowerBound + count)..<sending.upperBound
        return count > 0
    }

    private func sendControl() throws(TunnelFailure) -> Bool {
        let result = control.withUnsafeBytes { bytes in
            Result { () throws(TunnelFailure) in
                try write(UnsafeRawBufferPointer(rebasing: bytes[controlSent...]))
            }
        }
        let count = try result.get()
        controlSent += count
        if controlSent == control.count { (control, controlSent) = ([], 0) }
        return count > 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(TunnelFailure) -> Int {
        do {
            guard case .done(let count) = try tls.write(bytes) else { return 0 }
            if state.isTimed { lastProgress = .now }
            return count
        } catch {
            // Once the service has closed it needs not take what we still say.
            guard state.phase == .delivering else { throw .dropped(error) }
            return bytes.count
        }
    }

    /// Sends what is still to be said (a close frame last), for at most a second, and ends the connections.
    private func sayGoodbye() async {
        if state.phase != .closed, case .violation(let violation)? = failure {
            control += encoder.close(violation.closeCode)
        } else if state.phase == .open || state.phase == .draining, isOurDecision {
            control += encoder.close(1000)
        }
        let deadline = Instant.now.advanced(by: .seconds(1))
        while !sending.isEmpty || controlSent < control.count {
            guard let isMoving = try? stepUp() else { break }
            if !isMoving, await tls.wakeUp.wait(until: deadline) != .signalled { break }
        }
        tls.finish()
        tls.close()
    }

    /// Whether the connection still works and we end it all the same.
    private var isOurDecision: Bool {
        switch failure {
        case .cancelled, .silent: true
        default: false
        }
    }
}

// MARK: - Towards the local program

extension Relay {
    private func stepDown() throws(TunnelFailure) -> Bool {
        if !delivering.isEmpty { return deliver() }
        if !undecoded.isEmpty { return try decode() }
        if state.phase == .delivering {
            act(on: .allDelivered)
            return true
        }
        guard state.readsService else { return false }
        let progress: TLSConnection.Progress
        do { progress = try tls.read(into: down) } catch { throw .dropped(error) }
        switch progress {
        case .done(let count):
            undecoded = 0..<count
            return try decode()
        case .wouldBlock: return false
        case .ended:
            // Without a close frame the service did not mean to end here, unless we have ended already.
            if state.phase == .open { throw .dropped(nil) }
            act(on: .serviceClosed)
            return true
        }
    }

    private func decode() throws(TunnelFailure) -> Bool {
        var position = undecoded.lowerBound
        let bytes = UnsafeMutableRawBufferPointer(rebasing: down[0..<undecoded.upperBound])
        let event: FrameEvent?
        do { event = try decoder.next(bytes, from: &position) } catch {
            throw error == .httpInsteadOfFrames ? .refusedAfterUpgrade : .violation(error)
        }
        undecoded = position..<undecoded.upperBound
        switch event {
        case .data(let range):
            unanswered = nil
            traffic.received += UInt64(range.count)
            settings.beginning?.take(UnsafeRawBufferPointer(rebasing: down[range]))
            lastHeard = .now
            delivering = range
            return deliver()
        case .ping(let payload):
            // One answer to the last of several pings is enough (RFC 6455, section 5.5.3).
            if control.isEmpty { control = encoder.frame(.pong, payload) }
        case .close(let code, let reason):
            if let code, code != 1000, code != 1001 { failure = .closed(code: Int(code), reason: reason) }
            act(on: .serviceClosed)
        case .pong, nil: break
        }
        return true
    }

    private func deliver() -> Bool {
        let progress: FileDescriptor.Progress
        do { progress = try local.write(UnsafeRawBufferPointer(rebasing: down[delivering])) } catch {
            delivering = 0..<0
            undecoded = 0..<0
            act(on: .localGone)
            return true
        }
        guard case .done(let count) = progress else { return false }
        delivering = (delivering.lowerBound + count)..<delivering.upperBound
        lastProgress = .now
        return true
    }
}
