internal import Posix
internal import Transport

/// Carries bytes between an open WebSocket and a target's TCP connection, in one task.
///
/// Neither side is read while the other has not taken what was read before: back-pressure reaches both ends.
/// There is no half-close: when the target ends, the WebSocket is closed with 1000; when it closes, so does the target.
final class TunnelRelay {
    /// Why a tunnel ended.
    enum Ending: String {
        case clientClosed = "client-closed"
        /// The client's connection ended without a close frame.
        case clientGone = "client-gone"
        case targetClosed = "target-closed"
        case targetUnreachable = "target-unreachable"
        case violation
        case deleted
        case fault
        case idle
        case shutdown
    }

    struct Outcome {
        var ending: Ending?
        var bytesUp = 0
        var bytesDown = 0
        var codeSent: UInt16?
        var codeReceived: UInt16?
        var violation: FrameViolation?
    }

    enum Outgoing {
        case nothing
        case buffer(Range<Int>)
        case bytes(ArraySlice<UInt8>)
    }

    private static let inputSize = 64 * 1024
    private static let closingTime = Duration.seconds(5)

    let tls: TLSConnection
    let target: StreamSocket?
    let fault: Fault?
    private let idleTimeout: Duration?
    let tunnelSwitch: TunnelSwitch
    private var decoder = FrameDecoder(role: .server, takesFragments: false)
    var encoder = FrameEncoder(role: .server)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: inputSize, alignment: 16)
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: FrameEncoder.headroom + FrameEncoder.recordPayload, alignment: 16)
    /// What of the input was not decoded yet, and what of it waits for the target.
    private var undecoded = 0..<0
    private var payload = 0..<0
    var outgoing = Outgoing.nothing
    private var controls: [UInt8] = []
    var outcome = Outcome()
    /// Set once our close frame is queued: nothing is carried any more.
    var closingDeadline: Instant?
    private var hasAnsweredClose = false
    var isFinished = false
    /// The directions that a fault has brought to a standstill.
    var standstill: Set<Fault.Direction> = []
    /// The fault has had its effect.
    var isCut = false
    /// Nothing more goes down once the present message is sent.
    var standsStillAfterOutgoing = false
    private var lastMove = Instant.now

    /// - Parameter target: shares its wake-up with the TLS connection; nil where the target could not be reached.
    init(
        _ tls: TLSConnection, _ target: StreamSocket?, fault: Fault?, idleTimeout: Duration?,
        tunnelSwitch: TunnelSwitch
    ) {
        self.tls = tls
        self.target = target
        self.fault = fault
        self.idleTimeout = idleTimeout
        self.tunnelSwitch = tunnelSwitch
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    /// Closes at once, for a target that could not be reached.
    func refuse(with code: UInt16) { close(code, .targetUnreachable) }

    /// Relays until either side ends.
    /// - Parameter first: what came behind the upgrade request already.
    func run(first: [UInt8]) async -> Outcome {
        take(first)
        while !isFinished {
            if tunnelSwitch.isCut { return end(.deleted) }
            if let cut = fault?.cut, !isCut, isDue(cut), closingDeadline == nil {
                isCut = true
                guard await apply(cut) else { return outcome }
            }
            // Who reads nothing hears of the client's end from the kernel alone.
            if standstill.contains(.up), isClientGone() { return end(.clientGone) }
            let movedUp = standstill.contains(.up) ? false : stepUp()
            let movedDown = standstill.contains(.down) ? false : stepDown()
            if movedUp || movedDown {
                lastMove = .now
                continue
            }
            if isFinished { break }
            switch await tls.wakeUp.wait(until: deadline) {
            case .signalled: continue
            case .cancelled: return end(.shutdown)
            case .deadline: if closingDeadline != nil { isFinished = true } else { close(1001, .idle) }
            }
        }
        return outcome
    }

    private var deadline: Instant? {
        closingDeadline ?? idleTimeout.map { lastMove.advanced(by: $0) }
    }

    func end(_ ending: Ending) -> Outcome {
        if outcome.ending == nil { outcome.ending = ending }
        isFinished = true
        return outcome
    }

    /// Queues a close frame; the client has some time to answer it.
    private func close(_ code: UInt16, _ ending: Ending) {
        close(TunnelCut.Closing(code: code), ending)
    }

    func close(_ closing: TunnelCut.Closing, _ ending: Ending) {
        guard closingDeadline == nil else { return }
        outcome.ending = ending
        outcome.codeSent = closing.code
        controls += SpoiltMessage.close(closing)
        closingDeadline = .now.advanced(by: Self.closingTime)
        payload = 0..<0
    }
}

// MARK: - From the client to the target

extension TunnelRelay {
    private func take(_ bytes: [UInt8]) {
        let count = min(bytes.count, input.count)
        input.copyBytes(from: bytes.prefix(count))
        undecoded = 0..<count
    }

