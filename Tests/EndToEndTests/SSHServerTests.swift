import TestSupport
import Testing

/// The ground that the end-to-end tests stand on: the throw-away server serves the system's own ssh.
@Suite(.onThreadsOfItsOwn) struct SSHServerTests {
    private func options(_ server: SSHServer, _ home: TemporaryHome) throws -> [String] {
        try home.write(server.knownHostsLine(for: "target"), to: "known_hosts")
        let values = [
            "HostName=127.0.0.1", "HostKeyAlias=target", "UserKnownHostsFile=\(home.path("known_hosts"))",
            "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes", "NumberOfPasswordPrompts=1",
        ]
        return ["-F", "none", "-p", "\(server.port)", "-l", server.user] + values.flatMap { ["-o", $0] }
    }

    @Test func `lets its user in by key, and gives back the command's status`() throws {
        let (server, home) = (try SSHServer(), try TemporaryHome())
        let login = ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", server.keyFile, "target"]
        let result = try CommandResult.run(
            "ssh", try options(server, home) + login + ["cat; whoami; exit 7"], environment: home.environment,
            input: Array("typed\n".utf8))
        #expect(result.output == "typed\n\(server.user)\n")
        #expect(result.status == 7)
        #expect(server.log.contains("Accepted publickey for \(server.user)"))
    }

    @Test(.enabled(if: TestEnvironment.isRoot), arguments: [(true, 0 as Int32), (false, 255)])
    func `lets its user in by the right password only`(_ isRight: Bool, _ status: Int32) throws {
        let (server, home) = (try SSHServer(), try TemporaryHome())
        let password = try #require(server.password) + (isRight ? "" : "x")
        let helper = try home.write("#!/bin/sh\necho '\(password)'\n", to: "askpass", permissions: 0o700)
        var environment = home.environment
        environment["SSH_ASKPASS"] = helper
        environment["SSH_ASKPASS_REQUIRE"] = "force"
        let login = [
            "-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password", "target", "true",
        ]
        let result = try CommandResult.run("ssh", try options(server, home) + login, environment: environment)
        #expect(result.status == status)
        #expect(server.log.contains("Accepted password") == isRight)
    }
}
