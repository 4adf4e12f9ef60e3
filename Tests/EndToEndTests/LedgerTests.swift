import Glibc
import Posix
import TestSupport
import Testing

/// The list of open sessions on a real disk: what is written before what, and what happens where it cannot be.
@Suite(.onThreadsOfItsOwn) struct LedgerTests {
    private func connected() throws -> EmulatedCloud {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}")
        return cloud
    }

    /// RLIMIT_FSIZE stands for a disk that is full at some point: the lines of a session do not fit any more.
    @Test(arguments: [(0, 0), (45, 1)])
    func `opens no tunnel, and leaves no session, where the disk takes no more`(
        _ bytes: Int, _ sessions: Int
    ) throws {
        let cloud = try connected()
        let script = "prlimit --fsize=\(bytes) \"$0\" proxy dev-linux 22 2>&1 | cat; exit ${PIPESTATUS[0]}"
        let result = try CommandResult.run(
            "/bin/bash", ["-c", script, BuiltProgram.path("bastion-up")], environment: cloud.environment)
        #expect(result.output.contains("[ledger.not-written]"), "\(result.output)")
        #expect(result.output.contains("File too large"), "\(result.output)")
        #expect(result.status == 73)
        #expect(cloud.count("session-opened") == sessions)
        #expect(cloud.count("session-deleted") == sessions)
        #expect(cloud.count("websocket-opened") == 0)
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "needs root, to be a user who may not write"))
    func `asks for no session where the state folder is read-only`() throws {
        let cloud = try connected()
        try cloud.home.makeFolder("state/bastion-up/ledger")
        try cloud.home.makeFolder("state/bastion-up/ledger", permissions: 0o500)
        let user = try ThrowAwayUser()
        defer { user.remove() }
        let result = try cloud.start(as: user, ["proxy", "dev-linux", "22"]).finish()
        #expect(result.standardError.contains("[ledger.not-written]"), "\(result.standardError)")
        #expect(result.status == 73)
        #expect(cloud.count("session-opened") == 0)
    }

    /// A system call of a run, as strace(1) tells it.
    private struct Call {
        let text: String
        /// Of the file that it is about, where `-y` names one.
        func concerns(_ file: String) -> Bool { text.contains(file) }
        func isCall(_ names: String...) -> Bool { names.contains { text.contains(" \($0)(") } }
    }

    private static var obstacle: String? {
        if let missing = TestEnvironment.obstacle(programs: ["strace"]) { return missing }
        let trial = try? CommandResult.run("strace", ["true"], environment: TestEnvironment.minimal)
        return trial?.status == 0 ? nil : "needs leave to trace programs"
    }

    @Test(.enabled(if: LedgerTests.obstacle == nil, "\(LedgerTests.obstacle ?? "")"))
    func `has the session on the disk before a byte goes through its tunnel`() throws {
        let cloud = try connected()
        let trace = cloud.home.path("trace")
        let result = try CommandResult.run(
            "strace",
            [
                "-f", "-y", "-s", "64", "-o", trace, "-e", "trace=openat,flock,write,fsync,unlink",
                BuiltProgram.path("bastion-up"), "proxy", "dev-linux", "22",
            ], environment: cloud.environment, input: Array("SSH-2.0-test\r\nnot a key exchange\r\n".utf8))
        #expect(result.output.hasPrefix("SSH-2.0-"), "\(result.standardError)")
        let text = String(decoding: try FileReader.read(trace, limit: 1 << 26).bytes, as: UTF8.self)
        let calls = text.split(separator: "\n").map { Call(text: String($0)) }
        func place(_ what: String, _ matches: (Call) -> Bool) throws -> Int {
            let place = calls.firstIndex(where: matches)
            return try #require(place, "\(what) is not there")
        }
        let order = [
            try place("the lock") { $0.isCall("flock") && $0.concerns(".jsonl") },
            try place("the announcement") { $0.isCall("write") && $0.concerns("\\\"asked\\\"") },
            try place("the session") { $0.isCall("write") && $0.concerns("\\\"opened\\\"") },
            try place("the file's sync") { $0.isCall("fsync") && $0.concerns(".jsonl") },
            try place("the folder's sync") { $0.isCall("fsync") && $0.concerns("/ledger>") },
            try place("the sync of what holds the new folder") {
                $0.isCall("fsync") && $0.concerns("/bastion-up>")
            },
            try place("the target's greeting") { $0.isCall("write") && $0.text.contains("\"SSH-2.0-") },
            try place("the file's end") { $0.isCall("unlink") && $0.concerns(".jsonl") },
        ]
        #expect(order == order.sorted())
    }
}
