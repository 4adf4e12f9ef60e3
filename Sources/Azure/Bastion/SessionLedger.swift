internal import Cryptography
internal import Glibc
package import Posix
internal import Synchronization

/// The sessions that this process has open, on disk, so that another run can delete them if this one cannot.
///
/// It has files of its own, locked as long as the process lives. They hold the sessions' delete tokens, so they are
/// readable by the user alone; each goes with its last session.
package final class SessionLedger: Sendable {
    private struct State {
        /// New entries go to the last one; the others are full, and have sessions that are still open.
        var pages: [LedgerPage] = []
        var nextNumber = 1
    }

    private let folder: String
    private let state = Mutex(State())

    /// Nothing is made on disk before the first entry.
    /// - Parameter stateFolder: such as `$XDG_STATE_HOME/bastion-up`.
    package init(stateFolder: String) { folder = Self.folder(in: stateFolder) }

    static func folder(in stateFolder: String) -> String { stateFolder + "/ledger" }

    /// Names an entry of this ledger.
    package struct Receipt: Sendable {
        let number: Int
        let page: LedgerPage
    }

    /// Writes down that a session is asked for. To be done before it is: what cannot be written is not asked for.
    /// - Parameter now: seconds since 1970.
    /// - Throws: also for a folder that others can look into: it is never repaired.
    package func announce(at now: Int) throws(FileError) -> Receipt {
        try state.withLock { state throws(FileError) -> Receipt in
            let page = try currentPage(&state)
            let number = state.nextNumber
            state.nextNumber += 1
            try page.append(LedgerLine(number: number, asked: now))
            return Receipt(number: number, page: page)
        }
    }

    /// Writes the session down that was asked for, with what deleting it takes. Must be done before its WebSocket is
    /// opened; `flush` may run alongside that.
    package func record(_ entry: LedgerEntry, as receipt: Receipt) throws(FileError) {
        try receipt.page.append(LedgerLine(number: receipt.number, opened: entry))
    }

    /// Waits until what was written of the session is on the disk, the file's name in its folder included.
    /// - Returns: false where the disk has not answered by then.
    /// - Throws: where it could not take it: some file systems say only now that they are full.
    package func flush(_ receipt: Receipt, until deadline: Instant) async throws(FileError) -> Bool {
        try await receipt.page.flush(until: deadline)
    }

    /// Strikes a session off, once it is deleted on the service or was never made there.
    package func strike(_ receipt: Receipt) {
        state.withLock { state in
            let page = receipt.page
            page.strike(receipt.number)
            guard page.isFull, page.isEmpty else { return }
            state.pages.removeAll { $0 === page }
            page.finish()
        }
    }

    /// Ends the ledger: what is left in it stays for the next run.
    package func finish() {
        state.withLock { state in
            for page in state.pages { page.finish() }
            state.pages = []
        }
    }

    private func currentPage(_ state: inout State) throws(FileError) -> LedgerPage {
        if let page = state.pages.last, !page.isFull { return page }
        let page = try LedgerPage(in: folder)
        state.pages.append(page)
        return page
    }
}
