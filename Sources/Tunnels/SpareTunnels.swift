internal import Posix

/// The tunnels of a server that lie open for its next connections, and those that are being opened for them.
///
/// Belongs to its loop's thread.
final class SpareTunnels {
    /// A connection that waits for a tunnel which is being opened anyway.
    private final class Claim {
        let wakeUp = WakeUp()
        var tunnel: OpenTunnel?
        var mustOpenItsOwn = false
    }

    /// How many are wanted.
    private let count: Int
    private var kept: [SpareTunnel] = []
    private var unwatched: [SpareTunnel] = []
    private var underway = 0
    private var claims: [Claim] = []
    private var owed = 0
    private let changed = WakeUp()

    init(_ count: Int) { self.count = count }

    /// One is being opened.
    func begin() { underway += 1 }

    /// It is open: the first connection that waits for it has it, or it lies ready.
    func add(_ tunnel: OpenTunnel) {
        underway -= 1
        if let claim = claims.first {
            claims.removeFirst()
            claim.tunnel = tunnel
            return claim.wakeUp.signal()
        }
        let spare = SpareTunnel(tunnel)
        kept.append(spare)
        unwatched.append(spare)
        changed.signal()
    }

    /// It could not be opened.
    /// - Parameter opensOthers: whether the connection that waits for it is to open its own.
    func lose(opensOthers: Bool) {
        underway -= 1
        guard opensOthers, let claim = claims.first else { return }
        claims.removeFirst()
        claim.mustOpenItsOwn = true
        claim.wakeUp.signal()
    }

    /// A tunnel for a connection: the one that has lain longest, or one that is on its way. Others are wanted in
    /// place of it.
    /// - Returns: nil where there is none.
    func take() async throws(TunnelFailure) -> OpenTunnel? {
        defer { want() }
        while !kept.isEmpty {
            if let tunnel = kept.removeFirst().take() { return tunnel }
        }
        guard claims.count < underway else { return nil }
        let claim = Claim()
        claims.append(claim)
        while claim.tunnel == nil, !claim.mustOpenItsOwn {
            if await claim.wakeUp.wait() == .cancelled, claim.tunnel == nil {
                claims.removeAll { $0 === claim }
                throw .cancelled
            }
        }
        return claim.tunnel
    }

    /// Only connections make spare tunnels wanted: one that expired unused is not replaced.
    private func want() {
        owed = max(0, count - kept.count - max(0, underway - claims.count))
        changed.signal()
    }

    /// Those that nobody watches yet; whoever asks does.
    func takeUnwatched() -> [SpareTunnel] {
        defer { unwatched = [] }
        return unwatched
    }

    /// How many are to be opened; whoever asks does.
    func takeOwed() -> Int {
        defer { owed = 0 }
        return owed
    }

    /// Waits until there is something to watch or to open.
    /// - Returns: false when cancelled.
    func change() async -> Bool { await changed.wait() != .cancelled }

    var hasAny: Bool { !kept.isEmpty }

    /// No longer to be given to a connection.
    func forget(_ spare: SpareTunnel) { kept.removeAll { $0 === spare } }

    /// All that lie ready, for whoever ends them.
    func takeAll() -> [OpenTunnel] {
        defer { kept = [] }
        owed = 0
        return kept.compactMap { $0.take() }
    }
}
