import Posix
import TestSupport
import Testing

/// Passwords: from a real Secret Service to a real sshd, with bastion-up as ssh's askpass helper.
@Suite(.onThreadsOfItsOwn, .enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"))
struct PasswordTests {
    private func connected() throws -> (EmulatedCloud, SSHServer, password: String) {
        let server = try SSHServer()
        let password = try #require(server.password)
        let cloud = try EmulatedCloud(server)
        try cloud.writeProfiles(auth: "{type: password, username: \(server.user)}")
        return (cloud, server, password)
    }

    private func environment(_ cloud: EmulatedCloud, _ keyring: KeyringSession) -> [String: String] {
        cloud.environment.merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) { $1 }
    }

    @Test func `logs in with the stored password`() throws {
        let (cloud, server, password) = try connected()
        let keyring = try KeyringSession("unlocked", in: cloud.home)
        let program = BuiltProgram.path("bastion-up")
        let environment = environment(cloud, keyring)
        let stored = try CommandResult.run(
            program, ["secret", "set", "dev-linux"], environment: environment, input: Array(password.utf8))
        #expect(stored.status == 0, "\(stored.standardError)")
        let result = try CommandResult.run(
            program, ["dev-linux", "--", "echo in; exit 4"], environment: environment)
        #expect(result.output == "in\n", "\(result.standardError)")
        #expect(result.status == 4)
        #expect(
            server.log.contains("Accepted password") || server.log.contains("Accepted keyboard-interactive"))
        #expect(!result.standardError.contains(password))
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test(arguments: [("unlocked", 77, "secret.missing"), ("none", 69, "keyring.no-service")])
    func `says what to do where no password is to be had`(_ mode: String, _ status: Int, _ code: String)
        throws
    {
        let (cloud, _, _) = try connected()
        let keyring = try KeyringSession(mode, in: cloud.home)
        let result = try CommandResult.run(
            BuiltProgram.path("bastion-up"), ["--no-input", "dev-linux", "--", "true"],
            environment: environment(cloud, keyring))
        #expect(result.status == Int32(status))
        #expect(result.standardError.contains("[\(code)]"), "\(result.standardError)")
    }

    @Test func `says that there is no keyring, and works without one for a key`() throws {
        let (cloud, server, _) = try connected()
        let result = try cloud.run("--no-input", "dev-linux", "--", "true")
        #expect(result.status == 69)
        #expect(result.standardError.contains("[keyring.no-service]"), "\(result.standardError)")
        try cloud.writeProfiles(auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}")
        #expect(try cloud.run("--no-input", "dev-linux", "--", "true").status == 0)
    }
}
