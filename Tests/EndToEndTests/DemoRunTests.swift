import Posix
import TestSupport
import Testing

/// `demo` as a newcomer runs it; everything that it makes lies below the home's `tmp`.
@Suite(.onThreadsOfItsOwn, .serialized) struct DemoRunTests {
    private let home: TemporaryHome
    private let environment: [String: String]

    init() throws {
        home = try TemporaryHome()
        var environment = home.environment
        environment["TMPDIR"] = try home.makeFolder("tmp")
        self.environment = environment
    }

    private var leftovers: [String] {
        get throws { try FolderListing.names(in: home.path("tmp")) }
    }

    @Test func `shows the plan, then the result, and gives back the client's status`() throws {
        let program = BuiltProgram.path("bastion-up")
        let result = try CommandResult.run(
            program, ["demo", "--", "echo ok; exit 7"], environment: environment)
        #expect(result.status == 7, "\(result.standardError)")
        #expect(result.output.hasPrefix("profile  dev-linux\n"))
        #expect(result.output.hasSuffix("\nok\n"))
        #expect(result.standardError.contains("1 session opened, 1 deleted: nothing is left behind"))
        #expect(try leftovers == [])
    }

    @Test(arguments: [(2, 130), (15, 143), (1, 129)] as [(Int32, Int32)])
    func `cleans up after a signal in the middle of the session`(signal: Int32, status: Int32) throws {
        let command = try RunningCommand(
            BuiltProgram.path("bastion-up"), ["demo", "--", "echo up >&2; sleep 61.5"],
            environment: environment)
        try command.wait { $0.contains("up\n") }
        command.send(signal: signal)
        #expect(try command.finish().status == status)
        #expect(try leftovers == [])
        #expect(!Self.runs("sleep\u{0}61.5\u{0}"))
    }

    /// Whether a process with exactly these words runs.
    private static func runs(_ words: String) -> Bool {
        ((try? FolderListing.names(in: "/proc")) ?? []).contains { name in
            guard Int32(name) != nil,
                let line = try? FileReader.read("/proc/\(name)/cmdline", limit: 1 << 20)
            else { return false }
            return line.bytes == Array(words.utf8)
        }
    }
}
