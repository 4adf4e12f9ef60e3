import Glibc
import Posix
import TestSupport
import Testing

/// Clients other than OpenSSH: the real plink, and programs of the user's own.
@Suite(.onThreadsOfItsOwn) struct OtherClientTests {
    private func connected(_ client: String, auth: String? = nil) throws -> EmulatedCloud {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server)
        let auth = auth ?? "{type: ssh-key, key: \(cloud.home.path("key.ppk")), username: \(server.user)}"
        try cloud.writeProfiles(
            auth: auth,
            more: """
                  other: {extends: dev-linux, client: \(client)}
                """)
        let made = try CommandResult.run(
            "puttygen", [server.keyFile, "-o", cloud.home.path("key.ppk")],
            environment: TestEnvironment.minimal)
        #expect(made.status == 0, "\(made.standardError)")
        return cloud
    }

    private func knownHosts(_ cloud: EmulatedCloud) throws -> String {
        let file = cloud.home.directories.state + "/known_hosts"
        return String(decoding: try FileReader.read(file, limit: 1 << 16).bytes, as: UTF8.self)
    }

    @Test func `plink learns the host key once and passes on the command's status`() throws {
        let cloud = try connected("putty")
        let first = try cloud.run("other", "--", "echo in; exit 9")
        #expect(first.output == "in\n", "\(first.standardError)")
        #expect(first.status == 9)
        #expect(first.standardError.contains("is kept from now on: SHA256:"), "\(first.standardError)")
        #expect(cloud.count("session-opened") == 2)
        #expect(try knownHosts(cloud).contains(cloud.server.hostKey))
        let second = try cloud.run("other", "--", "true")
        #expect(second.status == 0, "\(second.standardError)")
        #expect(!second.standardError.contains("is kept"))
        #expect(cloud.count("session-opened") == 3)
        #expect(cloud.count("session-deleted") == 3)
    }

    @Test func `plink refuses a host key that changed`() throws {
        let cloud = try connected("putty")
        #expect(try cloud.run("other", "--", "true").status == 0)
        let alias = try knownHosts(cloud).split(separator: " ").first ?? ""
        let other = try SSHServer()
        try AtomicFile.write(
            Array(other.knownHostsLine(for: String(alias)).utf8),
            to: cloud.home.directories.state + "/known_hosts")
        let result = try cloud.run("other", "--", "echo in")
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.standardError.contains("Host key not in manually configured list"))
    }

    @Test func `a key in the profile is the only one that plink accepts`() throws {
        let cloud = try connected("putty")
        let other = try SSHServer()
        for (key, status) in [(cloud.server.hostKey, Int32(0)), (other.hostKey, 1)] {
            let auth =
                "{type: ssh-key, key: \(cloud.home.path("key.ppk")), username: \(cloud.server.user)}"
            try cloud.writeProfiles(
                auth: auth,
                more: """
                      other: {extends: dev-linux, client: putty, ssh: {hostKeys: ["\(key)"]}}
                    """)
            let result = try cloud.run("other", "--", "true")
            #expect(result.status == status, "\(result.standardError)")
        }
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"))
    func `plink gets the password on a pipe`() throws {
        let cloud = try connected("putty")
        let user = cloud.server.user
        try cloud.writeProfiles(
            auth: "{type: password, username: \(user)}",
            more: """
                  other: {extends: dev-linux, client: putty}
                """)
        let keyring = try KeyringSession("unlocked", in: cloud.home)
        let environment = cloud.environment.merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) { $1 }
        let (program, password) = (BuiltProgram.path("bastion-up"), try #require(cloud.server.password))
        let stored = try CommandResult.run(
            program, ["secret", "set", "other"], environment: environment, input: Array(password.utf8))
        #expect(stored.status == 0, "\(stored.standardError)")
        let session = try RunningCommand(
            program, ["other", "--", "echo started; exec sleep 60"], environment: environment)
        try session.wait { $0.contains("started") }
        var looked = 0
        for process in try FolderListing.names(in: "/proc") {
            guard let id = Int32(process) else { continue }
            let command = (try? FileReader.read("/proc/\(id)/cmdline", limit: 1 << 20).bytes) ?? []
            #expect(!String(decoding: command, as: UTF8.self).contains(password))
            guard command.starts(with: Array("/usr/bin/plink\0".utf8)) else { continue }
            let variables = try FileReader.read("/proc/\(id)/environ", limit: 1 << 20).bytes
            #expect(!String(decoding: variables, as: UTF8.self).contains(password))
            looked += 1
        }
        #expect(looked > 0)
        session.send(signal: SIGTERM)
        #expect(try session.finish(within: .seconds(20)).status == 143)
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    private static let script =
        "import os, socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2]))); "
        + "print(s.recv(8).decode(), sys.argv[3:], 'AZURE_CLIENT_SECRET' in os.environ); sys.exit(7)"

    @Test func `a program of one's own gets its words, and no secret of ours`() throws {
        let cloud = try connected(
            "{command: [python3, -c, \"\(Self.script)\", \"{host}\", \"{port}\", \"{user} $HOME `id`\", \"{{x}}\"]}"
        )
        let result = try cloud.run("other", "--", "more; words", "{port}")
        let user = cloud.server.user
        #expect(
            result.output == "SSH-2.0- ['\(user) $HOME `id`', '{x}', 'more; words', '{port}'] False\n",
            "\(result.standardError)")
        #expect(result.status == 7)
        #expect(cloud.count("session-opened") == 1)
        #expect(cloud.count("session-deleted") == 1)
    }

    @Test func `ssh itself can be that program`() throws {
        let cloud = try connected("none")
        let words = [
            "ssh", "-F", "none", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-i",
            cloud.server.keyFile, "-p", "{port}", "-l", "{user}", "{host}",
        ]
        try cloud.writeProfiles(
            auth: "{username: \(cloud.server.user)}",
            more: """
                  other: {extends: dev-linux, client: {command: [\(words.map { "\"\($0)\"" }.joined(separator: ", "))]}}
                """)
        let result = try cloud.run("other", "--", "echo in; exit 5")
        #expect(result.output == "in\n", "\(result.standardError)")
        #expect(result.status == 5)
    }

    @Test(arguments: [
        ("{command: [no-such-program-here, \"{port}\"]}", 69, "plan.client-missing"),
        ("{command: [\"./here\"]}", 78, "plan.client-path"),
        ("{command: [ssh, \"{prot}\"]}", 78, "plan.unknown-placeholder"),
        ("none", 78, "plan.arguments-without-client"),
    ])
    func `says what is wrong with a client before anything is opened`(
        _ client: String, _ status: Int, _ code: String
    ) throws {
        let cloud = try connected(client)
        let result = try cloud.run("other", "--", "x")
        #expect(result.status == Int32(status))
        #expect(result.standardError.contains("[\(code)]"), "\(result.standardError)")
        #expect(cloud.count("session-opened") == 0)
    }
}
