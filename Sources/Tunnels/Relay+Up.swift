internal import Posix
internal import Transport

// Towards the service: what the local program sends, and what a tunnel says of itself.
extension Relay {
    func stepUp(_ up: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
        if !sending.isEmpty { return try sendMessage(up) }
        if controlSent < control.count { return try sendControl() }
        if unsealed.isEmpty {
            guard state.readsLocal, let count = readLocal(up) else { return false }
            unsealed = FrameEncoder.headroom..<FrameEncoder.headroom + count
            traffic.sent += UInt64(count)
        }
        seal(up)
        return try sendMessage(up) || true
    }

    /// Makes the next frame of what was read. Its header takes the place of the end of the payload before it, which
    /// has been sent by then.
    private func seal(_ up: UnsafeMutableRawBufferPointer) {
        let count = min(unsealed.count, pool.messageSize)
        let start = unsealed.lowerBound - FrameEncoder.headroom
        let frame = encoder.seal(
            payloadCount: count, in: UnsafeMutableRawBufferPointer(rebasing: up[start...]))
        sending = start + frame.lowerBound..<start + frame.upperBound
        unsealed = unsealed.lowerBound + count..<unsealed.upperBound
    }

    /// Reads what becomes the next messages: several, if there is as much.
    private func readLocal(_ up: UnsafeMutableRawBufferPointer) -> Int? {
        let space = UnsafeMutableRawBufferPointer(rebasing: up[FrameEncoder.headroom...])
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
            lastProgress = turnStart
            act(on: local.peerIsGone ? .localGone : .localEnded)
            return nil
        }
    }

    private func remember(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) {
        guard traffic.received == 0, let held = unanswered else { return }
        unanswered = held.count + count <= Self.replayLimit ? held + bytes.prefix(count) : nil
    }

    private func sendMessage(_ up: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
        let count = try write(
            UnsafeRawBufferPointer(rebasing: up[sending]), isMoreComing: !unsealed.isEmpty)
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

    private func write(_ bytes: UnsafeRawBufferPointer, isMoreComing: Bool = false)
        throws(TunnelFailure) -> Int
    {
        do {
            guard case .done(let count) = try tls.write(bytes, isMoreComing: isMoreComing) else { return 0 }
            if state.isTimed { lastProgress = turnStart }
            return count
        } catch {
            // Once the service has closed it needs not take what we still say.
            guard state.phase == .delivering else { throw .dropped(error) }
            return bytes.count
        }
    }

    /// Sends what is still to be said (a close frame last), for at most a second, and ends the connections.
    func sayGoodbye() async {
        if state.phase != .closed, case .violation(let violation)? = failure {
            control += encoder.close(violation.closeCode)
        } else if state.phase == .open || state.phase == .draining, isOurDecision {
            control += encoder.close(1000)
        }
        let up = buffers?.up ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
        let deadline = Instant.now.advanced(by: .seconds(1))
        while !sending.isEmpty || !unsealed.isEmpty || controlSent < control.count {
            guard let isMoving = try? stepUp(up) else { break }
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
