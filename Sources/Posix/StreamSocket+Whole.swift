/// Whole messages over a stream, for short exchanges between processes of one user.
extension StreamSocket {
    /// Reads to the end of input, into one piece of memory: what is read may be a secret.
    /// - Returns: nil when the limit or the deadline is passed, or the connection breaks.
    package func readAll(limit: Int, until deadline: Instant) async -> [UInt8]? {
        var all: [UInt8] = []
        all.reserveCapacity(limit + 4096)
        var buffer = [UInt8](repeating: 0, count: min(limit + 1, 4096))
        defer { SecretBytes.wipe(&buffer) }
        while true {
            guard let progress = try? buffer.withUnsafeMutableBytes({ try read(into: $0) }) else {
                SecretBytes.wipe(&all)
                return nil
            }
            switch progress {
            case .ended: return all
            case .done(let count):
                all += buffer.prefix(count)
                if all.count > limit {
                    SecretBytes.wipe(&all)
                    return nil
                }
            case .wouldBlock:
                if await wakeUp.wait(until: deadline) != .signalled {
                    SecretBytes.wipe(&all)
                    return nil
                }
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
