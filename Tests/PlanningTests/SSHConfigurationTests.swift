import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct SSHConfigurationTests {
    static let alias = Samples.machineID.lowercased() + ":22"
    static let folder = "/home/me/.local/state/bastion-up/ssh_host_keys"

    private func entry(
        for reader: SSHHostEntry.Reader = .configuration,
        proxy: SSHHostEntry.Proxy = .init(program: "/usr/bin/bastion-up"),
        _ change: (inout Profile) throws -> Void = { _ in }
    ) throws -> SSHHostEntry {
        try SSHHostEntry(
            try Samples.profile(change), for: reader, facts: Samples.facts(), proxy: proxy,
            hostKeysFolder: Self.folder)
    }

    /// The lines of the file, without its heading.
    private func lines(_ entry: SSHHostEntry) -> [String] {
        let all = SSHConfiguration([.block(entry)]).text.split(separator: "\n").map(String.init)
        return all.drop { $0.hasPrefix("# Made by") || $0.hasPrefix("#     bastion-up") }
            .map { String($0.drop { $0 == " " }) }
    }

    private func values(of name: String, in entry: SSHHostEntry) -> [String] {
        lines(entry).filter { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test func `a profile with a key file, line by line`() throws {
        let text = SSHConfiguration([
            .block(try entry { $0.description = "Build box\nof the \u{1B}[31mteam" }),
            .leftOut(name: "vault", reason: "a key in a Key Vault is not supported yet"),
        ]).text
        #expect(
            text == """
                # Made by bastion-up from its profiles: changes here are lost. When profiles have changed, run again:
                #     bastion-up ssh-config --install

                # dev-linux: Build box
                Host dev-linux
                    Port 22
                    User azureuser
                    ProxyCommand /usr/bin/bastion-up proxy dev-linux
                    ProxyUseFdpass no
                    HostKeyAlias \(Self.alias)
                    UserKnownHostsFile "/home/me/.local/state/bastion-up/known_hosts"
                    GlobalKnownHostsFile /dev/null
                    StrictHostKeyChecking accept-new
                    CheckHostIP no
                    UpdateHostKeys no
                    VerifyHostKeyDNS no
                    HashKnownHosts no
                    IdentityFile "/home/me/.ssh/id"
                    IdentitiesOnly yes
                    PreferredAuthentications publickey
                    ConnectTimeout 35
                    ServerAliveInterval 15
                    ServerAliveCountMax 3

                # vault is left out: a key in a Key Vault is not supported yet

                """)
    }

    static let proxies: [(SSHHostEntry.Proxy, String)] = [
        (
            .init(program: "/opt/my tools/50%/bastion-up", profiles: ["/srv/team \"a\".yaml", "/x"]),
            #"/opt/my\ tools/50\%%/bastion-up --profiles /srv/team\ \"a\".yaml --profiles /x proxy dev-linux"#
        ),
        (
            .init(program: "/usr/bin/bastion-up", folder: "/home/me/it's"),
            #"env -C /home/me/it\'s /usr/bin/bastion-up proxy dev-linux"#
        ),
    ]

    @Test(arguments: proxies)
    func `the way is quoted for the shell and for ssh`(_ proxy: SSHHostEntry.Proxy, _ expected: String) throws
    {
        #expect(values(of: "ProxyCommand", in: try entry(proxy: proxy)) == [expected])
    }

    @Test(arguments: [
        (#"CONTOSO\dev"#, #"CONTOSO\dev"#), ("me@example.com", "me@example.com"), ("#odd", "\"#odd\""),
        ("o'hara", "\"o'hara\""), (#"a"b\"#, #""a\"b\\""#),
    ])
    func `a user name reaches ssh as it is`(_ name: String, _ written: String) throws {
        #expect(values(of: "User", in: try entry { $0.authentication.username = name }) == [written])
    }

    @Test func `forwards become two arguments each, and no command is set for everything`() throws {
        let entry = try entry {
            $0.ports = [PortMapping(local: 8080, remote: 80, route: .ssh), PortMapping(local: 1, remote: 2)]
            $0.ssh.forwards = ["[::1]:5432:db:5432", "9000:/run/x.sock", "/tmp/a.sock:/tmp/b.sock"]
            $0.ssh.remoteForwards = ["9000:localhost:9001"]
            $0.ssh.socks = "127.0.0.1:1080"
            $0.ssh.command = "tmux attach\nexit"
            $0.ssh.tty = true
        }
        let expected = [
            "LocalForward 127.0.0.1:8080 localhost:80", "LocalForward [::1]:5432 db:5432",
            "LocalForward 9000 /run/x.sock", "LocalForward /tmp/a.sock /tmp/b.sock",
            "RemoteForward 9000 localhost:9001", "DynamicForward 127.0.0.1:1080",
            "# ssh.command is left out: with it, scp, rsync and git would fail",
            "# ssh.tty is left out: a terminal would spoil what is piped",
        ]
        #expect(lines(entry).suffix(expected.count) == expected[...])
        #expect(!entry.options.contains { ["RemoteCommand", "RequestTTY"].contains($0.name) })
    }

    @Test func `no terminal is a choice for every shell`() throws {
        #expect(values(of: "RequestTTY", in: try entry { $0.ssh.tty = false }) == ["no"])
    }

    @Test func `the profile's options come after what must hold and before what is only a default`() throws {
        let entry = try entry {
            $0.ssh.options = [
                .init(name: "ServerAliveInterval", value: "60"), .init(name: "SendEnv", value: "A B"),
            ]
        }
        let names = entry.options.map(\.name)
        let own = try #require(names.firstIndex(of: "SendEnv"))
        #expect(own > (names.firstIndex(of: "HashKnownHosts") ?? .max))
        #expect(own < (names.firstIndex(of: "IdentityFile") ?? .min))
        #expect(values(of: "ServerAliveInterval", in: entry) == ["60", "15"])
    }

    @Test func `keys that the profile names are the only ones of a file of their own`() throws {
        let entry = try entry { $0.ssh.hostKeys = ["ssh-ed25519 AAAA", "ssh-rsa BBBB"] }
        #expect(values(of: "UserKnownHostsFile", in: entry) == ["\"\(Self.folder)/dev-linux\""])
        #expect(values(of: "StrictHostKeyChecking", in: entry) == ["yes"])
        #expect(entry.hostKeys?.path == "\(Self.folder)/dev-linux")
        #expect(entry.hostKeys?.text == "\(Self.alias) ssh-ed25519 AAAA\n\(Self.alias) ssh-rsa BBBB\n")
    }

    @Test
    func `what lies behind a jump is reached through the entry before, and by others through our proxy`()
        throws
    {
        func inner(_ profile: inout Profile) throws {
            profile.jumps = [try Samples.profile { $0.name = "gate" }]
            profile.target = .address("10.9.0.7")
        }
        let entry = try entry(inner)
        #expect(entry.jump == "gate")
        #expect(values(of: "ProxyJump", in: entry) == ["gate"])
        #expect(values(of: "HostName", in: entry) == ["10.9.0.7"])
        #expect(values(of: "ProxyCommand", in: entry) == [])
        #expect(values(of: "HostKeyAlias", in: entry) == ["\(Self.alias)/address/10.9.0.7:22"])
        let way = try self.entry(for: .inventory, inner).options.first
        #expect(way == SSHOption("ProxyCommand", "/usr/bin/bastion-up proxy dev-linux"))
    }

    @Test func `a key in the keyring is held by an agent that is started before`() throws {
        let entry = try entry { $0.authentication.method = .sshKey(.keyring) }
        let agent = AgentPaths(of: try Samples.profile(), runtimeFolder: Samples.facts().runtimeFolder)
        #expect(
            lines(entry).last == #"Match originalhost dev-linux exec "/usr/bin/bastion-up agent dev-linux""#)
        #expect(values(of: "IdentityAgent", in: entry) == ["\"\(agent.socket)\""])
        #expect(values(of: "IdentityFile", in: entry) == ["\"\(agent.publicKey)\""])
        let listed = try self.entry(for: .inventory) { $0.authentication.method = .sshKey(.keyring) }
        #expect(listed.preparation == nil)
        #expect(
            listed.options.first?.value.shown
                == #"/bin/sh -c /usr/bin/bastion-up\ agent\ dev-linux\ \&\&\ exec\ /usr/bin/bastion-up\ proxy\ dev-linux"#
        )
        #expect(listed.options.contains(SSHOption("IdentitiesOnly", "no")))
        #expect(listed.options.contains(SSHOption("IdentityFile", "none")))
    }

    struct Unwritable: Sendable {
        var code = "ssh-config.unwritable"
        var change: @Sendable (inout Profile) -> Void
    }

    static let unwritable: [Unwritable] =
        ["Host", "match", "INCLUDE"].map { name in
            Unwritable { $0.ssh.options = [.init(name: name, value: "all")] }
        }
        + ["50%", "${HOME}", "a\nProxyCommand evil"].map { user in
            Unwritable { $0.authentication.username = user }
        } + [
            Unwritable { $0.ssh.options = [.init(name: "SendEnv", value: "A\nHost *")] },
            Unwritable(code: "ssh-config.sign-in") { $0.authentication.method = .entra },
            Unwritable(code: "ssh-config.sign-in") {
                $0.authentication.method = .sshKey(.keyVault(vault: "v", secret: "s", version: nil))
            },
        ]

    @Test(arguments: unwritable.indices)
    func `what ssh would read as something else has no entry`(_ index: Int) throws {
        let item = Self.unwritable[index]
        let error = #expect(throws: Diagnostic.self) { _ = try entry { item.change(&$0) } }
        #expect(error?.code == item.code)
    }

    @Test func `an agent's command cannot hold a double quote`() throws {
        let error = #expect(throws: Diagnostic.self) {
            _ = try entry(proxy: .init(program: #"/opt/"x"/bastion-up"#)) {
                $0.authentication.method = .sshKey(.keyring)
            }
        }
        #expect(error?.code == "ssh-config.unwritable")
    }
}

@Suite struct PromptTests {
    static let alias = SSHConfigurationTests.alias
    static let passwords: [(String, String, String)] = [
        ("me@\(alias)'s password: ", "me", alias),
        ("(me@\(alias)) Password: ", "me", alias),
        ("me@example.com@\(alias)'s password: ", "me@example.com", alias),
        (#"CONTOSO\me@\#(alias)'s password: "#, #"CONTOSO\me"#, alias),
        (
            "me@/subscriptions/s/resourcegroups/g/providers/p/t/n/address/~5bfe80::1~5d:22's password: ",
            "me",
            "/subscriptions/s/resourcegroups/g/providers/p/t/n/address/[fe80::1]:22"
        ),
    ]

    @Test(arguments: passwords)
    func `a password is asked for by user and alias`(_ prompt: String, _ user: String, _ target: String)
        throws
    {
        let label = try #require(SecretLabel.asked(by: prompt, login: "local"))
        #expect(label.kind == .password)
        #expect(label.username == user)
        #expect(label.target.text == target)
    }

    @Test func `the alias of a sample leads back to its key`() throws {
        let profile = try Samples.profile { $0.target = .address("FE80::7") }
        let key = TargetKey(of: profile)
        #expect(TargetKey(hostKeyAlias: key.hostKeyAlias) == key)
    }

    @Test func `a passphrase is asked for by the file`() throws {
        let label = try #require(
            SecretLabel.asked(by: "Enter passphrase for key '/home/me/o'hara': ", login: "me"))
        let profile = try Samples.profile { $0.authentication.method = .sshKey(.file("/home/me/o'hara")) }
        #expect(
            label
                == SecretLabel.passphrase(of: profile, login: "me").map { stored in
                    var stored = stored
                    stored.profile = label.profile
                    return stored
                })
    }

    @Test(arguments: [
        "", "'s password: ", "@'s password: ", "me@server.example's password: ", "me@\(alias)'s password:",
        "(me@\(alias)) New password: ", "(me@\(alias)) Verification code: ",
        "me@\(alias.dropLast(3))~'s password: ",
        "me@/subscriptions/~41's password: ", "(evil@host) me@\(alias)'s password: x", ") Password: ",
        "(evil@evil.example) me@\(alias)'s password: ", "Are you sure (yes/no/[fingerprint])? ",
        "Enter passphrase for (stdin): ",
    ])
    func `everything else is for a person`(_ prompt: String) {
        #expect(SecretLabel.asked(by: prompt, login: "me") == nil)
    }
}
