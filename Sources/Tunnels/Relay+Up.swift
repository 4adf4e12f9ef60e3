internal import Posix
internal import Transport

// Towards the service: what the local program sends, and what a tunnel says of itself.
extension Relay {
    func stepUp(_ up: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
        if !sending.isEmpty { return try sendMessage(up) }
        if controlSent < control.count || takeControl() { return try sendControl() }
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
        if count > 0 { controlBehindData = 0 }
        // Pongs are no progress: a service that only pings would never be silent.
        if count > 0, state.isTimed { lastProgress = turnStart }
        return count > 0
    }

    /// Makes the next frame without data, if there is one to be sent: a close frame behind all data.
    private func takeControl() -> Bool {
        if let farewell {
            guard unsealed.isEmpty else { return false }
            control = farewell
            self.farewell = nil
            pinged = nil
            return true
        }
        guard let payload = pinged else { return false }
        control = encoder.frame(.pong, payload)
        pinged = nil
        return true
    }

    private func sendControl() throws(TunnelFailure) -> Bool {
        let result = control.withUnsafeBytes { bytes in
            Result { () throws(TunnelFailure) in
                try write(UnsafeRawBufferPointer(rebasing: bytes[controlSent...]))
            }
        }
        let count = try result.get()
        controlSent += count
        controlBehindData += count + Self.recordOverhead
        if controlSent == control.count { (control, controlSent) = ([], 0) }
        return count > 0
    }

    /// Of a TLS record, at most (RFC 8446, section 5.2: header, type and tag).
    private static let recordOverhead = 64

    /// Whether the service's kernel lacks some of the data that was sent.
    var hasUndeliveredData: Bool {
        !sending.isEmpty || !unsealed.isEmpty || tls.socket.undelivered > controlBehindData
    }

    private func write(_ bytes: UnsafeRawBufferPointer, isMoreComing: Bool = false)
        throws(TunnelFailure) -> Int
    {
        do {
            guard case .done(let count) = try tls.write(bytes, isMoreComing: isMoreComing) else { return 0 }
            return count
        } catch {
            // Once the service has closed it needs not take what we still say.
            guard state.phase == .delivering else { throw .dropped(error) }
            return bytes.count
        }
    }
}
