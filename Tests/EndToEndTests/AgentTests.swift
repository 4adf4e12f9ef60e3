import Glibc
import Posix
import TestSupport
import Testing

/// Keys in the keyring for plain ssh: from a real Secret Service into a real ssh-agent, and with it into a real sshd.
@Suite(.onThreadsOfItsOwn) struct AgentTests {
    /// A profile whose key is in the keyring.
    private final class Stage {
        let home: TemporaryHome
        let keyring: KeyringSession
        var environment: [String: String]

        init(auth: String = "{type: ssh-key, key: keyring, username: me}") throws {
            home = try TemporaryHome()
            keyring = try KeyringSession("unlocked", in: home)
            environment = home.environment.merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) { $1 }
            try home.writeProfiles(
                """
                version: 1
                hosts:
                  hub: {resourceId: \(EmulatedCloud.host)}
                profiles:
                  dev: {host: hub, target: {resourceId: \(EmulatedCloud.machine)}, auth: \(auth)}
                """)
        }

        /// However a test ends: no agent outlives it.
        deinit { _ = try? run("agent", "dev", "--stop") }

        func run(_ words: String..., input: String = "") throws -> CommandResult {
            try CommandResult.run(program, words, environment: environment, input: Array(input.utf8))
        }

        func start(_ words: String...) throws -> RunningCommand {
            try RunningCommand(program, words, environment: environment)
        }

        var program: String { BuiltProgram.path("bastion-up") }

        func store(_ key: String, passphrase: String? = nil) throws {
            let stored = try run("secret", "set", "dev", "--private-key", input: key)
            #expect(stored.status == 0, "\(stored.standardError)")
            guard let passphrase else { return }
            let added = try run("secret", "set", "dev", "--passphrase", input: passphrase)
            #expect(added.status == 0, "\(added.standardError)")
        }

        /// What there is of agents: `a-….lock`, `a-…/agent.sock` and the like.
        var files: [String] {
            let runtime = home.path("run/bastion-up")
            let names = ((try? FolderListing.names(in: runtime)) ?? []).filter { $0.hasPrefix("a-") }
            return names.flatMap { name in
                [name] + ((try? FolderListing.names(in: "\(runtime)/\(name)")) ?? []).map { "\(name)/\($0)" }
            }
        }

        var folder: String {
            home.path("run/bastion-up/" + (files.first { $0.hasPrefix("a-") && !$0.contains(".") } ?? "none"))
        }

