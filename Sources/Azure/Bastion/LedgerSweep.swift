package import Posix

/// Deletes on the service what processes that died left open there.
package struct LedgerSweep: Sendable {
    /// What became of the entries.
    package struct Report: Hashable, Sendable {
        package var deleted = 0
        /// Kept for the next run: the service could not be reached or was not willing.
        package var kept = 0
        /// Given up: not deleted, but older than a day, so that the service has ended them by itself.
        package var expired = 0
        /// Given up: the endpoint does not lie under the suffix that was recorded.
        package var refused = 0
        /// Asked for by a process that died before the answer was written down: if they were made, the service ends
        /// them by itself.
        package var unanswered = 0

        package init(deleted: Int = 0, kept: Int = 0, expired: Int = 0, refused: Int = 0, unanswered: Int = 0)
        {
            self.deleted = deleted
            self.kept = kept
            self.expired = expired
            self.refused = refused
            self.unanswered = unanswered
        }
    }

    private let stateFolder: String
    private let now: Int
    private static let lifetime = 24 * 3600
    /// How many are deleted at a time.
    private static let width = 8

    /// - Parameter now: seconds since 1970.
    package init(stateFolder: String, now: Int) {
        self.stateFolder = stateFolder
        self.now = now
    }

    /// - Parameter client: gives what trusts the certificate authorities of a file (nil: the system's alone);
    ///   nil where that file cannot be used, which keeps the entry. Asked once for each file.
    package func run(
        until deadline: Instant, client: (_ caFile: String?) async -> (any HTTPSending)?
    ) async -> Report {
        var progress = Progress(oldest: now - Self.lifetime)
        var clients: [String?: (any HTTPSending)?] = [:]
        await withTaskGroup(of: Attempt.self) { group in
            var running = 0
            for ledger in AbandonedLedger.all(stateFolder: stateFolder) {
                progress.report.unanswered += ledger.strikeUnanswered()
                for (number, entry) in ledger.entries {
                    let item = Item(ledger: ledger, number: number, entry: entry)
                    guard let endpoint = item.endpoint else {
                        progress.refuse(item)
                        continue
                    }
                    if running == Self.width, let attempt = await group.next() {
                        progress.note(attempt)
                        running -= 1
                    }
                    if clients[entry.caFile] == nil { clients[entry.caFile] = await client(entry.caFile) }
                    guard let http = clients[entry.caFile] ?? nil, progress.isWorthAsking(endpoint),
                        Instant.now < deadline
                    else {
                        progress.note(Attempt(item: item, endpoint: endpoint, outcome: .unwilling))
                        continue
                    }
                    group.addTask { await item.delete(at: endpoint, over: http, until: deadline) }
                    running += 1
                }
            }
            for await attempt in group { progress.note(attempt) }
        }
        return progress.report
    }
}

extension LedgerSweep {
    /// A session that a dead process left open.
    private struct Item: Sendable {
        let ledger: AbandonedLedger
        let number: Int
        let entry: LedgerEntry

        /// Nil where the entry cannot be ours.
        var endpoint: BastionEndpoint? {
            guard TunnelToken.isSafe(entry.authToken),
                entry.nodeID.isEmpty || TunnelToken.isSafe(entry.nodeID)
            else { return nil }
            return try? BastionEndpoint(entry.endpoint, under: entry.suffix)
        }

        func delete(at endpoint: BastionEndpoint, over http: any HTTPSending, until deadline: Instant) async
            -> Attempt
        {
            var outcome = Attempt.Outcome.deleted
            do {
                try await BastionClient.delete(
                    authToken: entry.authToken, nodeID: entry.nodeID, at: endpoint, over: http,
                    until: deadline)
            } catch .unreachable { outcome = .unreachable } catch { outcome = .unwilling }
            return Attempt(item: self, endpoint: endpoint, outcome: outcome)
        }
    }

    private struct Attempt: Sendable {
        enum Outcome: Sendable { case deleted, unreachable, unwilling }
        let item: Item
        let endpoint: BastionEndpoint
        let outcome: Outcome
    }

    private struct Progress {
        /// The time of the oldest entry that is kept.
        let oldest: Int
        var report = Report()
        /// A service that does not answer is not waited for again.
        private var unreachable: Set<BastionEndpoint> = []

        init(oldest: Int) { self.oldest = oldest }

        func isWorthAsking(_ endpoint: BastionEndpoint) -> Bool { !unreachable.contains(endpoint) }

        mutating func refuse(_ item: Item) {
            report.refused += 1
            item.ledger.strike(item.number)
        }

        mutating func note(_ attempt: Attempt) {
            if attempt.outcome == .unreachable { unreachable.insert(attempt.endpoint) }
            switch attempt.outcome {
            case .deleted: report.deleted += 1
            // A clock that was wrong when the session was opened makes it old, too: so it was tried all the same.
            case _ where attempt.item.entry.openedAt < oldest: report.expired += 1
            case .unreachable, .unwilling:
                report.kept += 1
                return
            }
            attempt.item.ledger.strike(attempt.item.number)
        }
    }
}
