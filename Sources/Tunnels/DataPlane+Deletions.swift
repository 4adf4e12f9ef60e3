internal import Azure
internal import Posix
internal import Transport

// Sessions that must go: deleted at once, later, or by the next run.
extension DataPlane {
    /// Asks the host to delete a session; strikes it off the ledger, or keeps it for another try. Not torn off by
    /// cancellation: nobody would know whether it is deleted.
    /// - Returns: whether it is gone.
    func delete(_ session: OpenSession) async -> Bool {
        let deletion = await tryToDelete(session)
        if deletion != .done { leftBehind.add(session, after: deletion) }
        return deletion == .done
    }

    /// Deletes a session beside all else: nobody waits for it.
    func deleteLater(_ session: OpenSession) { leftBehind.add(session, after: nil) }

    private func tryToDelete(_ session: OpenSession) async -> Deletion {
        await EventLoop.shielded { [self] in
            do throws(AzureError) {
                try await bastion.delete(
                    session.token, guess: lastNodeID, at: endpoint, until: .now.advanced(by: limits.deletion))
                ledger.strike(session.receipt)
                log("session deleted")
                return .done
            } catch {
                log("session not deleted: \(error)")
                return error.isOutOfReach ? .silence : .refused
            }
        }
    }

    /// Writes a session down, with what deleting it takes.
    func record(_ token: TunnelToken, as receipt: SessionLedger.Receipt) throws(FileError) {
        try ledger.record(
            LedgerEntry(token, at: endpoint, caFile: caFile, openedAt: UnixTime.now()), as: receipt)
    }

    /// Waits beside all else for the name of a session that nobody wants any more, and deletes it.
    /// - Parameter token: nil where no session was named.
    func deleteOnceNamed(by token: Task<TunnelToken?, Never>, _ receipt: SessionLedger.Receipt) {
        lateAnswers.await(token) { [self] token in
            guard let token else { return ledger.strike(receipt) }
            log("an answer that came too late names a session, which is deleted")
            // Where it cannot be written down, this run alone knows of it.
            try? record(token, as: receipt)
            deleteLater(OpenSession(token: token, receipt: receipt))
        }
    }

    /// Deletes what nobody waits for, and tries again what failed, after a second, two and four more, until cancelled.
    package func retryDeletions() async {
        await leftBehind.tryAgain { [self] session in await tryToDelete(session) }
    }

    /// Deletes what is left at the end of a run, or leaves it to the next one: within half a minute, and what is being
    /// tried then.
    /// - Returns: how many sessions are left to the next run.
    @discardableResult
    package func deleteLeftBehind() async -> Int {
        await lateAnswers.finish(within: limits.grace)
        return await leftBehind.finish(
            until: .now.advanced(by: limits.deletion * 2), forgiving: limits.deletion * 2
        ) { [self] session in
            await tryToDelete(session)
        }
    }
}

extension AzureError {
    /// Whether the host was not there to refuse: it would not be there a second later either.
    fileprivate var isOutOfReach: Bool {
        switch self {
        case .unreachable(_, .connection(.timedOut)), .unreachable(_, .connection(.notConnected)),
            .unreachable(_, .connection(.notResolved)):
            true
        default: false
        }
    }
}
