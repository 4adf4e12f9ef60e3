import Posix
import TestSupport
import Testing

/// What the user sees while a tunnel is tried again.
@Suite(.onThreadsOfItsOwn) struct RetryLineTests {
    private func connected() throws -> EmulatedCloud {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server, faults: ["{on: tokens, times: 1, status: 429, retryAfter: 1}"])
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}")
        return cloud
    }

    private func start(_ cloud: EmulatedCloud, _ words: String...) throws -> TerminalCommand {
        try TerminalCommand(
            BuiltProgram.path("bastion-up"), words,
            environment: cloud.environment.merging(["TERM": "xterm"]) { $1 })
    }

    @Test func `is one line on a terminal, gone before the client writes`() throws {
        let cloud = try connected()
        let command = try start(cloud, "dev-linux", "--", "echo there")
        try command.wait { $0.lines[0].hasPrefix("try 2 in 1.") && $0.lines[0].hasSuffix("…") }
        #expect(try command.finish() == 0)
        #expect(command.screen.text.contains("\nthere\n") && !command.screen.text.contains("try 2"))
        #expect(command.screen.lines[0].hasPrefix("Warning: Permanently added"), "\(command.screen.text)")
        #expect(cloud.count("session-opened") == 1)
    }

    @Test func `is gone when a tunnel is ready`() throws {
        let cloud = try connected()
        let tunnel = try start(cloud, "tunnel", "dev-linux", "--port", "0:22")
        try tunnel.wait { $0.text.contains("try 2 in 1.") }
        try tunnel.wait { $0.text.contains("ready") && !$0.text.contains("try 2") }
        tunnel.send(signal: 15)
        #expect(try tunnel.finish() == 143)
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test func `is gone when the user gives up`() throws {
        let cloud = try connected()
        let command = try start(cloud, "dev-linux")
        try command.wait { $0.text.contains("try 2 in 1.") }
        try command.type("\u{03}")
        #expect(try command.finish() == 130)
        #expect(!command.screen.text.contains("try 2"), "\(command.screen.text)")
        #expect(cloud.count("session-opened") == 0)
    }

    @Test func `is a line among others where more is said`() throws {
        let cloud = try connected()
        let command = try start(cloud, "-v", "dev-linux", "--", "echo there")
        #expect(try command.finish() == 0)
        #expect(cloud.count("session-opened") == 1)
        #expect(command.screen.text.contains("try 2 in 1.") && command.screen.text.contains("\nready\n"))
    }

    @Test(arguments: [([], true), (["-q"], false)])
    func `is a plain line where there is no terminal`(_ flags: [String], _ isSaid: Bool) throws {
        let cloud = try connected()
        let result = try CommandResult.run(
            BuiltProgram.path("bastion-up"), flags + ["dev-linux", "--", "echo there"],
            environment: cloud.environment)
        #expect(result.output == "there\n" && result.status == 0)
        #expect(result.standardError.contains("try 2 in 1.") == isSaid, "\(result.standardError)")
        #expect(!result.standardError.contains("\u{1B}"))
    }
}
