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
        var file: FileLock?
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
    /// - Throws: also for a folder that others can look into: it is never repaired.
    package func record(_ entry: LedgerEntry) throws(FileError) -> Receipt {
        try state.withLock { state throws(FileError) -> Receipt in
            let file: FileLock
            if let open = state.file {
                file = open
            } else {
                file = try Self.makeFile(in: PrivateFolder(making: folder))
                state.file = file
            }
            let number = state.nextNumber
            state.nextNumber += 1
            do throws(SystemError) {
                guard let line = LedgerLine(number: number, opened: entry).bytes else {
                    throw SystemError("write", number: EINVAL)
                }
                try file.descriptor.writeAll(line)
            } catch { throw FileError(file.path, .system(error)) }
            state.live.insert(number)
            return Receipt(number: number)
        }
    }

    /// Waits until what was recorded is on the disk, its name in the folder included.
    package func flush(until deadline: Instant) async throws(BlockingCall.Failure) {
        guard let lock = state.withLock({ $0.file }) else { return }
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
                try? file.descriptor.writeAll(line)
            }
        }
    }

    /// Ends the ledger: the file goes if nothing is left in it, else it stays for the next run.
    package func finish() {
        state.withLock { state in
            guard let file = state.file else { return }
            if state.live.isEmpty { file.deleteAndRelease() } else { file.release() }
            state.file = nil
        }
    }

    /// A sweeper may take the new, still unlocked file for an abandoned one; then another is made.
    private static func makeFile(in folder: PrivateFolder) throws(FileError) -> FileLock {
        for _ in 1...20 {
            let name = "\(getpid())-\(Hex.encode(RandomBytes.generate(8))).jsonl"
            if let lock = try FileLock.tryLock(folder.path(of: name), appending: true) { return lock }
        }
        throw FileError(folder.path, .system(SystemError("flock", number: EWOULDBLOCK)))
    }
}

/// The ledger file of a process that is gone, locked against other sweepers as long as this is held.
package final class AbandonedLedger: Sendable {
    private let lock: FileLock
    private let live: Mutex<[Int: LedgerEntry]>

    private static let sizeLimit = 16 * 1024 * 1024

    private init(_ lock: FileLock, live: [Int: LedgerEntry]) {
        self.lock = lock
        self.live = Mutex(live)
    }

    /// All that dead processes left behind. Files without live entries are deleted on the way.
    package static func all(stateFolder: String) -> [AbandonedLedger] {
        guard let folder = try? PrivateFolder(existing: SessionLedger.folder(in: stateFolder)),
            let names = try? FolderListing.names(in: folder.path)
        else { return [] }
        return names.filter { $0.hasSuffix(".jsonl") }.compactMap { name in
            let path = folder.path(of: name)
            guard let lock = try? FileLock.tryLock(path, appending: true, creating: false),
                let live = entries(in: path)
            else { return nil }
            if live.isEmpty {
                lock.deleteAndRelease()
                return nil
            }
            return AbandonedLedger(lock, live: live)
        }
    }

    /// - Returns: nil for a file that cannot be read now; nothing for one that is too large to be a ledger.
    private static func entries(in path: String) -> [Int: LedgerEntry]? {
        do throws(FileError) {
            return LedgerLine.live(
                in: try FileReader.read(path, limit: sizeLimit, followsLinks: false).bytes)
        } catch {
            if case .tooLarge = error.reason { return [:] }
            return nil
        }
    }

    /// The sessions that are left, by their numbers in the file.
    package var entries: [(number: Int, entry: LedgerEntry)] {
        live.withLock { live in live.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    func strike(_ number: Int) {
        live.withLock { $0[number] = nil }
        guard let line = LedgerLine(number: number, opened: nil).bytes else { return }
        try? lock.descriptor.writeAll(line)
    }

    /// Deletes the file if nothing is left in it, and lets go of the lock.
    package func release() {
        if live.withLock({ $0.isEmpty }) { lock.deleteAndRelease() } else { lock.release() }
    }
}
