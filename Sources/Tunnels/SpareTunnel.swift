internal import Posix
internal import Transport

/// A tunnel that is open before somebody needs it. What the target says meanwhile is kept; one that ends is found out.
///
/// Its watcher owns it until it is taken. Belongs to its loop's thread.
final class SpareTunnel {
    private let tunnel: OpenTunnel
    private var held: [UInt8]
    private var decoder = FrameDecoder(role: .client)
    private var encoder = FrameEncoder(role: .client)
    /// How much of `held` the decoder has seen.
    private var seen = 0
    private(set) var isTaken = false
    private var hasEnded = false

    /// A greeting is much shorter. Of more, the rest stays with TLS and the network.
    private static let limit = 16 * 1024

    init(_ tunnel: OpenTunnel) {
        self.tunnel = tunnel
        held = tunnel.firstBytes
    }

    /// The tunnel, with all that came over it; its watcher lets go of it.
    /// - Returns: nil where it has ended, or somebody else has it.
    func take() -> OpenTunnel? {
        guard !isTaken, isAlive() else { return nil }
        isTaken = true
        // Both would wait for the same connection.
        tunnel.tls.wakeUp.signal()
        return OpenTunnel(
            tls: tunnel.tls, session: tunnel.session, firstBytes: held, openedAt: tunnel.openedAt)
    }

    /// Waits until it is taken, has ended, has lain for this long, or the task is cancelled.
    /// - Returns: the tunnel, which is to be given up; nil where it was taken.
    func watch(for time: Duration) async -> OpenTunnel? {
        let end = tunnel.openedAt.advanced(by: time)
        while !isTaken, isAlive() {
            if await tunnel.tls.wakeUp.wait(until: end) != .signalled { break }
        }
        if isTaken { return nil }
        isTaken = true
        return tunnel
    }

    /// Reads what has come.
    /// - Returns: false once the service has closed, or said what no WebSocket says.
    private func isAlive() -> Bool {
        if hasEnded { return false }
        do {
            hasEnded = try !hasOnlyData()
            while !hasEnded, held.count < Self.limit {
                guard let more = try read() else { return true }
                held += more
                hasEnded = try more.isEmpty || !hasOnlyData()
            }
        } catch { hasEnded = true }
        return !hasEnded
    }

    /// - Returns: nil for nothing now, nothing for the end.
    private func read() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        switch try buffer.withUnsafeMutableBytes({ try tunnel.tls.read(into: $0) }) {
        case .done(let count): return Array(buffer[..<count])
        case .wouldBlock: return nil
        case .ended: return []
        }
    }

    /// Looks at the frames that came last. Pings are answered at once: nobody else does.
    private func hasOnlyData() throws -> Bool {
        var fresh = Array(held[seen...])
        seen = held.count
        return try fresh.withUnsafeMutableBytes { bytes in
            var position = 0
            while let event = try decoder.next(bytes, from: &position) {
                switch event {
                case .data, .pong: continue
                case .ping(let payload):
                    let pong = encoder.frame(.pong, payload)
                    let progress = try pong.withUnsafeBytes { try tunnel.tls.write($0) }
                    if progress != .done(pong.count) { return false }
                case .close: return false
                }
            }
            return true
        }
    }
}
