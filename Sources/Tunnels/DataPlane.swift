package import Azure
internal import Posix
package import Transport

/// What all tunnels through one bastion host have in common: connections that lie ready, whose turn it is to
/// open, and when the host wants to be left alone. Belongs to its loop's thread.
package final class DataPlane: @unchecked Sendable {
    let bastion: BastionClient
    let endpoint: BastionEndpoint
    let caFile: String?
    let connections: ConnectionPool
    let ledger: SessionLedger
    let userAgent: String
    let log: @Sendable (String) -> Void
    let limits: Limits
    /// Openings and deletions go on side by side: who gives up an opening must be able to delete its session.
    let openings: Turns
    let deletions: Turns
    /// Whether a WebSocket may be opened over a connection that carried requests: until that fails once.
    var takesUsedConnections = true
    private let used = WakeUp()
    private var lastUse = Instant.now
    /// Until when the host asked to be left alone, and what it asked that with.
    private var rest: (end: Instant, failure: TunnelFailure)?
    let leftBehind: LeftSessions
    let lateAnswers = LateAnswers()
    /// The node that held the session named last: a guess for one that was named without it.
    var lastNodeID: String?

    /// How much is asked of the host, and how long is waited for it.
    struct Limits: Sendable {
        /// Openings at a time: more than a browser's or an editor's, and no flood of handshakes.
        var openings = 32
        var deletions = 16
        /// For a turn to open, and for one to delete.
        var openingTurn = Duration.seconds(60)
        var deletionTurn = Duration.seconds(15)
        /// For the deletion of a session: a loaded host has been seen to take so long.
        var deletion = Duration.seconds(15)
        /// After a refusal; then twice as long, and again.
        var deletionPause = Duration.seconds(1)
        /// For the answer to a token request that was given up, which names the session to delete: as long as somebody
        /// waits for the end of the run, and as long as nobody does.
        var grace = Duration.seconds(8)
        var lateness = Duration.seconds(300)
        /// Before that is worth a word.
        var silentCancellation = Duration.seconds(1)
        /// For how long after a connection another one finds its way prepared.
        var readiness = Duration.seconds(300)
    }

    /// - Parameters:
    ///   - connections: those that the bastion client's requests use.
    ///   - caFile: the authority that a later run needs to delete what this one leaves.
    package convenience init(
        bastion: BastionClient, endpoint: BastionEndpoint, caFile: String?, connections: ConnectionPool,
        ledger: SessionLedger, userAgent: String, log: @escaping @Sendable (String) -> Void
    ) {
        self.init(
            bastion: bastion, endpoint: endpoint, caFile: caFile, connections: connections, ledger: ledger,
            userAgent: userAgent, limits: Limits(), log: log)
    }

    init(
        bastion: BastionClient, endpoint: BastionEndpoint, caFile: String?, connections: ConnectionPool,
        ledger: SessionLedger, userAgent: String, limits: Limits, log: @escaping @Sendable (String) -> Void
    ) {
        self.bastion = bastion
        self.endpoint = endpoint
        self.caFile = caFile
        self.connections = connections
        self.ledger = ledger
        self.userAgent = userAgent
        self.limits = limits
        self.log = log
        openings = Turns(limits.openings)
        deletions = Turns(limits.deletions)
        leftBehind = LeftSessions(firstPause: limits.deletionPause)
    }
}

// MARK: - Lying ready

extension DataPlane {
    /// Keeps a connection for the next token request and one for the next WebSocket, until cancelled.
    ///
    /// They are renewed before servers drop them (`ConnectionPool.renewalTime`), for five minutes after the last
    /// tunnel was opened; then no more are dialled until the next one. One that cannot be dialled is logged: the
    /// tunnel that needs it says so.
    package func keepReady() async {
        while !Task.isCancelled {
            let isInUse = lastUse.duration(to: .now) < limits.readiness
            if isInUse { await prepare() }
            // What cannot be renewed is tried again a little later, and not at once.
            let soonest = Instant.now.advanced(by: .seconds(5))
            let later = isInUse ? Instant.now.advanced(by: ConnectionPool.renewalTime) : nil
            let renewal = connections.prune(endpoint.origin).map { max($0, soonest) } ?? later
            if await used.wait(until: renewal) == .cancelled { return }
        }
    }

    /// Dials what a token request and a WebSocket need, where that does not lie ready: once.
    package func prepare() async {
        do throws(HTTPError) {
            let count = try await connections.makeReady(
                for: endpoint.origin, until: .now.advanced(by: .seconds(20)))
            if count > 0 { log("\(count) connections were dialled ahead") }
        } catch { if !Task.isCancelled { log("no connection could be dialled ahead: \(error)") } }
    }

    /// A tunnel is being opened: what lay ready is taken.
    func noteUse() {
        lastUse = .now
        used.signal()
    }
}

// MARK: - Leaving the host alone

extension DataPlane {
    /// The host asked for a pause: everybody keeps it.
    func noteRest(after failure: TunnelFailure) {
        guard case .token = failure, let time = failure.retryAfter else { return }
        let end = Instant.now.advanced(by: time)
        if rest.map({ $0.end < end }) ?? true { rest = (end, failure) }
    }

    /// Waits until the host can be asked again.
    /// - Throws: what the host said, where that is later than the deadline.
    func awaitRest(until deadline: Instant) async throws(TunnelFailure) {
        while let rest, rest.end > .now {
            guard rest.end < deadline else { throw rest.failure }
            log("the bastion host is left alone for \(Instant.now.duration(to: rest.end).shown)")
            // Not all at once.
            let late = Duration.milliseconds(Int.random(in: 0..<300))
            guard await EventLoop.sleep(until: rest.end.advanced(by: late)) else { throw .cancelled }
        }
    }
}
