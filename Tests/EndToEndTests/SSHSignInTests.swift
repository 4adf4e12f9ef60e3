import Glibc
import Posix
import TestSupport
import Testing

/// Every way to sign in over ssh, each by a real login: from a real Secret Service, with a real sshd.
@Suite(.onThreadsOfItsOwn) struct SSHSignInTests {
    /// A cloud with a server behind it, and a keyring.
    private final class Stage {
        let server: SSHServer
        let cloud: EmulatedCloud
        let keyring: KeyringSession
        let program = BuiltProgram.path("bastion-up")
        var environment: [String: String]

        init(_ server: SSHServer? = nil) throws {
            self.server = try server ?? SSHServer()
            cloud = try EmulatedCloud(self.server)
            keyring = try KeyringSession("unlocked", in: cloud.home)
            environment = cloud.environment.merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) { $1 }
        }

        func use(_ auth: String, user: String? = nil) throws {
            try cloud.writeProfiles(auth: "{\(auth), username: '\(user ?? server.user)'}")
        }

        func store(_ secret: String, _ words: String...) throws {
            let result = try run(["secret", "set", "dev-linux"] + words, input: secret)
            #expect(result.status == 0, "\(result.standardError)")
        }

        func run(_ words: [String], input: String = "") throws -> CommandResult {
            try CommandResult.run(program, words, environment: environment, input: Array(input.utf8))
        }

        /// Runs a remote command as a person would, at a terminal.
        func atTerminal(_ words: String...) throws -> TerminalCommand {
            try TerminalCommand(program, words, environment: environment, columns: 200)
        }

        /// Logs in where nobody can be asked, and looks that no secret is to be seen meanwhile.
        func expectLogin(_ method: String, hiding secrets: [String] = []) throws {
            let watched = secrets.map { Array($0.utf8) }
            var result: CommandResult?
            let report = try ProcessWatch.report(on: watched) {
                result = try run(["--no-input", "dev-linux", "--", "echo in; sleep 0.1; exit 4"])
            }
            #expect(result?.output == "in\n", "\(result?.standardError ?? "") \(server.log)")
            #expect(result?.status == 4)
            #expect(server.count("Accepted \(method)") == 1, "\(server.log)")
            #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
            #expect(report.sightings.isEmpty, "\(report.sightings)")
            #expect(report.programs.contains("ssh"))
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
    }

    /// One that no other test has: ssh-keygen is given it in its arguments.
    private static func passphrase() -> String { "open sesame \(UInt64.random(in: .min ... .max))" }

    // MARK: Keys

    @Test(arguments: SSHServer.KeyForm.allCases, [false, true])
    func `a key in a file`(_ form: SSHServer.KeyForm, _ isEncrypted: Bool) throws {
        let (stage, passphrase) = (try Stage(), isEncrypted ? Self.passphrase() : "")
        let path = try stage.server.makeKey(form, name: "my key 100%", passphrase: passphrase)
        try stage.use("type: ssh-key, key: '\(path)'")
        if !passphrase.isEmpty { try stage.store(passphrase, "--passphrase") }
        try stage.expectLogin("publickey", hiding: passphrase.isEmpty ? [] : [passphrase])
    }

    @Test func `a key in a file below the home folder`() throws {
        let (stage, passphrase) = (try Stage(), Self.passphrase())
        let made = try stage.server.makeKey(.openSSH, name: "k", passphrase: passphrase)
        try stage.cloud.home.write(Self.text(made), to: ".ssh/lab key")
        try stage.use("type: ssh-key, key: ~/.ssh/lab key")
        try stage.store(passphrase, "--passphrase")
        try stage.expectLogin("publickey", hiding: [passphrase])
    }

    @Test(arguments: SSHServer.KeyForm.allCases, [false, true])
    func `a key in the keyring`(_ form: SSHServer.KeyForm, _ isEncrypted: Bool) throws {
        let (stage, passphrase) = (try Stage(), isEncrypted ? Self.passphrase() : "")
        let path = try stage.server.makeKey(form, name: "k", passphrase: passphrase)
        let key = try Self.text(path)
        #expect(unlink(path) == 0)
        try stage.use("type: ssh-key, key: keyring")
        try stage.store(key, "--private-key")
        if !passphrase.isEmpty { try stage.store(passphrase, "--passphrase") }
        let line = String(key.split(separator: "\n")[2])
        try stage.expectLogin("publickey", hiding: [line] + (passphrase.isEmpty ? [] : [passphrase]))
        let left = try FolderListing.names(in: stage.cloud.home.path("run/bastion-up"))
        #expect(left.filter { $0.hasPrefix("s-") } == [])
    }

