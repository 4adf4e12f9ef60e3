import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct SSHCommandLineTests {
    static let alias = Samples.machineID.lowercased() + ":22"

    private func command(
        _ arguments: [String] = [], tty: Bool = false, facts: Facts = Samples.facts(),
        _ change: (inout Profile) throws -> Void = { _ in }
    ) throws -> ClientCommand {
        let plan = try Planner().plan(
            try Samples.profile(change), for: .connect(arguments: arguments, tty: tty), given: facts)
        return try #require(plan.command)
    }

    /// The words after the fixed options, which every command line begins with.
    private func rest(_ command: ClientCommand) throws -> [String] {
        let words = command.arguments.map(\.shown)
        let end = try #require(words.firstIndex(of: "ControlPath=none"))
        return Array(words[(end + 1)...])
    }

    @Test func `a session by key file, word by word`() throws {
        let command = try command()
        #expect(command.program == "/usr/bin/ssh")
        #expect(
            command.arguments.map(\.shown) == [
                "-o", "ProxyCommand=/usr/bin/bastion-up pass-descriptor <runtime>/tunnel.sock",
                "-o", "ProxyUseFdpass=yes",
                "-o", "HostKeyAlias=\(Self.alias)",
                "-o", #"UserKnownHostsFile="/home/me/.local/state/bastion-up/known_hosts""#,
                "-o", "GlobalKnownHostsFile=/dev/null",
                "-o", "StrictHostKeyChecking=accept-new",
                "-o", "CheckHostIP=no",
                "-o", "UpdateHostKeys=no",
                "-o", "VerifyHostKeyDNS=no",
                "-o", "HashKnownHosts=no",
                "-o", "ControlMaster=no",
                "-o", "ControlPath=none",
                "-o", #"IdentityFile="/home/me/.ssh/id""#,
                "-o", "IdentitiesOnly=yes",
                "-o", "PreferredAuthentications=publickey",
                "-o", "ConnectTimeout=35",
                "-o", "ServerAliveInterval=15",
                "-o", "ServerAliveCountMax=3",
                "-p", "22", "-l", "azureuser", "--", "dev-linux",
            ])
        #expect(command.environment == Self.askpass)
        #expect(command.files.isEmpty && command.identities.isEmpty)
    }

    static let askpass = [
        ClientCommand.Variable("SSH_ASKPASS", "/usr/bin/bastion-up"),
        ClientCommand.Variable("SSH_ASKPASS_REQUIRE", "force"),
        ClientCommand.Variable("BASTION_UP_ASKPASS", Word([.path(.askpassSocket, .none)])),
    ]

    @Test(arguments: ["/home/me/.ssh/id", "/home/me/my keys/é'\"%d", "/" + String(repeating: "é", count: 60)])
    func `the passphrase of a key file is looked up when ssh asks for it`(_ path: String) throws {
        let command = try command(facts: Samples.facts { $0.login = "me" }) {
            $0.authentication.method = .sshKey(.file(path))
        }
        let answer = try #require(command.answers.first)
        #expect(command.answers.count == 1)
        #expect(!answer.isNeeded && command.neededSecrets.isEmpty)
        #expect(answer.secret.target.text == "key:\(path)" && answer.secret.username == "me")
        // ssh shows the first hundred bytes.
        let shown = String(decoding: path.utf8.prefix(100), as: UTF8.self)
        #expect(answer.prompts.contains("Enter passphrase for key '\(shown)': "))
        #expect(answer.prompts.contains("Enter passphrase for key '\(path)': "))
        #expect(command.environment == Self.askpass)
    }

    @Test func `a key of the keyring is held by a private agent, and picked by its public part`() throws {
        let command = try command { $0.authentication.method = .sshKey(.keyring) }
        #expect(
            try rest(command).prefix(8) == [
                "-o", "IdentityAgent=<agent>", "-o", "IdentityFile=<runtime>/key-0.pub",
                "-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey",
            ])
        let words = command.arguments.compactMap { $0.filled(by: Word.Filling(folder: "/run/a b")) }
        #expect(words.contains(#"IdentityAgent="/run/a b/agent.sock""#))
        #expect(words.contains(#"IdentityFile="/run/a b/key-0.pub""#))
        let identity = try #require(command.identities.first)
        #expect(identity.publicKey == .publicKey(0))
        #expect(identity.key.kind == .privateKey && identity.passphrase.kind == .passphrase)
        #expect(command.neededSecrets == [identity.key])
        #expect(command.answers.isEmpty && command.environment.isEmpty)
    }

    @Test func `pinned keys stand in a file of their own, and no other key is taken`() throws {
        let keys = ["ssh-ed25519 AAAAC3Nz", "ssh-rsa AAAAB3Nz"]
        let command = try command { $0.ssh.hostKeys = keys }
        let words = command.arguments.map(\.shown)
        #expect(words.contains("UserKnownHostsFile=<runtime>/host-keys-0"))
        #expect(words.contains("StrictHostKeyChecking=yes"))
        #expect(!words.contains("StrictHostKeyChecking=accept-new"))
        #expect(
            command.files == [
                ClientCommand.PrivateFile(
                    .hostKeys(0), keys.map { "\(Self.alias) \($0)\n" }.joined())
            ])
    }

    @Test func `where a person can be asked there are more tries and second factors`() throws {
        let facts = Samples.facts { $0.mayAsk = true }
        let password = try command(facts: facts) { $0.authentication.method = .password }
        #expect(password.mayAskAtTerminal)
        #expect(try rest(password).contains("NumberOfPasswordPrompts=3"))
        let key = try command(facts: facts)
        #expect(try rest(key).contains("PreferredAuthentications=publickey,keyboard-interactive"))
        #expect(try !command().mayAskAtTerminal)
    }

    @Test func `a password comes by the askpass helper, and only for the expected prompts`() throws {
        let command = try command { $0.authentication.method = .password }
        #expect(
            try rest(command).prefix(6) == [
                "-o", "PubkeyAuthentication=no",
                "-o", "PreferredAuthentications=password,keyboard-interactive",
                "-o", "NumberOfPasswordPrompts=1",
            ])
        #expect(command.environment == Self.askpass)
        #expect(Self.alias.utf8.count > 128)
        #expect(
            command.answers.map(\.prompts) == [
                [
                    "azureuser@\(Self.alias)'s password: ",
                    "azureuser@\(Self.alias.prefix(128))'s password: ",
                    "(azureuser@\(Self.alias)) Password: ",
                ]
            ])
    }

    @Test func `short names have one text for each prompt`() throws {
        let command = try command {
            $0.authentication = Authentication(method: .password, username: #"CONTOSO\dev"#)
            $0.target = .resource(
                try Samples.resource(
                    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"))
        }
        let alias = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/v:22"
        #expect(
            command.answers.map(\.prompts) == [
                [
                    #"CONTOSO\dev@\#(alias)'s password: "#, #"(CONTOSO\dev@\#(alias)) Password: "#,
                ]
            ])
    }

    static let logins: [(Authentication.Method, [String])] = [
        (.none, []),
        (.sshKey(.unspecified), ["PreferredAuthentications=publickey"]),
        (.sshKey(.agent), ["IdentityFile=none", "IdentitiesOnly=no", "PreferredAuthentications=publickey"]),
        (
            .sshKey(.file("/home/me/my keys/100%")),
            [
                #"IdentityFile="/home/me/my keys/100%%""#, "IdentitiesOnly=yes",
                "PreferredAuthentications=publickey",
            ]
        ),
    ]

    @Test(arguments: logins)
    func `each way to sign in has its options`(_ method: Authentication.Method, options: [String]) throws {
        let command = try command { $0.authentication = Authentication(method: method, username: nil) }
        let expected = options.flatMap { ["-o", $0] } + ["-o", "ConnectTimeout=35"]
        #expect(try rest(command).prefix(expected.count) == expected[...])
        #expect(!command.arguments.contains("-l"))
    }

    @Test func `the profile's options come after what must hold and before what is only a default`() throws {
        let command = try command {
            $0.ssh.options = [
                SSHSettings.Option(name: "ServerAliveInterval", value: "60"),
                SSHSettings.Option(name: "SendEnv", value: "LANG LC_*"),
            ]
        }
        #expect(
            try rest(command).prefix(4) == ["-o", "ServerAliveInterval=60", "-o", "SendEnv=LANG LC_*"])
        #expect(try rest(command).contains("ServerAliveInterval=15"))
    }

    @Test func `forwards and ports through ssh become arguments`() throws {
        let command = try command {
            $0.ports = [
                PortMapping(local: 8080, remote: 80, route: .ssh),
                PortMapping(address: "::1", local: 8443, remote: 443, route: .ssh),
            ]
            $0.ssh.forwards = ["5432:db:5432"]
            $0.ssh.remoteForwards = ["9000:localhost:9000"]
            $0.ssh.socks = "1080"
        }
        #expect(
            try rest(command).prefix(10) == [
                "-L", "127.0.0.1:8080:localhost:80", "-L", "[::1]:8443:localhost:443", "-L", "5432:db:5432",
                "-R", "9000:localhost:9000", "-D", "1080",
            ])
    }

    struct RemoteCase: Sendable {
        var arguments: [String] = []
        var asked = false
        var tty: Bool?
        var command: String?
        var flags: [String]
        var tail: [String]
    }

    @Test(arguments: [
        RemoteCase(flags: [], tail: []),
        RemoteCase(arguments: ["uname", "-a"], flags: [], tail: ["uname", "-a"]),
        RemoteCase(arguments: ["-N"], flags: [], tail: ["-N"]),
        RemoteCase(arguments: ["top"], asked: true, flags: ["-t"], tail: ["top"]),
        RemoteCase(tty: true, command: "tmux attach", flags: ["-t"], tail: ["tmux attach"]),
        RemoteCase(tty: false, flags: ["-T"], tail: []),
        RemoteCase(asked: true, tty: false, flags: ["-t"], tail: []),
        RemoteCase(arguments: ["id"], tty: true, command: "tmux attach", flags: [], tail: ["id"]),
    ])
    func `a typed command takes the place of the profile's`(_ item: RemoteCase) throws {
        let command = try command(item.arguments, tty: item.asked) {
            $0.ssh.tty = item.tty
            $0.ssh.command = item.command
        }
        let words = try rest(command)
        let end = try #require(words.firstIndex(of: "--"))
        #expect(Array(words[end...]) == ["--", "dev-linux"] + item.tail)
        #expect(words[..<end].filter { ["-t", "-T"].contains($0) } == item.flags)
    }

    @Test func `paths with spaces and percent signs reach ssh whole`() throws {
        let facts = Samples.facts {
            $0.ownExecutable = "/opt/my tools/50%/bastion-up"
            $0.stateFolder = #"/home/a "b""#
        }
        let command = try command(facts: facts)
        let filling = Word.Filling(folder: "/run/user/1000/a b")
        let words = command.arguments.compactMap { $0.filled(by: filling) }
        #expect(
            words[1]
                == #"ProxyCommand=/opt/my\ tools/50\%%/bastion-up pass-descriptor /run/user/1000/a\ b/tunnel.sock"#
        )
        #expect(words.contains(#"UserKnownHostsFile="/home/a \"b\"/known_hosts""#))
    }

    @Test(arguments: [(Duration.seconds(20), "35"), (.milliseconds(1500), "17"), (.seconds(0), "15")])
    func `ssh waits longer than the tunnel takes to open`(_ opening: Duration, seconds: String) throws {
        let command = try command { $0.tunnel.connectTimeout = opening }
        #expect(try rest(command).contains("ConnectTimeout=\(seconds)"))
    }
}
