internal import Posix
internal import Transport

// Towards the local program: what the service sends.
extension Relay {
    func stepDown(_ down: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
        if !delivering.isEmpty { return deliver(down) }
        if !undecoded.isEmpty { return decode(down) }
        if let broken { throw broken }
        if state.phase == .delivering {
            act(on: .allDelivered)
            return true
        }
        guard state.readsService else { return false }
        guard try fill(down) else { return false }
        return undecoded.isEmpty || decode(down)
    }

    /// Reads what is there: as much as the buffer holds, for fewer and larger writes to the local program.
    /// - Returns: false where nothing was.
    private func fill(_ down: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
        var filled = 0
        reading: while filled < down.count {
            let progress: TLSConnection.Progress
            do {
                progress = try tls.read(into: UnsafeMutableRawBufferPointer(rebasing: down[filled...]))
            } catch {
                // The connection throws the same again, once what came before is delivered.
                if filled > 0 { break }
                throw .dropped(error)
            }
            switch progress {
            case .done(let count): filled += count
            case .wouldBlock: break reading
            case .ended:
                if filled > 0 { break reading }
                // Without a close frame the service did not mean to end here: what came may be a part. Where the program
                // had ended too, all that it sent may have been taken: another tunnel is not to get it again.
                if state.phase == .draining { unanswered = nil }
                throw .dropped(nil)
            }
        }
        undecoded = 0..<filled
        if filled > 0 { lastArrival = turnStart }
        return filled > 0
    }

    private func act(on event: FrameEvent) {
        switch event {
        case .ping(let payload):
            // Of several that wait for an answer the last one gets it (RFC 6455, section 5.5.3).
            pinged = payload
        case .close(let code, let reason):
            closeCode = code
            // Nobody would read it any more.
            unsealed = 0..<0
            if let code, code != 1000, code != 1001 { failure = .closed(code: Int(code), reason: reason) }
            hasServiceClosed = true
            act(on: .serviceClosed)
        case .pong, .data: break
        }
    }

    /// Decodes what was read and delivers it. Payloads are moved together, so that one write takes them all.
    private func decode(_ down: UnsafeMutableRawBufferPointer) -> Bool {
        let bytes = UnsafeMutableRawBufferPointer(rebasing: down[0..<undecoded.upperBound])
        var position = undecoded.lowerBound
        var isControl = false
        while position < bytes.count, !isControl {
            let event: FrameEvent?
            do { event = try decoder.next(bytes, from: &position) } catch {
                // What came before is delivered all the same.
                broken = error == .httpInsteadOfFrames ? .refusedAfterUpgrade : .violation(error)
                event = nil
                position = bytes.count
            }
            switch event {
            case .data(let range): gather(range, in: down)
            case .none: break
            case let event?:
                isControl = true
                act(on: event)
            }
            undecoded = position..<bytes.count
        }
        broughtNothing = delivering.isEmpty
        return broughtNothing || deliver(down)
    }

    private func gather(_ range: Range<Int>, in down: UnsafeMutableRawBufferPointer) {
        traffic.received += UInt64(range.count)
        lastHeard = turnStart
        unanswered = nil
        sentWhenHeard = traffic.sent
        settings.beginning?.take(UnsafeRawBufferPointer(rebasing: down[range]))
        if delivering.isEmpty {
            delivering = range
            return
        }
        let end = delivering.upperBound
        UnsafeMutableRawBufferPointer(rebasing: down[end..<end + range.count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: down[range]))
        delivering = delivering.lowerBound..<end + range.count
    }

    private func deliver(_ down: UnsafeMutableRawBufferPointer) -> Bool {
        let progress: FileDescriptor.Progress
        do { progress = try local.write(UnsafeRawBufferPointer(rebasing: down[delivering])) } catch {
            delivering = 0..<0
            act(on: .localGone)
            return true
        }
        guard case .done(let count) = progress else { return false }
        delivering = (delivering.lowerBound + count)..<delivering.upperBound
        lastProgress = turnStart
        return true
    }
}
