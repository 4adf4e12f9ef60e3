internal import Posix
internal import Transport

// Towards the local program: what the service sends.
extension Relay {
    func stepDown(_ down: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
        if !delivering.isEmpty { return deliver(down) }
        if !undecoded.isEmpty { return try decode(down) }
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
            return try decode(down)
        case .wouldBlock: return false
        case .ended:
            // Without a close frame the service did not mean to end here, unless we have ended already.
            if state.phase == .open { throw .dropped(nil) }
            act(on: .serviceClosed)
            return true
        }
    }

    private func decode(_ down: UnsafeMutableRawBufferPointer) throws(TunnelFailure) -> Bool {
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
            return deliver(down)
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

    private func deliver(_ down: UnsafeMutableRawBufferPointer) -> Bool {
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
