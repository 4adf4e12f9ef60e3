import Glibc
import Posix
import TestSupport
import Testing

/// A tunnel that is lost in the middle of a session: real ssh on a real terminal.
@Suite(.onThreadsOfItsOwn) struct ReconnectTests {
    private static let cut = "{on: websocket, dropAfter: 20000, direction: down"
    /// Enough to get past the cut.
    private static let flood = "head -c 60000 /dev/zero | tr '\\0' 'x'\n"

    private func connected(faults: [String], reconnect: String = "{attempts: 2, maxDelay: 1s}") throws
        -> EmulatedCloud
    {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server, faults: faults)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}",
            more: """
                  lasting: {extends: dev-linux, reconnect: \(reconnect)}
                """)
        return cloud
    }

    /// Runs bastion-up on a terminal of its own, whose keys are what is written to it.
    ///
    /// - Parameter after: what the shell does then.
    private func onTerminal(_ cloud: EmulatedCloud, _ words: String, after: String = "") throws
        -> RunningCommand
    {
        let line = "\(BuiltProgram.path("bastion-up")) \(words)"
        return try RunningCommand(
            "/usr/bin/script",
            ["-qefc", after.isEmpty ? line : "trap : INT; \(line); \(after)", "/dev/null"],
            environment: cloud.environment.merging(["TERM": "xterm", "SHELL": "/bin/sh"]) { $1 }, input: nil)
    }

    @Test func `a lost session is opened again, and the new one works`() throws {
        let cloud = try connected(faults: [Self.cut + ", times: 1}"])
        let session = try onTerminal(cloud, "lasting")
        try session.write("echo o'n'e\n")
        try session.wait { $0.contains("one") }
        try session.write(Self.flood)
        try session.wait { $0.contains("connecting again in") }
        try session.write("echo t'w'o\n")
        try session.wait { $0.contains("two") }
        // A status of 255 is the shell's, not a lost tunnel.
        try session.write("exit 255\n")
        let result = try session.finish(within: .seconds(20))
        #expect(result.status == 255)
        let said = result.output.replacing("x", with: "")
        #expect(said.split(separator: "connecting again in").count == 2, "\(said)")
        #expect(said.contains("(1 of 2)"))
        #expect(!said.contains("[tunnel.dropped]"))
        #expect(cloud.count("session-opened") == 2)
        #expect(cloud.count("session-deleted") == 2)
    }

    @Test func `attempts that are used up end it with ssh's status and the reason`() throws {
        let cloud = try connected(
            faults: [Self.cut + ", times: 1}", "{on: websocket, status: 429, retryAfter: 60}"])
        let session = try onTerminal(cloud, "lasting")
        try session.write("echo o'n'e\n")
        try session.wait { $0.contains("one") }
        try session.write(Self.flood)
        let result = try session.finish(within: .seconds(40))
        #expect(result.status == 255)
        #expect(result.output.contains("(2 of 2)"))
        #expect(result.output.contains("[tunnel.upgrade-refused]"), "\(result.output.suffix(2000))")
        #expect(result.output.contains("connected again 2 times in vain"))
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test func `Ctrl-C ends the wait at once, on a terminal that is as it was`() throws {
        let cloud = try connected(
            faults: [Self.cut + ", times: 1}", "{on: websocket, status: 429, retryAfter: 60}"],
            reconnect: "{attempts: 20, maxDelay: 1m}")
        let session = try onTerminal(cloud, "lasting", after: "echo status $?; stty -a")
        try session.write("echo o'n'e\n")
        try session.wait { $0.contains("one") }
        try session.write(Self.flood)
        // The third wait is 2 s at least.
        try session.wait(within: .seconds(30)) { $0.contains("(3 of 20)") }
        try session.write("\u{3}")
        let result = try session.finish(within: .seconds(10))
        let settings = String(
            result.output.suffix(2000).split(separator: "status 130").dropFirst().last ?? "")
        let flags = settings.split(whereSeparator: \.isWhitespace)
        for flag in ["icanon", "echo", "isig", "icrnl", "opost"] { #expect(flags.contains { $0 == flag }) }
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test(arguments: ["lasting -- 'echo run; \(flood.dropLast())'", "lasting < commands"])
    func `what may not be done twice is not`(_ words: String) throws {
        let cloud = try connected(faults: [Self.cut + "}"])
        let result = try CommandResult.run(
            "/bin/sh",
            [
                "-c", "printf '%s\\n' 'echo run' \"$FLOOD\" 'echo rest' >commands; exec $0 \(words)",
                BuiltProgram.path("bastion-up"),
            ],
            environment: cloud.environment.merging(["FLOOD": Self.flood]) { $1 },
            workingFolder: cloud.home.path)
        #expect(result.status == 255)
        #expect(result.output.contains("run"))
        #expect(result.standardError.contains("[tunnel.dropped]"), "\(result.standardError)")
        #expect(!result.standardError.contains("connecting again"))
        #expect(cloud.count("session-opened") == 1)
    }

    @Test func `a first tunnel that does not open is no lost session`() throws {
        let cloud = try connected(faults: ["{on: websocket, status: 403}"])
        let session = try onTerminal(cloud, "lasting")
        let result = try session.finish(within: .seconds(20))
        #expect(result.status == 77, "\(result.output)")
        #expect(!result.output.contains("connecting again"))
    }
}
