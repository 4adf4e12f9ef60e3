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
                    session.token, at: endpoint, until: .now.advanced(by: limits.deletion))
                ledger.strike(session.receipt)
                log("session deleted")
                return .done
            } catch {
                log("session not deleted: \(error)")
                if case .unreachable(_, .connection(.timedOut)) = error { return .silence }
                return .refused
            }
        }
    }

    /// Writes a session down, with what deleting it takes.
    func record(_ token: TunnelToken, as receipt: SessionLedger.Receipt) throws(FileError) {
        try ledger.record(
            LedgerEntry(token, at: endpoint, caFile: caFile, openedAt: UnixTime.now()), as: receipt)
    }

    /// One that was named in part is most likely where the one before it is.
    func completed(_ token: TunnelToken) -> TunnelToken {
        guard token.nodeID.isEmpty, let lastNodeID else { return token }
        return TunnelToken(
            authToken: token.authToken, nodeID: lastNodeID, websocketToken: token.websocketToken)
    }

    /// Waits beside all else for the name of a session that nobody wants any more, and deletes it.
    /// - Parameter token: nil where no session was named.
    func deleteOnceNamed(by token: Task<TunnelToken?, Never>, _ receipt: SessionLedger.Receipt) {
        lateAnswers.await(token) { [self] token in
            guard let token = token.map(completed) else { return ledger.strike(receipt) }
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

    /// Deletes what is left at the end of a run, or leaves it to the next one.
    /// - Parameter delayed: called where the service is waited for, which may still name a session.
    /// - Returns: how many sessions are left to the next run.
    @discardableResult
    package func deleteLeftBehind(delayed: () -> Void = {}) async -> Int {
        if !lateAnswers.isEmpty { delayed() }
        await lateAnswers.finish(within: limits.grace)
        return await leftBehind.finish(forgiving: limits.deletion * 2) { [self] session in
            await tryToDelete(session)
        }
    }
}
