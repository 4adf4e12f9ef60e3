internal import Glibc
internal import Posix
internal import Synchronization

/// A ledger file of a process that is gone, locked against other sweepers as long as this is held.
package final class AbandonedLedger: Sendable {
    private let lock: FileLock
    private let left: Mutex<LedgerRemains>

    /// No file of ours grows to a part of this.
    private static let sizeLimit = 64 * 1024 * 1024

    /// Takes the file of a process that is gone.
    /// - Returns: nil for one that is in use, cannot be read now, or is too large to be a ledger: it is left alone.
    ///   One with nothing in it is deleted.
    init?(_ path: String) {
        guard let lock = try? FileLock.tryLock(path, appending: true, creating: false),
            let content = try? FileReader.read(path, limit: Self.sizeLimit, followsLinks: false).bytes
        else { return nil }
        self.lock = lock
        left = Mutex(LedgerRemains(content))
        if deleteIfEmpty() { return nil }
    }

    /// What dead processes left behind, each taken when it is asked for.
    package static func all(stateFolder: String) -> some Sequence<AbandonedLedger> {
        let folder = try? PrivateFolder(existing: SessionLedger.folder(in: stateFolder))
        let names = folder.flatMap { try? FolderListing.names(in: $0.path) } ?? []
        return names.lazy.filter { $0.hasSuffix(".jsonl") }.compactMap { name in
            folder.flatMap { AbandonedLedger($0.path(of: name)) }
        }
    }

    /// The sessions that are left, by their numbers in the file.
    package var entries: [(number: Int, entry: LedgerEntry)] {
        left.withLock { left in left.open.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// How many sessions were asked for of which no answer was written down. They are struck off: nothing more can
    /// be known of them.
    func strikeUnanswered() -> Int {
        let unanswered = left.withLock { left in
            defer { left.unanswered = [] }
            return left.unanswered
        }
        for number in unanswered { write(LedgerLine(number: number)) }
        deleteIfEmpty()
        return unanswered.count
    }

    /// Strikes a session off; with the last one, the file goes.
    func strike(_ number: Int) {
        left.withLock { $0.open[number] = nil }
        write(LedgerLine(number: number))
        deleteIfEmpty()
    }

    private func write(_ line: LedgerLine) {
        if let bytes = line.bytes { try? lock.descriptor.writeAll(bytes) }
    }

    @discardableResult
    private func deleteIfEmpty() -> Bool {
        guard left.withLock({ $0.open.isEmpty && $0.unanswered.isEmpty }) else { return false }
        lock.deleteAndRelease()
        return true
    }
}
