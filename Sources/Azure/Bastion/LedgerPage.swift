internal import Cryptography
internal import Glibc
internal import Posix
internal import Synchronization

/// A file of a ledger: locked by its process, appended to, and deleted at the end if no entry in it is live.
final class LedgerPage: Sendable {
    private struct State {
        var live: Set<Int> = []
        /// In bytes: written, and of these on the disk.
        var size = 0
        var synced = 0
        /// The folders that have to be synced too, for the file's name to be found.
        var newNamesIn: [String]
        var isSyncing = false
        var waiting: [WakeUp] = []
    }

    private let file: FileLock
    private let state: Mutex<State>

    /// In bytes. A process that opens and ends sessions for days must not write a file without end.
    private static let sizeLimit = 256 * 1024

    /// Makes a file of its own in the folder, and the folder where it is missing.
    init(in folder: String) throws(FileError) {
        let newFolders = Self.missing(folder)
        file = try Self.makeFile(in: PrivateFolder(making: folder))
        state = Mutex(State(newNamesIn: [folder] + newFolders.map(FilePath.folder(of:))))
    }

    /// A sweeper may take the new, still unlocked file for an abandoned one; then another is made.
    private static func makeFile(in folder: PrivateFolder) throws(FileError) -> FileLock {
        for _ in 1...20 {
            let name = "\(getpid())-\(Hex.encode(RandomBytes.generate(8))).jsonl"
            if let lock = try FileLock.tryLock(folder.path(of: name), appending: true) { return lock }
        }
        throw FileError(folder.path, .system(SystemError("open", number: EWOULDBLOCK)))
    }

    /// The folder and those above it that are not there yet.
    private static func missing(_ folder: String) -> [String] {
        var missing: [String] = []
        var path = folder
        while access(path, F_OK) != 0, errno == ENOENT, FilePath.folder(of: path) != path {
            missing.append(path)
            path = FilePath.folder(of: path)
        }
        return missing
    }

    /// Whether the next entries go to another file.
    var isFull: Bool { state.withLock { $0.size >= Self.sizeLimit } }

    var isEmpty: Bool { state.withLock { $0.live.isEmpty } }

    /// Adds a line about a session that is asked for or open.
    func append(_ line: LedgerLine) throws(FileError) {
        try state.withLock { state throws(FileError) in
            try write(line, &state)
            state.live.insert(line.number)
        }
    }

    /// Where that cannot be written, the session is deleted twice.
    func strike(_ number: Int) {
        state.withLock { state in
            guard state.live.remove(number) != nil else { return }
            try? write(LedgerLine(number: number), &state)
        }
    }

    private func write(_ line: LedgerLine, _ state: inout State) throws(FileError) {
        do throws(SystemError) {
            guard let bytes = line.bytes else { throw SystemError("write", number: EINVAL) }
            try file.descriptor.writeAll(bytes)
            state.size += bytes.count
        } catch { throw FileError(file.path, .system(error)) }
    }

    /// Lets go of the file; one without live entries is deleted.
    func finish() { if isEmpty { file.deleteAndRelease() } else { file.release() } }
}

// MARK: - To the disk

extension LedgerPage {
    private enum Turn {
        case done
        case wait(WakeUp)
        case sync(size: Int, folders: [String])
    }

    /// Waits until what was written so far is on the disk. Those who come while it is busy share the next turn.
    /// - Returns: false where the disk has not answered by then.
    /// - Throws: what the disk answered.
    func flush(until deadline: Instant) async throws(FileError) -> Bool {
        let wanted = state.withLock { $0.size }
        while true {
            switch state.withLock({ Self.nextTurn(&$0, wanted) }) {
            case .done: return true
            case .wait(let wakeUp):
                guard await wakeUp.wait(until: deadline) == .signalled else { return false }
            case .sync(let size, let folders):
                let outcome = await sync(folders, until: deadline)
                let waiting = state.withLock { state in
                    if outcome == 0 { (state.synced, state.newNamesIn) = (max(state.synced, size), []) }
                    state.isSyncing = false
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for wakeUp in waiting { wakeUp.signalFromAnywhere() }
                guard let outcome else { return false }
                if outcome != 0 {
                    throw FileError(file.path, .system(SystemError("fsync", number: outcome)))
                }
            }
        }
    }

    private static func nextTurn(_ state: inout State, _ wanted: Int) -> Turn {
        if state.synced >= wanted { return .done }
        if state.isSyncing {
            let wakeUp = WakeUp()
            state.waiting.append(wakeUp)
            return .wait(wakeUp)
        }
        state.isSyncing = true
        return .sync(size: state.size, folders: state.newNamesIn)
    }

    /// - Returns: 0, the error with which the disk refused, or nil where it has not answered.
    private func sync(_ folders: [String], until deadline: Instant) async -> Int32? {
        let file = file
        return try? await BlockingCall.run(until: deadline) {
            let failure = fsync(file.descriptor.rawValue) == 0 ? 0 : errno
            for folder in folders {
                if let names = try? FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY) {
                    _ = fsync(names.rawValue)
                }
            }
            // Others mean that this file system cannot be asked.
            return [EIO, ENOSPC, EDQUOT].contains(failure) ? failure : 0
        }
    }
}
