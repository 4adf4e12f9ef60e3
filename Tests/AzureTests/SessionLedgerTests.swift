import TestSupport
import Glibc
import Posix
import Synchronization
import Testing
import Transport

@testable import Azure

@Suite struct SessionLedgerTests {
    static func entry(_ name: String, suffix: String = "lab.example", openedAt: Int = 1000) throws
        -> LedgerEntry
    {
        var entry = LedgerEntry(
            TunnelToken(authToken: name, nodeID: "n", websocketToken: "w"),
            at: try BastionEndpoint("bst.lab.example:4443", under: "lab.example"), caFile: "/ca.pem",
            openedAt: openedAt)
        entry.suffix = suffix
        return entry
    }

    static func files(_ folder: TemporaryFolder) -> [String] {
        (try? FolderListing.names(in: folder.path + "/ledger")) ?? []
    }

    /// Writes a session down, as its opening does.
    static func open(_ entry: LedgerEntry, in ledger: SessionLedger) throws -> SessionLedger.Receipt {
        let receipt = try ledger.announce(at: entry.openedAt)
        try ledger.record(entry, as: receipt)
        return receipt
    }

    /// What a process that was killed leaves: its file without its lock.
    static func die(_ folder: TemporaryFolder, leaving entries: LedgerEntry...) throws {
        let ledger = SessionLedger(stateFolder: folder.path)
        for entry in entries { _ = try open(entry, in: ledger) }
        ledger.finish()
    }

    static func abandoned(_ folder: TemporaryFolder) -> [AbandonedLedger] {
        Array(AbandonedLedger.all(stateFolder: folder.path))
    }

    static func left(_ folder: TemporaryFolder) -> [LedgerEntry] {
        abandoned(folder).flatMap(\.entries).map(\.entry)
    }

    @Test func `makes nothing before the first entry and leaves nothing at the end`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            let ledger = SessionLedger(stateFolder: folder.path)
            #expect(access(folder.path + "/ledger", F_OK) != 0)
            let receipts = [
                try Self.open(Self.entry("a"), in: ledger), try Self.open(Self.entry("b"), in: ledger),
            ]
            #expect(try await ledger.flush(receipts[1], until: Sample.soon()))
            #expect(Self.files(folder).count == 1)
            var status = stat()
            #expect(lstat(folder.path + "/ledger/" + Self.files(folder)[0], &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(lstat(folder.path + "/ledger", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
            receipts.forEach(ledger.strike)
            ledger.finish()
            #expect(Self.files(folder) == [])
        }
    }

    @Test func `lists what a dead process left, once`() throws {
        let folder = try TemporaryFolder()
        try Self.die(folder, leaving: Self.entry("a"), Self.entry("b"))
        var first = Self.abandoned(folder)
        #expect(first.flatMap(\.entries).map(\.entry) == [try Self.entry("a"), try Self.entry("b")])
        #expect(Self.abandoned(folder).isEmpty, "another sweeper holds it")
        first = []
        #expect(Self.abandoned(folder).count == 1)
    }

    @Test func `leaves a living process's file alone`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        _ = try Self.open(Self.entry("a"), in: ledger)
        #expect(Self.abandoned(folder).isEmpty)
        ledger.finish()
        #expect(Self.abandoned(folder).count == 1)
    }

    @Test func `respects a lock that another process holds`() throws {
        let folder = try TemporaryFolder()
        try Self.die(folder, leaving: Self.entry("a"))
        let file = folder.path + "/ledger/" + Self.files(folder)[0]
        // The inner command runs while flock(1) holds the lock: it says so, then waits for its input's end.
        let pipe = try #require(popen("flock -n '\(file)' sh -c 'touch \(folder.path)/held; cat'", "w"))
        while access(folder.path + "/held", F_OK) != 0 { sched_yield() }
        #expect(Self.abandoned(folder).isEmpty)
        pclose(pipe)
        #expect(Self.abandoned(folder).count == 1)
    }

    @Test func `writes nothing into a folder that is open to others`() throws {
        let folder = try TemporaryFolder()
        try Self.die(folder, leaving: Self.entry("a"))
        #expect(chmod(folder.path + "/ledger", 0o750) == 0)
        let error = #expect(throws: FileError.self) {
            _ = try SessionLedger(stateFolder: folder.path).announce(at: 1000)
        }
        #expect(error == FileError(folder.path + "/ledger", .openToOthers(0o750)))
        #expect(Self.abandoned(folder).isEmpty)
    }

    @Test func `keeps a ledger's lock from sweepers after its owner has appended to it`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        let first = try Self.open(Self.entry("a"), in: ledger)
        _ = try Self.open(Self.entry("b"), in: ledger)
        ledger.strike(first)
        let path = folder.path + "/ledger/" + Self.files(folder)[0]
        #expect(try FileLock.tryLock(path, creating: false) == nil)
        ledger.finish()
        #expect(Self.left(folder) == [try Self.entry("b")])
    }

    @Test func `counts what was asked for and never answered, once`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        _ = try Self.open(Self.entry("a"), in: ledger)
        ledger.strike(try ledger.announce(at: 1000))
        _ = try ledger.announce(at: 1000)
        ledger.finish()
        #expect(Self.abandoned(folder).map { $0.strikeUnanswered() } == [1])
        #expect(Self.abandoned(folder).map { $0.strikeUnanswered() } == [0])
        #expect(Self.left(folder) == [try Self.entry("a")])
    }

    @Test func `writes no file without end, however long the process lives`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        let lasting = try Self.open(Self.entry("lasting"), in: ledger)
        for number in 1...2500 { ledger.strike(try Self.open(Self.entry("brief-\(number)"), in: ledger)) }
        let files = Self.files(folder)
        #expect(files.count == 2, "that of the session which lasts, and the one that is written to")
        for file in files {
            #expect(try FileFacts(ofLink: folder.path + "/ledger/" + file).size < 300 * 1024)
        }
        ledger.strike(lasting)
        #expect(Self.files(folder).count == 1)
        ledger.finish()
        #expect(Self.files(folder) == [])
    }

    @Test func `keeps every open session where it has several files`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        let entries = try (1...1500).map { try Self.entry("session-\($0)") }
        for entry in entries { _ = try Self.open(entry, in: ledger) }
        ledger.finish()
        #expect(Self.files(folder).count > 1)
        #expect(Set(Self.left(folder)) == Set(entries))
    }

    @Test func `brings to the disk what many sessions wrote at once`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            let ledger = SessionLedger(stateFolder: folder.path + "/new/state")
            let flushed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...50 {
                    group.addTask {
                        let receipt = try Self.open(Self.entry("s\(number)"), in: ledger)
                        return try await ledger.flush(receipt, until: Sample.soon())
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(flushed == 50)
            ledger.finish()
        }
    }

    @Test func `a flush that was given up is not in the next one's way`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            let ledger = SessionLedger(stateFolder: folder.path)
            let receipt = try Self.open(Self.entry("a"), in: ledger)
            // A quick disk may answer all the same.
            _ = try await ledger.flush(receipt, until: .now.advanced(by: .seconds(-1)))
            #expect(try await ledger.flush(receipt, until: Sample.soon()))
            ledger.finish()
        }
    }

    @Test func `leaves a file alone that is too large to be a ledger`() throws {
        let folder = try TemporaryFolder()
        try Self.die(folder, leaving: Self.entry("a"))
        let path = folder.path + "/ledger/" + Self.files(folder)[0]
        #expect(truncate(path, 65 * 1024 * 1024) == 0)
        #expect(Self.abandoned(folder).isEmpty)
        #expect(Self.files(folder).count == 1)
    }
}