    @Test func `a key in the keyring that is not there, or whose passphrase is wrong`() throws {
        let stage = try Stage()
        try stage.use("type: ssh-key, key: keyring")
        let missing = try stage.run(["--no-input", "dev-linux", "--", "true"])
        #expect(missing.status == 77)
        #expect(missing.standardError.contains("[secret.missing]"), "\(missing.standardError)")
        #expect(missing.standardError.contains("secret set dev-linux --private-key"))
        let path = try stage.server.makeKey(.openSSH, name: "k", passphrase: "open sesame")
        try stage.store(Self.text(path), "--private-key")
        try stage.store("close sesame", "--passphrase")
        let wrong = try stage.run(["--no-input", "dev-linux", "--", "true"])
        #expect(wrong.status == 77)
        #expect(wrong.standardError.contains("[key.passphrase-wrong]"), "\(wrong.standardError)")
        #expect(stage.server.count("Accepted") == 0)
    }

    @Test func `a running agent`() throws {
        let stage = try Stage()
        let socket = stage.cloud.home.path("agent.sock")
        let agent = try RunningCommand(
            "ssh-agent", ["-D", "-a", socket], environment: TestEnvironment.minimal)
        try agent.wait { _ in (try? FileFacts(ofLink: socket)) != nil }
        stage.environment["SSH_AUTH_SOCK"] = socket
        let added = try CommandResult.run("ssh-add", [stage.server.keyFile], environment: stage.environment)
        #expect(added.status == 0, "\(added.standardError)")
        try stage.use("type: ssh-key, agent: true")
        try stage.expectLogin("publickey")
        agent.send(signal: SIGTERM)
        _ = try agent.finish()
    }

    // MARK: Passwords