        /// The processes whose command line names the folder of agents.
        func processes(_ program: String) -> [Int32] {
            Processes.all.filter { id in
                let words = Processes.read(id, "cmdline").split(separator: "\0")
                return words.first?.hasSuffix(program) == true
                    && words.contains { $0.hasPrefix(home.path("run")) }
            }
        }
    }

    private enum Processes {
        static var all: [Int32] {
            ((try? FolderListing.names(in: "/proc")) ?? []).compactMap { Int32($0) }
        }

        static func read(_ id: Int32, _ file: String) -> String {
            let contents = try? FileReader.read("/proc/\(id)/\(file)", limit: 1 << 20)
            return String(decoding: contents?.bytes ?? [], as: UTF8.self)
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
    }

    private static func tool(_ words: String...) throws {
        let result = try CommandResult.run(
            words[0], Array(words.dropFirst()), environment: TestEnvironment.minimal)
        #expect(result.status == 0, "\(words[0]): \(result.standardError)")
    }

    /// An Ed25519 key, made for one test.
    private static func newKey(in home: TemporaryHome, passphrase: String = "") throws -> String {
        let file = home.path("key")
        try tool("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "c", "-f", file)
        defer { for end in ["", ".pub"] { unlink(file + end) } }
        return try text(file)
    }

    /// Of one test alone: ssh-keygen takes it on its command line.
    private static let passphrase = "passphrase-7f3a91c2"

    /// ssh's configuration as `ssh-config` writes it, but for the way, which is direct here.
    private static func configuration(_ stage: Stage, _ server: SSHServer, folder: String) throws -> String {
        try stage.home.write(server.knownHostsLine(for: "target"), to: "known_hosts")
        return try stage.home.write(
            """
            Match originalhost dev exec "\(stage.program) agent dev"
                IdentityAgent \(folder)/agent.sock
                IdentityFile \(folder)/id.pub
            Host dev
                HostName 127.0.0.1
                Port \(server.port)
                User \(server.user)
                HostKeyAlias target
                UserKnownHostsFile \(stage.home.path("known_hosts"))
                GlobalKnownHostsFile /dev/null
                StrictHostKeyChecking yes
                IdentitiesOnly yes
                PreferredAuthentications publickey
                BatchMode yes
            """, to: "ssh_config")
    }

    @Test(arguments: ["", passphrase])
    func `plain ssh logs in, and neither key nor passphrase is ever to be seen`(_ passphrase: String) throws {
        let (server, stage) = (try SSHServer(), try Stage())
        let keyFile = stage.home.path("key")
        try Self.tool("cp", server.keyFile, keyFile)
        try Self.tool("ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-f", keyFile)
        let key = try Self.text(keyFile)
        unlink(keyFile)
        try stage.store(key, passphrase: passphrase.isEmpty ? nil : passphrase)
        // The first start tells the folder; the configuration that is generated knows it beforehand.
        #expect(try stage.run("agent", "dev").status == 0)
        let folder = stage.folder
        #expect(try stage.run("agent", "dev", "--stop").status == 0)
        let file = try Self.configuration(stage, server, folder: folder)
        let ssh = try RunningCommand("ssh", ["-F", file, "dev", "echo in"], environment: stage.environment)
        var needles = [String(key.split(separator: "\n")[3])]
        if !passphrase.isEmpty { needles.append(passphrase) }
        var hasSeenAgent = false
        while ssh.isRunning {
            Self.expectUnseen(needles)
            hasSeenAgent = hasSeenAgent || !stage.processes("ssh-agent").isEmpty
        }
        #expect(hasSeenAgent)
        let result = try ssh.finish()
        #expect(result.output == "in\n", "\(result.standardError)")
        #expect(server.log.contains("Accepted publickey for \(server.user)"))
        Self.expectUnseen(needles)
        #expect(try FileFacts(of: folder).permissions == 0o700)
        for name in ["agent.sock", "id.pub"] {
            #expect(try FileFacts(of: "\(folder)/\(name)").permissions == 0o600)
        }
        #expect(try FolderListing.names(in: folder) == ["agent.sock", "id.pub"])
    }

    private static func expectUnseen(_ needles: [String]) {
        for id in Processes.all {
            for file in ["cmdline", "environ"] {
                let text = Processes.read(id, file)
                for needle in needles where text.contains(needle) {
                    Issue.record("a secret stands in /proc/\(id)/\(file)")
                }
            }
        }
    }

    @Test func `one agent is started, however many ask for it at once`() throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        let commands = try (0..<6).map { _ in try stage.start("agent", "dev") }
        for command in commands {
            let result = try command.finish()
            #expect(result.status == 0, "\(result.standardError)")
            #expect(result.output.isEmpty && result.standardError.isEmpty)
        }
        #expect(stage.processes("ssh-agent").count == 1)
        #expect(stage.processes("bastion-up").count == 1)
        let keeper = try #require(stage.processes("bastion-up").first)
        #expect(try stage.run("agent", "dev").status == 0)
        #expect(stage.processes("bastion-up") == [keeper])
    }

    @Test func `what stays has no terminal and holds nothing of who started it`() throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        // cat ends when nobody has the other end of its input any more.
        let result = try CommandResult.run(
            "sh", ["-c", "'\(stage.program)' agent dev 2>&1 | cat; echo done"], environment: stage.environment
        )
        #expect(result.output == "done\n")
        let keeper = try #require(stage.processes("bastion-up").first)
        #expect(getsid(keeper) == keeper)
        let fields = Processes.read(keeper, "stat").split(separator: ")").last?.split(separator: " ") ?? []
        // The terminal's number stands fifth behind the name (proc(5)).
        #expect(fields.dropFirst(4).first == "0")
        #expect(Processes.read(keeper, "environ").contains("AZURE_CLIENT_SECRET") == false)
    }

    @Test func `stop ends it, and nothing is left`() throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        #expect(try stage.run("agent", "dev").status == 0)
        #expect(stage.processes("ssh-agent").count == 1)
        let stopped = try stage.run("agent", "dev", "--stop")
        #expect(stopped.status == 0)
        #expect(stopped.standardError == "ended the agent of the private key of me for dev\n")
        #expect(stage.files == [])
        #expect(stage.processes("ssh-agent") + stage.processes("bastion-up") == [])
        let again = try stage.run("agent", "dev", "--stop")
        #expect(again.status == 0)
        #expect(again.standardError == "no agent holds the private key of me for dev\n")
    }

    @Test func `it ends by itself when its time is over`() throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        #expect(try stage.run("agent", "dev", "--lifetime", "2s").status == 0)
        #expect(stage.files.count == 4)
        try eventually("the end") { stage.processes("bastion-up").isEmpty }
        #expect(stage.files == [])
        #expect(stage.processes("ssh-agent") == [])
    }

    @Test(arguments: ["ssh-agent", "bastion-up"], [SIGTERM, SIGKILL])
    func `it is started anew after a part of it was killed`(_ program: String, _ signal: Int32) throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        #expect(try stage.run("agent", "dev").status == 0)
        let old = stage.processes("ssh-agent") + stage.processes("bastion-up")
        #expect(old.count == 2)
        let victim = try #require(stage.processes(program).first)
        kill(victim, signal)
        try eventually("its death") { !stage.processes(program).contains(victim) }
        let again = try stage.run("agent", "dev")
        #expect(again.status == 0, "\(again.standardError)")
        // An ssh-agent whose keeper was killed is used until its key's time is over.
        let isOrphaned = program == "bastion-up" && signal == SIGKILL
        #expect(stage.processes("ssh-agent").count == 1)
        #expect(stage.processes("ssh-agent").first != old.first || isOrphaned)
        #expect(try stage.run("agent", "dev", "--stop").status == 0)
        try eventually("the end of all") {
            (stage.processes("ssh-agent") + stage.processes("bastion-up")).isEmpty
        }
        #expect(stage.files == [])
    }

    @Test func `a start that is killed leaves nothing`() throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        let path = try #require(stage.environment["PATH"])
        let sleeper = try stage.home.write(
            "#!/bin/sh\necho $$ > \"$HOME/loading\"\nexec sleep 1000\n", to: "bin/ssh-add", permissions: 0o700
        )
        stage.environment["PATH"] = "\(FilePath.folder(of: sleeper)):\(path)"
        let start = try stage.start("agent", "dev")
        try eventually("the loading") { (try? FileFacts(of: stage.home.path("loading")).size) ?? 0 > 0 }
        #expect(stage.processes("ssh-agent").count == 1)
        start.send(signal: SIGKILL)
        _ = try start.finish()
        try eventually("the end of the keeper") { stage.processes("bastion-up").isEmpty }
        #expect(stage.processes("ssh-agent") == [])
        #expect(stage.files == [])
        let add = try Self.text(stage.home.path("loading")).prefix { $0 != "\n" }
        kill(try #require(Int32(add)), SIGKILL)
    }

    @Test func `says why there is no agent, and leaves nothing`() throws {
        let stage = try Stage()
        let missing = try stage.run("agent", "dev")
        #expect(missing.status == 77)
        #expect(
            missing.standardError.hasPrefix(
                "error: the keyring has no private key of me for dev [secret.missing]"))
        try stage.store(Self.newKey(in: stage.home, passphrase: "another-passphrase"))
        let locked = try stage.run("agent", "dev")
        #expect(locked.status == 77)
        #expect(locked.standardError.contains("[key.passphrase-missing]"), "\(locked.standardError)")
        _ = try stage.run("secret", "set", "dev", "--passphrase", input: "wrong")
        let wrong = try stage.run("agent", "dev")
        #expect(wrong.status == 77)
        #expect(wrong.standardError.contains("[key.passphrase-wrong]"), "\(wrong.standardError)")
        #expect(stage.files == [])
        #expect(stage.processes("ssh-agent") + stage.processes("bastion-up") == [])
    }

    @Test func `another key in the keyring ends the agent of the former one`() throws {
        let stage = try Stage()
        try stage.store(Self.newKey(in: stage.home))
        #expect(try stage.run("agent", "dev").status == 0)
        let first = try Self.text("\(stage.folder)/id.pub")
        try stage.store(Self.newKey(in: stage.home))
        #expect(stage.processes("ssh-agent") == [])
        #expect(try stage.run("agent", "dev").status == 0)
        #expect(try Self.text("\(stage.folder)/id.pub") != first)
        #expect(try stage.run("secret", "rm", "dev", "--private-key", "--yes").status == 0)
        #expect(stage.processes("ssh-agent") == [])
        #expect(try stage.run("agent", "dev").status == 77)
    }

    @Test(arguments: [
        ("{type: aad}", "agent.not-supported-yet"), ("{type: password, username: me}", "agent.not-needed"),
        ("{type: ssh-key, keyVault: {vault: v, secret: s}}", "agent.not-supported-yet"),
        ("{type: ssh-key, agent: true}", "agent.not-needed"),
    ])
    func `says which profiles have no agent`(_ auth: String, _ code: String) throws {
        let stage = try Stage(auth: auth)
        let result = try stage.run("agent", "dev")
        #expect(result.status == 78)
        #expect(result.standardError.contains("[\(code)]"), "\(result.standardError)")
        #expect(stage.files == [])
    }
}
