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

    /// What a process that was killed leaves: its file without its lock.
    static func die(_ folder: TemporaryFolder, leaving entries: LedgerEntry...) throws {
        let ledger = SessionLedger(stateFolder: folder.path)
        for entry in entries { _ = try ledger.record(entry) }
        ledger.finish()
    }

    @Test func `makes nothing before the first entry and leaves nothing at the end`() throws {
        try onLoop {
            let folder = try TemporaryFolder()
            let ledger = SessionLedger(stateFolder: folder.path)
            #expect(access(folder.path + "/ledger", F_OK) != 0)
            let receipts = [try ledger.record(Self.entry("a")), try ledger.record(Self.entry("b"))]
            try await ledger.flush(until: Sample.soon())
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
        let first = AbandonedLedger.all(stateFolder: folder.path)
        #expect(first.flatMap(\.entries).map(\.entry) == [try Self.entry("a"), try Self.entry("b")])
        #expect(AbandonedLedger.all(stateFolder: folder.path).isEmpty, "another sweeper holds it")
        first.forEach { $0.release() }
        #expect(AbandonedLedger.all(stateFolder: folder.path).count == 1)
    }

    @Test func `leaves a living process's file alone`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        _ = try ledger.record(Self.entry("a"))
        #expect(AbandonedLedger.all(stateFolder: folder.path).isEmpty)
        ledger.finish()
        #expect(AbandonedLedger.all(stateFolder: folder.path).count == 1)
    }

    @Test func `respects a lock that another process holds`() throws {
        let folder = try TemporaryFolder()
        try Self.die(folder, leaving: Self.entry("a"))
        let file = folder.path + "/ledger/" + Self.files(folder)[0]
        // The inner command runs while flock(1) holds the lock: it says so, then waits for its input's end.
        let pipe = try #require(popen("flock -n '\(file)' sh -c 'touch \(folder.path)/held; cat'", "w"))
        while access(folder.path + "/held", F_OK) != 0 { sched_yield() }
        #expect(AbandonedLedger.all(stateFolder: folder.path).isEmpty)
        pclose(pipe)
        #expect(AbandonedLedger.all(stateFolder: folder.path).count == 1)
    }

    @Test func `writes nothing into a folder that is open to others`() throws {
        let folder = try TemporaryFolder()
        try Self.die(folder, leaving: Self.entry("a"))
        #expect(chmod(folder.path + "/ledger", 0o750) == 0)
        let error = #expect(throws: FileError.self) {
            _ = try SessionLedger(stateFolder: folder.path).record(Self.entry("b"))
        }
        #expect(error == FileError(folder.path + "/ledger", .openToOthers(0o750)))
        #expect(AbandonedLedger.all(stateFolder: folder.path).isEmpty)
    }

    @Test func `keeps a ledger's lock from sweepers after its owner has appended to it`() throws {
        let folder = try TemporaryFolder()
        let ledger = SessionLedger(stateFolder: folder.path)
        let first = try ledger.record(Self.entry("a"))
        _ = try ledger.record(Self.entry("b"))
        ledger.strike(first)
        let path = folder.path + "/ledger/" + Self.files(folder)[0]
        #expect(try FileLock.tryLock(path, creating: false) == nil)
        ledger.finish()
        let left = AbandonedLedger.all(stateFolder: folder.path).flatMap(\.entries).map(\.entry)
        #expect(left == [try Self.entry("b")])
    }

    @Test func `reads a line that follows a torn one`() throws {
        let line = try #require(LedgerLine(number: 2, opened: try Self.entry("b")).bytes)
        let torn = Array(#"{"number":1,"opened":{"endp"#.utf8)
        #expect(LedgerLine.live(in: torn + line) == [2: try Self.entry("b")])
    }

    @Test(
        arguments: [
            ("", 0), ("\n\n", 0), ("garbage\n\u{0}\u{1}\n", 0), ("{}\n[1]\nnull\n", 0),
            (#"{"number":1,"opened":{"endpoint":"e"}}"#, 0),
            (
                #"{"number":1,"opened":{"endpoint":"e","suffix":"s","authToken":"a","nodeID":"n","openedAt":1}}"#,
                1
            ),
            (
                #"{"number":1,"opened":{"endpoint":"e","suffix":"s","authToken":"a","nodeID":"n","openedAt":1}}"#
                    + "\n" + #"{"number":2,"opened":{"endp"#, 1
            ),
        ])
    func `takes what can be read of a damaged file`(_ text: String, _ count: Int) {
        #expect(LedgerLine.live(in: Array(text.utf8)).count == count)
    }

    @Test func `deletes what was left, keeps what cannot be reached, drops what is old or elsewhere`() throws
    {
        try onLoop {
            let folder = try TemporaryFolder()
            try Self.die(
                folder, leaving: Self.entry("gone"), Self.entry("busy"), Self.entry("old", openedAt: -90_000),
                Self.entry("ancient", openedAt: .min), Self.entry("evil", suffix: "other.example"),
                Self.entry("last"))
            let http = ScriptedHTTP(.json(404, ""), .json(403, ""), .json(204, ""))
            let asked = Mutex<[String?]>([])
            let sweep = LedgerSweep(stateFolder: folder.path, now: 2000)
            let report = await sweep.run(until: Sample.soon()) { caFile in
                asked.withLock { $0.append(caFile) }
                return http
            }
            #expect(report == LedgerSweep.Report(deleted: 2, kept: 1, expired: 2, refused: 1))
            #expect(asked.withLock { $0 } == ["/ca.pem", "/ca.pem", "/ca.pem"])
            #expect(
                http.exchanges.map(\.request.target)
                    == ["/api/tokens/gone", "/api/tokens/busy", "/api/tokens/last"])
            let again = ScriptedHTTP(.json(204, ""))
            #expect(await sweep.run(until: Sample.soon()) { _ in again } == LedgerSweep.Report(deleted: 1))
            #expect(Self.files(folder) == [])
        }
    }
}