    @Test(
        .enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"),
        arguments: ["password", "keyboard-interactive"])
    func `a password`(_ method: String) throws {
        let stage = try Stage(SSHServer(extra: ["AuthenticationMethods \(method)"]))
        let password = try #require(stage.server.password)
        try stage.use("type: password")
        try stage.store(password)
        try stage.expectLogin(method, hiding: [password])
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"))
    func `a password of a user principal name`() throws {
        let stage = try Stage(SSHServer(name: "@example.com"))
        #expect(stage.server.user.hasSuffix("@example.com"))
        let password = try #require(stage.server.password)
        try stage.use("type: password")
        try stage.store(password)
        try stage.expectLogin("password", hiding: [password])
    }

    @Test func `a user of a Windows domain is asked for by the whole name`() throws {
        let stage = try Stage()
        try stage.use("type: password", user: #"CONTOSO\dev"#)
        try stage.store("some password")
        let result = try stage.run(["--no-input", "dev-linux", "--", "true"])
        #expect(result.status == 255)
        #expect(stage.server.log.contains(#"CONTOSO\\dev"#), "\(stage.server.log)")
        // The stored one was given: ssh's question was recognised.
        #expect(result.standardError.contains("hint: if the stored password was refused"))
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"))
    func `a password that is wrong is tried once where nobody can be asked`() throws {
        let stage = try Stage(SSHServer(extra: ["AuthenticationMethods password"]))
        try stage.use("type: password")
        try stage.store("not it")
        let result = try stage.run(["--no-input", "dev-linux", "--", "true"])
        #expect(result.status == 255)
        #expect(stage.server.count("Failed password") == 1)
        #expect(result.standardError.contains("bastion-up secret set dev-linux"))
    }

    // MARK: At a terminal

    @Test(
        .enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"),
        arguments: ["password", "keyboard-interactive"])
    func `a stored password that is wrong can be typed`(_ method: String) throws {
        let stage = try Stage(SSHServer(extra: ["AuthenticationMethods \(method)"]))
        let password = try #require(stage.server.password)
        try stage.use("type: password")
        try stage.store("not it")
        let session = try stage.atTerminal("dev-linux", "--", "echo in; exit 4")
        let question = "The password of \(stage.server.user) for dev-linux:"
        try session.wait { $0.lines.contains(question) }
        #expect(session.screen.text.contains("was not accepted; if it is stored, replace it with:"))
        try session.type(password + "\n")
        #expect(try session.finish() == 4, "\(session.screen.text)")
        #expect(session.screen.lines.contains("in"))
        #expect(!session.screen.text.contains(password))
    }

    @Test func `a passphrase that is not stored can be typed`() throws {
        let stage = try Stage()
        let path = try stage.server.makeKey(.openSSH, name: "k", passphrase: "open sesame")
        try stage.use("type: ssh-key, key: \(path)")
        let session = try stage.atTerminal("dev-linux", "--", "echo in; exit 4")
        try session.wait { $0.text.contains("Enter passphrase for key") }
        try session.type("open sesame\n")
        #expect(try session.finish() == 4, "\(session.screen.text)")
        #expect(session.screen.lines.contains("in"))
        #expect(!session.screen.text.contains("sesame"))
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "PAM asks only as root"))
    func `a code beside the key can be typed`() throws {
        let stage = try Stage(SSHServer(extra: ["AuthenticationMethods publickey,keyboard-interactive"]))
        let code = try #require(stage.server.password)
        try stage.use("type: ssh-key, key: \(stage.server.keyFile)")
        let session = try stage.atTerminal("dev-linux", "--", "echo in; exit 4")
        try session.wait { $0.text.contains("Password:") }
        try session.type(code + "\n")
        #expect(try session.finish() == 4, "\(session.screen.text)")
        #expect(!session.screen.text.contains(code))
    }

    @Test(arguments: [("y\n", 1), ("n\n", 0)])
    func `a question for yes or no is answered by yes or no`(_ typed: String, _ keys: Int) throws {
        let stage = try Stage()
        let socket = stage.cloud.home.path("agent.sock")
        let agent = try RunningCommand(
            "ssh-agent", ["-D", "-a", socket], environment: TestEnvironment.minimal)
        try agent.wait { _ in (try? FileFacts(ofLink: socket)) != nil }
        stage.environment["SSH_AUTH_SOCK"] = socket
        try stage.cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(stage.server.keyFile), username: \(stage.server.user)}\n"
                + "    ssh: {options: {AddKeysToAgent: ask}}")
        let session = try stage.atTerminal("dev-linux", "--", "exit 4")
        try session.wait { $0.text.contains("[y/N]") }
        #expect(session.screen.text.contains("Add key \(stage.server.keyFile)"))
        try session.type(typed)
        #expect(try session.finish() == 4, "\(session.screen.text)")
        let listed = try CommandResult.run("ssh-add", ["-L"], environment: stage.environment)
        #expect(listed.output.split(separator: "\n").count { $0.hasPrefix("ssh-ed25519") } == keys)
        agent.send(signal: SIGTERM)
        _ = try agent.finish()
    }

    /// ssh asks so that a person touches the token that holds a key, and ends the helper when it was touched.
    @Test func `a message that asks nothing stands until ssh ends it`() throws {
        let home = try TemporaryHome()
        let environment = home.environment.merging([
            "BASTION_UP_ASKPASS": home.path("none"), "SSH_ASKPASS_PROMPT": "none",
        ]) { $1 }
        let helper = try TerminalCommand(
            BuiltProgram.path("bastion-up"), ["Confirm user presence"], environment: environment)
        try helper.wait { $0.text.contains("Confirm user presence") }
        helper.send(signal: SIGTERM)
        #expect(try helper.finish() == 128 + SIGTERM)
    }

    @Test func `Ctrl-C at a question ends the session and leaves the terminal as it was`() throws {
        let stage = try Stage()
        let path = try stage.server.makeKey(.openSSH, name: "k", passphrase: "open sesame")
        try stage.use("type: ssh-key, key: \(path)")
        let session = try stage.atTerminal("dev-linux", "--", "true")
        let before = session.terminal.settings.allModes
        try session.wait { $0.text.contains("Enter passphrase for key") }
        try session.type("\u{3}")
        #expect(try session.finish() != 0)
        #expect(session.terminal.settings.allModes == before)
        #expect(stage.cloud.count("session-opened") == stage.cloud.count("session-deleted"))
    }
}