    /// - Returns: whether anything moved.
    private func stepUp() -> Bool {
        if isFinished { return false }
        if !payload.isEmpty { return deliver() }
        // Pongs that the client does not read must not pile up.
        if controls.count > Self.inputSize { return false }
        if !undecoded.isEmpty {
            decode()
            return true
        }
        do {
            switch try tls.read(into: input) {
            case .done(let count):
                undecoded = 0..<count
                return true
            case .wouldBlock: return false
            case .ended:
                _ = end(.clientGone)
                return true
            }
        } catch {
            _ = end(.clientGone)
            return true
        }
    }

    private func deliver() -> Bool {
        guard let target else {
            payload = 0..<0
            return true
        }
        var part = payload
        if let cut = fault?.cut, cut.direction == .up, !isCut {
            part =
                part
                .lowerBound..<min(part.upperBound, part.lowerBound + max(0, cut.afterBytes - outcome.bytesUp))
        }
        do {
            switch try target.write(UnsafeRawBufferPointer(rebasing: input[part])) {
            case .done(let count):
                outcome.bytesUp += count
                payload = (payload.lowerBound + count)..<payload.upperBound
                return count > 0
            case .wouldBlock, .ended: return false
            }
        } catch {
            close(1000, .targetClosed)
            return true
        }
    }

    private func decode() {
        var position = undecoded.lowerBound
        let bytes = UnsafeMutableRawBufferPointer(rebasing: input[..<undecoded.upperBound])
        do throws(FrameViolation) {
            let event = try decoder.next(bytes, from: &position)
            undecoded = position..<undecoded.upperBound
            switch event {
            case nil, .pong: return
            case .data(let range): if closingDeadline == nil { payload = range }
            case .ping(let data): if closingDeadline == nil { controls += encoder.frame(.pong, data) }
            case .close(let code, _): answerClose(code)
            }
        } catch {
            undecoded = 0..<0
            outcome.violation = outcome.violation ?? error
            close(error.closeCode, .violation)
        }
    }

    private func answerClose(_ code: UInt16?) {
        outcome.codeReceived = code
        if closingDeadline == nil {
            outcome.ending = .clientClosed
            outcome.codeSent = code
            controls += encoder.close(code)
        }
        // What is queued is still sent, and that is all.
        closingDeadline = .now.advanced(by: .seconds(1))
        target?.finishSending()
        undecoded = 0..<0
        hasAnsweredClose = true
    }
}

extension TunnelRelay {
    /// Waits until the target has ended too, for a second at most: what it still sends, unread at our end, would have
    /// the kernel reset the connection, and the target could lose the last of what the client had sent.
    func awaitTarget() async {
        guard hasAnsweredClose, let target else { return }
        let deadline = Instant.now.advanced(by: .seconds(1))
        while !tunnelSwitch.isCut {
            guard let progress = try? target.read(into: output) else { return }
            switch progress {
            case .ended: return
            case .done: continue
            case .wouldBlock:
                guard await target.wakeUp.wait(until: deadline) == .signalled else { return }
            }
        }
    }
}

// MARK: - From the target to the client

extension TunnelRelay {
    /// - Returns: whether anything moved.
    private func stepDown() -> Bool {
        if isFinished { return false }
        do {
            switch outgoing {
            case .buffer(let range):
                let progress = try tls.write(UnsafeRawBufferPointer(rebasing: output[range]))
                guard case .done(let count) = progress else { return false }
                let rest = (range.lowerBound + count)..<range.upperBound
                outgoing = rest.isEmpty ? .nothing : .buffer(rest)
                return true
            case .bytes(let bytes):
                let progress = try bytes.withUnsafeBytes { bytes throws(TLSError) in try tls.write(bytes) }
                guard case .done(let count) = progress else { return false }
                outgoing = count == bytes.count ? .nothing : .bytes(bytes.dropFirst(count))
                return true
            case .nothing:
                if standsStillAfterOutgoing { return standStill() }
                return readTarget()
            }
        } catch {
            _ = end(.clientGone)
            return true
        }
    }

    private func readTarget() -> Bool {
        if !controls.isEmpty {
            outgoing = .bytes(controls[...])
            controls = []
            return true
        }
        if hasAnsweredClose {
            isFinished = true
            return true
        }
        guard closingDeadline == nil, let target else { return false }
        var limit = output.count
        if let cut = fault?.cut, cut.direction == .down, !isCut {
            limit = min(limit, FrameEncoder.headroom + max(0, cut.afterBytes - outcome.bytesDown))
        }
        guard limit > FrameEncoder.headroom else { return false }
        do {
            switch try target.read(into: .init(rebasing: output[FrameEncoder.headroom..<limit])) {
            case .done(let count):
                outcome.bytesDown += count
                outgoing = message(count)
            case .wouldBlock: return false
            case .ended: close(1000, .targetClosed)
            }
        } catch { close(1000, .targetClosed) }
        return true
    }

    private func message(_ count: Int) -> Outgoing {
        guard let shape = fault?.messages else {
            return .buffer(encoder.seal(payloadCount: count, in: output))
        }
        let bytes = Array(output[FrameEncoder.headroom..<FrameEncoder.headroom + count])
        if shape == .half { standsStillAfterOutgoing = true }
        return .bytes(SpoiltMessage.frames(of: bytes, shape, &encoder)[...])
    }
}
