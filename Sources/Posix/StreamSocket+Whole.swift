/// Whole messages over a stream, for short exchanges between processes of one user.
extension StreamSocket {
    /// Reads to the end of input.
    /// - Returns: nil when the limit or the deadline is passed, or the connection breaks.
    package func readAll(limit: Int, until deadline: Instant) async -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit + 1, 4096))
        defer { SecretBytes.wipe(&buffer) }
        while true {
            guard let progress = try? buffer.withUnsafeMutableBytes({ try read(into: $0) }) else {
                return nil
            }
            switch progress {
            case .ended: return all
            case .done(let count):
                all += buffer.prefix(count)
                if all.count > limit { return nil }
            case .wouldBlock:
                if await wakeUp.wait(until: deadline) != .signalled { return nil }
            }
        }
    }

    /// Sends all of it, as far as the peer takes it until the deadline.
    /// - Returns: whether all of it went.
    @discardableResult
    package func writeAll(_ secret: SecretBytes, until deadline: Instant) async -> Bool {
        var sent = 0
        while sent < secret.count {
            let progress = secret.withBytes { try? write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            switch progress {
            case .done(let count): sent += count
            case .wouldBlock: if await wakeUp.wait(until: deadline) != .signalled { return false }
            case .ended, nil: return false
            }
        }
        return true
    }
}
