internal import Posix
internal import Transport

// How a tunnel ends: what is said last, and whether that was heard.
extension Relay {
    /// For what must be said where something went wrong, or where somebody does not want to wait.
    private static let shortPatience = Duration.seconds(1)
    /// For the reply of a service that has taken all of what is little: a few round trips. Who waits for the end of a
    /// session waits for this.
    private static let replyPatience = Duration.milliseconds(500)
    /// For a service that takes nothing of what a program left behind, or does not say that it took all of it.
    private static let longPatience = Duration.seconds(10)
    /// So much may be on its way inside the service without being noticed: what waits for the reply to our close frame
    /// is the whole of it.
    private static let noticeable: UInt64 = 64 * 1024
    /// Between two looks at what the service's kernel has taken: it does not say so by itself.
    private static let look = Duration.milliseconds(50)

    /// Sends what is still to be said, a close frame last, and ends the connections.
    ///
    /// A program that wrote and closed expects that it arrives: the session is deleted once the service has closed too,
    /// or takes nothing any more.
    func sayGoodbye() async {
        let isTidy = failure == nil && !hasServiceClosed
        let isViolated = sayWhatWasWrong()
        let hasData = !sending.isEmpty || !unsealed.isEmpty
        var deadline = Instant.now.advanced(by: isTidy && hasData ? Self.longPatience : Self.shortPatience)
        let up = buffers?.up ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
        while !sending.isEmpty || !unsealed.isEmpty || controlSent < control.count || farewell != nil {
            guard let isMoving = try? stepUp(up) else { break }
            if isMoving, isTidy, hasData { deadline = .now.advanced(by: Self.longPatience) }
            if !isMoving, await tls.wakeUp.wait(until: deadline) != .signalled { break }
        }
        // A service may take the end of TLS for the end of all that was said: it is told last.
        if isTidy { await awaitReply() }
        tls.finish()
        if isViolated { await outlast(until: .now.advanced(by: Self.shortPatience)) }
        tls.close()
        if let buffers { pool.giveBack(buffers) }
        buffers = nil
    }

    /// Makes the close frame of a tunnel that we end.
    /// - Returns: whether it tells the service what it did wrong.
    private func sayWhatWasWrong() -> Bool {
        if state.phase != .closed, case .violation(let violation)? = failure {
            unsealed = 0..<0
            farewell = encoder.close(violation.closeCode)
            return true
        }
        if state.phase == .open || state.phase == .draining, isOurDecision { farewell = encoder.close(1000) }
        return false
    }

    /// Waits until the service has closed too (RFC 6455, section 7.1.1), for as long as it takes what was sent.
    private func awaitReply() async {
        let isMuch = traffic.sent &- sentWhenHeard > Self.noticeable
        let patience = isMuch ? Self.longPatience : Self.replyPatience
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)
        defer { space.deallocate() }
        if let buffers, decodesClose(UnsafeMutableRawBufferPointer(rebasing: buffers.down[undecoded])) {
            return
        }
        var undelivered = tls.socket.undelivered
        var deadline = Instant.now.advanced(by: patience)
        while Instant.now < deadline {
            let now = tls.socket.undelivered
            if now < undelivered { deadline = .now.advanced(by: patience) }
            undelivered = now
            guard let progress = try? tls.read(into: space) else { return }
            switch progress {
            case .done(let count):
                if decodesClose(UnsafeMutableRawBufferPointer(rebasing: space[..<count])) { return }
                await Task.yield()
            case .wouldBlock:
                let next = undelivered > 0 ? min(deadline, .now.advanced(by: Self.look)) : deadline
                if await tls.wakeUp.wait(until: next) == .cancelled { return }
            case .ended: return
            }
        }
    }

    /// Drops what comes, up to a close frame.
    /// - Returns: also true for what breaks the protocol: of such a peer nothing is expected any more.
    private func decodesClose(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        var position = 0
        while position < bytes.count {
            do throws(FrameViolation) {
                guard let event = try decoder.next(bytes, from: &position) else { return false }
                if case .close = event { return true }
            } catch { return true }
        }
        return false
    }

    /// Waits for the service to end too, and drops what it still sends: a socket that is closed with bytes unread
    /// resets the connection, and what we said last is lost.
    private func outlast(until deadline: Instant) async {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)
        defer { space.deallocate() }
        while Instant.now < deadline, let progress = try? tls.read(into: space) {
            switch progress {
            case .done: await Task.yield()
            case .wouldBlock: if await tls.wakeUp.wait(until: deadline) != .signalled { return }
            case .ended: return
            }
        }
    }

    /// Whether the connection still works and we end it all the same.
    private var isOurDecision: Bool {
        switch failure {
        case .cancelled, .silent, .stalled: true
        default: false
        }
    }
}
