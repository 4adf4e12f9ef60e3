import Posix
import TestSupport
import Testing

/// The check of host keys: the pins of a profile, and keys that changed.
@Suite(.onThreadsOfItsOwn) struct HostKeyTests {
    private func connected(keys: (SSHServer) -> [String] = { _ in [] }) throws -> (EmulatedCloud, SSHServer) {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server)
        let listed = keys(server).map { "\"\($0)\"" }.joined(separator: ", ")
        let auth = "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}"
        try cloud.writeProfiles(
            auth: auth,
            more: """
                  pinned:
                    host: hub
                    target: {resourceId: \(EmulatedCloud.machine)}
                    auth: \(auth)
                    ssh: {hostKeys: [\(listed)]}

                """)
        return (cloud, server)
    }

    private static let otherKey =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBdCVmGRmJOVxrxgDsDMNMYC7N3c7yHRGyvFOYkQGZFs"

    private func fingerprint(_ server: SSHServer, _ cloud: EmulatedCloud) throws -> String {
        let file = try cloud.home.write(server.hostKey + "\n", to: "shown.pub")
        let result = try CommandResult.run("ssh-keygen", ["-lf", file], environment: cloud.environment)
        return result.output.split(separator: " ").dropFirst().first.map(String.init) ?? "none"
    }

    @Test func `a key that the profile lists is taken, and nothing is kept of it`() throws {
        let (cloud, _) = try connected { [Self.otherKey, $0.hostKey] }
        let result = try cloud.run("pinned", "--", "echo in")
        #expect(result.output == "in\n", "\(result.standardError)")
        #expect(!result.standardError.contains("Permanently added"))
        #expect((try? FileFacts(of: cloud.home.directories.state + "/known_hosts")) == nil)
    }

    @Test func `a key that the profile does not list is refused, and both are named`() throws {
        let (cloud, server) = try connected { _ in [Self.otherKey] }
        let result = try cloud.run("pinned", "--", "true")
        #expect(result.status == 255)
        #expect(result.standardError.contains("[ssh.host-key-unlisted]"), "\(result.standardError)")
        let shown = try fingerprint(server, cloud)
        #expect(result.standardError.contains(shown))
        #expect(!server.log.contains("Accepted"))
    }

    @Test func `a key that changed is refused and explained, until it is forgotten`() throws {
        let (cloud, server) = try connected()
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
        let before = try fingerprint(server, cloud)
        try server.changeHostKey()
        let result = try cloud.run("dev-linux", "--", "true")
        #expect(result.status == 255)
        #expect(result.standardError.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"))
        let said = result.standardError
        #expect(said.contains("[ssh.host-key-changed]"), "\(said)")
        let after = try fingerprint(server, cloud)
        #expect(before != after && said.contains(before) && said.contains(after))
        #expect(said.contains("bastion-up known-hosts forget dev-linux"))
        #expect(server.count("Accepted publickey") == 1)
        #expect(try cloud.run("known-hosts", "forget", "dev-linux", "--yes").status == 0)
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
    }

    @Test func `a login that fails for another reason says nothing of host keys`() throws {
        let (cloud, server) = try connected { [$0.hostKey] }
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
        let stranger = try SSHServer()
        let auth = "{type: ssh-key, key: \(stranger.keyFile), username: \(server.user)}"
        try cloud.writeProfiles(auth: auth)
        for arguments in [["true"], ["exit 255"]] {
            let result = try cloud.run("dev-linux", "--", arguments[0])
            #expect(result.status == 255)
            #expect(!result.standardError.contains("ssh.host-key"), "\(result.standardError)")
        }
    }
}
