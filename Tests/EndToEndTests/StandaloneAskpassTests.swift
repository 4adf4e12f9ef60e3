import Glibc
import Posix
import TestSupport
import Testing

/// Secrets of the keyring for an ssh that somebody else started, by the generated configuration.
@Suite(.onThreadsOfItsOwn, .enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"))
struct StandaloneAskpassTests {
    private final class Stage {
        let server: SSHServer
        let cloud: EmulatedCloud
        let keyring: KeyringSession
        let environment: [String: String]
        let file: String

        init(auth: String, store words: [String], _ secret: (SSHServer) throws -> [UInt8]) throws {
            server = try SSHServer()
            cloud = try EmulatedCloud(server)
            try cloud.writeProfiles(auth: "{\(auth), username: \(server.user)}")
            keyring = try KeyringSession("unlocked", in: cloud.home)
            let link = cloud.home.path("bastion-up-askpass")
            #expect(symlink(BuiltProgram.path("bastion-up"), link) == 0)
            environment = cloud.environment.merging([
                "DBUS_SESSION_BUS_ADDRESS": keyring.address, "SSH_ASKPASS": link,
                "SSH_ASKPASS_REQUIRE": "force",
            ]) { $1 }
            let program = BuiltProgram.path("bastion-up")
            let stored = try CommandResult.run(
                program, ["secret", "set", "dev-linux"] + words, environment: environment,
                input: try secret(server))
            #expect(stored.status == 0, "\(stored.standardError)")
            let printed = try CommandResult.run(program, ["ssh-config"], environment: environment)
            file = try cloud.home.write(
                printed.output + "\nHost *\n    LogLevel ERROR\n", to: "ssh.conf")
        }

        /// No agent outlives the test.
        deinit {
            _ = try? CommandResult.run(
                BuiltProgram.path("bastion-up"), ["agent", "dev-linux", "--stop"], environment: environment)
        }

        func ssh(_ words: String...) throws -> CommandResult {
            try CommandResult.run("ssh", ["-F", file] + words, environment: environment)
        }
    }

    private static func password(_ server: SSHServer) throws -> [UInt8] {
        Array(try #require(server.password).utf8)
    }

    @Test func `ssh gets the stored password`() throws {
        let stage = try Stage(auth: "type: password", store: [], Self.password)
        let result = try stage.ssh("dev-linux", "echo in; exit 4")
        #expect(result.output == "in\n", "\(result.standardError)")
        #expect(result.status == 4)
        #expect(stage.server.log.contains("Accepted"))
    }

    @Test func `a wrong one is tried once, and then the person is asked`() throws {
        let stage = try Stage(auth: "type: password", store: []) { _ in Array("wrong-password".utf8) }
        let session = try TerminalCommand(
            "ssh", ["-F", stage.file, "-o", "PreferredAuthentications=password", "dev-linux", "echo in"],
            environment: stage.environment, columns: 200)
        try session.wait { $0.text.contains("was not accepted") && $0.text.contains("'s password:") }
        try session.type(String(decoding: try Self.password(stage.server), as: UTF8.self) + "\n")
        try session.wait { $0.text.contains("\nin") }
        #expect(try session.finish() == 0)
        #expect(stage.server.log.split(separator: "\n").count { $0.contains("Failed password") } == 1)
    }

    @Test func `what is asked of another host goes to the person`() throws {
        let stage = try Stage(auth: "type: password", store: [], Self.password)
        let session = try TerminalCommand(
            "ssh",
            [
                "-F", "none", "-p", "\(stage.server.port)", "-o", "PreferredAuthentications=password", "-o",
                "UserKnownHostsFile=/dev/null", "\(stage.server.user)@127.0.0.1", "echo in",
            ], environment: stage.environment, columns: 200)
        try session.wait { $0.text.contains("(yes/no") }
        try session.type("yes\n")
        try session.wait { $0.text.contains("@127.0.0.1's password:") }
        try session.type(String(decoding: try Self.password(stage.server), as: UTF8.self) + "\n")
        #expect(try session.finish() == 0)
    }

    @Test func `a key of the keyring is held by an agent that ssh starts by itself`() throws {
        let stage = try Stage(auth: "type: ssh-key, key: keyring", store: ["--private-key"]) { server in
            try FileReader.read(server.keyFile, limit: 1 << 16).bytes
        }
        for _ in 1...2 {
            let result = try stage.ssh("dev-linux", "echo in")
            #expect(result.output == "in\n", "\(result.standardError)")
        }
        #expect(stage.server.log.contains("Accepted publickey"))
    }
}
