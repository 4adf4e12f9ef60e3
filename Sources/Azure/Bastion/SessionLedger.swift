internal import Cryptography
internal import Glibc
package import Posix
internal import Synchronization

/// The sessions that this process has open, on disk, so that another run can delete them if this one cannot.
///
/// A file each process, locked as long as the process lives. It holds the sessions' delete tokens, so it is
/// readable by the user alone and goes when the last session has ended.
package final class SessionLedger: Sendable {
    private struct State {
        var file: (path: String, lock: FileLock)?
        var live: Set<Int> = []
        var nextNumber = 1
    }

    private let folder: String
    private let state = Mutex(State())

    /// Nothing is made on disk before the first entry.
    /// - Parameter stateFolder: such as `$XDG_STATE_HOME/bastion-up`.
    package init(stateFolder: String) { folder = Self.folder(in: stateFolder) }

    static func folder(in stateFolder: String) -> String { stateFolder + "/ledger" }

    /// Names an entry of this ledger.
    package struct Receipt: Hashable, Sendable {
        let number: Int
    }

    /// Writes a session down. Must be done before its WebSocket is opened; `flush` may run alongside that.
    package func record(_ entry: LedgerEntry) throws(SystemError) -> Receipt {
        try state.withLock { state throws(SystemError) -> Receipt in
            if state.file == nil { state.file = try Self.makeFile(in: PrivateFolder(making: folder)) }
            guard let file = state.file else { throw SystemError("open", number: ENOENT) }
            let number = state.nextNumber
            state.nextNumber += 1
            guard let line = LedgerLine(number: number, opened: entry).bytes else {
                throw SystemError("write", number: EINVAL)
            }
            try file.lock.descriptor.append(line)
            state.live.insert(number)
            return Receipt(number: number)
        }
    }

    /// Waits until what was recorded is on the disk, its name in the folder included.
    package func flush(until deadline: Instant) async throws(BlockingCall.Failure) {
        guard let lock = state.withLock({ $0.file?.lock }) else { return }
        let folder = folder
        try await BlockingCall.run(until: deadline) {
            _ = fsync(lock.descriptor.rawValue)
            if let opened = try? FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY) {
                _ = fsync(opened.rawValue)
            }
        }
    }

    /// Strikes a session off, once it is deleted on the service.
    package func strike(_ receipt: Receipt) {
        state.withLock { state in
            guard state.live.remove(receipt.number) != nil, let file = state.file else { return }
            if let line = LedgerLine(number: receipt.number, opened: nil).bytes {
                try? file.lock.descriptor.append(line)
            }
        }
    }

    /// Ends the ledger: the file goes if nothing is left in it, else it stays for the next run.
    package func finish() {
        state.withLock { state in
            guard let file = state.file else { return }
            if state.live.isEmpty { unlink(file.path) }
            file.lock.release()
            state.file = nil
        }
    }

    /// A sweeper may take the new, still unlocked file for an abandoned one; then another is made.
    private static func makeFile(in folder: PrivateFolder) throws(SystemError) -> (
        path: String, lock: FileLock
    ) {
        for _ in 1...20 {
            let path = folder.file("\(getpid())-\(Hex.encode(RandomBytes.generate(8))).jsonl")
            let descriptor = try FileDescriptor.open(
                path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, mode: 0o600)
            if let lock = FileLock.take(descriptor) { return (path, lock) }
        }
        throw SystemError("flock", number: EWOULDBLOCK)
    }
}

/// The ledger file of a process that is gone, locked against other sweepers as long as this is held.
package final class AbandonedLedger: Sendable {
    private let path: String
    private let lock: FileLock
    private let live: Mutex<[Int: LedgerEntry]>

    private static let sizeLimit = 16 * 1024 * 1024

    private init(path: String, lock: FileLock, live: [Int: LedgerEntry]) {
        self.path = path
        self.lock = lock
        self.live = Mutex(live)
    }

    /// All that dead processes left behind. Files without live entries are deleted on the way.
    package static func all(stateFolder: String) -> [AbandonedLedger] {
        guard let folder = PrivateFolder(existing: SessionLedger.folder(in: stateFolder)) else { return [] }
        return folder.names().sorted().filter { $0.hasSuffix(".jsonl") }.compactMap { name in
            let path = folder.file(name)
            let flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK
            guard let descriptor = try? FileDescriptor.open(path, flags),
                let lock = FileLock.take(descriptor)
            else { return nil }
            let live = descriptor.content(limit: sizeLimit).map(LedgerLine.live(in:)) ?? [:]
            let ledger = AbandonedLedger(path: path, lock: lock, live: live)
            if live.isEmpty {
                ledger.release()
                return nil
            }
            return ledger
        }
    }

    /// The sessions that are left, by their numbers in the file.
    package var entries: [(number: Int, entry: LedgerEntry)] {
        live.withLock { live in live.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    func strike(_ number: Int) {
        live.withLock { $0[number] = nil }
        guard var line = LedgerLine(number: number, opened: nil).bytes else { return }
        // The line before may be torn.
        line.insert(UInt8(ascii: "\n"), at: 0)
        try? lock.descriptor.append(line)
    }

    /// Deletes the file if nothing is left in it, and lets go of the lock.
    package func release() {
        if live.withLock({ $0.isEmpty }) { unlink(path) }
        lock.release()
    }
}
