internal import Posix
internal import Transport

/// What a fault does to an open tunnel.
extension TunnelRelay {
    func isDue(_ cut: TunnelCut) -> Bool {
        switch cut.direction {
        case .up: return outcome.bytesUp >= cut.afterBytes
        case .down:
            // What was read must have been sent.
            guard case .nothing = outgoing else { return false }
            return outcome.bytesDown >= cut.afterBytes
        }
    }

    /// - Returns: whether the relay goes on: to close tidily, or in the other direction.
    func apply(_ cut: TunnelCut) async -> Bool {
        switch cut.ending {
        case .close(let closing):
            guard closing.shape == nil else {
                await sayGoodbyeOddly(closing)
                break
            }
            close(closing, .fault)
            return true
        case .drop:
            tls.socket.resetOnClose()
            tls.close()
        case .end: tls.close()
        case .finish:
            tls.finish()
            await holdStill()
        case .garble:
            _ = try? Array("this is no TLS at all\n".utf8).withUnsafeBytes { bytes throws(SystemError) in
                try tls.socket.write(bytes)
            }
            await holdStill()
        case .stall(let direction?):
            standstill.insert(direction)
            return true
        case .stall(nil): await holdStill()
        case .flood(let kind): await flood(SpoiltMessage.flood(kind, &encoder))
        }
        _ = end(.fault)
        return false
    }

    /// Nothing more goes down, and the relay goes on the other way.
    func standStill() -> Bool {
        standstill.insert(.down)
        return false
    }

    /// Neither reads nor writes until the client has gone or the session is deleted.
    private func holdStill() async {
        while !tunnelSwitch.isCut, !isClientGone() {
            if await tls.wakeUp.wait() == .cancelled { return }
        }
    }

    /// Sends the bytes again and again, as fast as they are taken.
    private func flood(_ bytes: [UInt8]) async {
        var rest = bytes[...]
        while !tunnelSwitch.isCut, !isClientGone() {
            let progress = try? rest.withUnsafeBytes { rest throws(TLSError) in try tls.write(rest) }
            switch progress {
            case .done(let count):
                rest = count == rest.count ? bytes[...] : rest.dropFirst(count)
                await Task.yield()
            case .wouldBlock: if await tls.wakeUp.wait() == .cancelled { return }
            case .ended, nil: return
            }
        }
    }

    private func sayGoodbyeOddly(_ closing: TunnelCut.Closing) async {
        outcome.codeSent = closing.code
        let time = Instant.now.advanced(by: .seconds(5))
        do { try await tls.writeAll(SpoiltMessage.close(closing), until: time) } catch { return }
        if closing.shape == .bytesBehind {
            await flood(encoder.frame(.binary, [UInt8](repeating: 7, count: 4096)))
        } else {
            await holdStill()
        }
    }

    /// Looks without taking anything: an end that stands still does not read.
    func isClientGone() -> Bool { tls.socket.descriptor.isPeerGone }
}
