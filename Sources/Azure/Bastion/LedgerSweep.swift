package import Posix

/// Deletes on the service what processes that died left open there.
package struct LedgerSweep: Sendable {
    /// What became of the entries.
    package struct Report: Hashable, Sendable {
        package var deleted = 0
        /// Kept for the next run: the service could not be reached or was not willing.
        package var kept = 0
        /// Given up: older than a day, so that the service has ended them by itself.
        package var expired = 0
        /// Given up: the endpoint does not lie under the suffix that was recorded.
        package var refused = 0

        package init(deleted: Int = 0, kept: Int = 0, expired: Int = 0, refused: Int = 0) {
            self.deleted = deleted
            self.kept = kept
            self.expired = expired
            self.refused = refused
        }
    }

    private let stateFolder: String
    private let now: Int
    private static let lifetime = 24 * 3600

    /// - Parameter now: seconds since 1970.
    package init(stateFolder: String, now: Int) {
        self.stateFolder = stateFolder
        self.now = now
    }

    /// - Parameter client: gives what trusts the certificate authorities of a file (nil: the system's alone);
    ///   nil where that file cannot be used, which keeps the entry.
    package func run(
        until deadline: Instant, client: (_ caFile: String?) async -> (any HTTPSending)?
    ) async -> Report {
        var report = Report()
        for ledger in AbandonedLedger.all(stateFolder: stateFolder) {
            for (number, entry) in ledger.entries {
                let outcome = await delete(entry, until: deadline, client: client)
                report[keyPath: outcome] += 1
                if outcome != \.kept { ledger.strike(number) }
            }
            ledger.release()
        }
        return report
    }

    private func delete(
        _ entry: LedgerEntry, until deadline: Instant, client: (_ caFile: String?) async -> (any HTTPSending)?
    ) async -> WritableKeyPath<Report, Int> {
        if entry.openedAt < now - Self.lifetime { return \.expired }
        let isSafe = TunnelToken.isSafe(entry.authToken) && TunnelToken.isSafe(entry.nodeID)
        guard isSafe, let endpoint = try? BastionEndpoint(entry.endpoint, under: entry.suffix) else {
            return \.refused
        }
        guard Instant.now < deadline, let http = await client(entry.caFile) else { return \.kept }
        do {
            try await BastionClient.delete(
                authToken: entry.authToken, nodeID: entry.nodeID, at: endpoint, over: http, until: deadline)
            return \.deleted
        } catch { return \.kept }
    }
}
