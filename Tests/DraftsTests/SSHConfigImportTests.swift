import Diagnostics
import Drafts
import Profiles
import Testing

@Suite struct SSHConfigImportTests {
    @Test func `a block becomes a profile`() throws {
        let result = try Fixtures.read(
            """
            Host dev
                HostName 10.1.2.3
                User "alice"
                Port=2222
                IdentityFile ~/.ssh/id_ed25519
                LocalForward 8080 localhost:80
                LocalForward 127.0.0.1:9090 [::1]:90
                RemoteForward 7000 localhost:70
                DynamicForward 1080
                ServerAliveInterval 30
                RequestTTY yes
                RemoteCommand tmux new -A
            """, file: "/home/alice/.ssh/config")
        #expect(result.codes == [])
        let profile = try Fixtures.profile(result)
        #expect(profile.name == "dev" && profile.host.name == "hub")
        #expect(profile.target == .address("10.1.2.3") && profile.targetPort == 2222)
        #expect(profile.authentication.username == "alice")
        #expect(profile.authentication.method == .sshKey(.file("/home/alice/.ssh/id_ed25519")))
        #expect(profile.ssh.forwards == ["8080:localhost:80", "127.0.0.1:9090:[::1]:90"])
        #expect(profile.ssh.remoteForwards == ["7000:localhost:70"] && profile.ssh.socks == "1080")
        #expect(profile.ssh.options == [SSHSettings.Option(name: "ServerAliveInterval", value: "30")])
        #expect(profile.ssh.tty == true && profile.ssh.command == "tmux new -A")
    }

    @Test func `the Azure CLI as ProxyCommand names host and target`() throws {
        let result = try Fixtures.read(
            """
            Host vm
              ProxyCommand az network bastion tunnel --name bas-hub -g rg-hub --target-resource-id \(Fixtures.machine) \
            --resource-port %p --port 50022
              User me
            """, host: nil)
        #expect(result.codes == [])
        let profile = try Fixtures.profile(result)
        #expect(profile.host.name == "hub")
        #expect(profile.target == .resource(try #require(ResourceID(Fixtures.machine))))
    }

    @Test func `the target of an Azure tunnel may be the block's own address`() throws {
        let result = try Fixtures.read(
            "Host vm\nHostName 10.0.0.9\nProxyCommand az network bastion tunnel -n bas-hub -g rg-hub "
                + "--target-ip-address %h --resource-port %p --port 1\n", host: nil)
        #expect(try Fixtures.profile(result).target == .address("10.0.0.9"))
    }

    @Test func `a jump to a host of the same file is a jump to its profile`() throws {
        let result = try Fixtures.read(
            """
            Host Gate.Way g
              HostName 10.0.0.1
            Host inner
              HostName 10.0.0.2
              ProxyJump me@g
            Host lost
              HostName 10.0.0.3
              ProxyJump elsewhere
            """)
        #expect(result.profiles.map(\.name) == ["gate.way", "inner", "lost"])
        #expect(result.codes == ["import.left-out", "import.left-out"])
        #expect(result.lines == [1, 8])
        let text = Fixtures.text(result)
        #expect(try Fixtures.resolver(text).resolve("inner").profile.ssh.jump == "gate.way")
    }

    @Test(arguments: [
        ("Include other\nHost a\n  HostName 10.0.0.1", ["import.left-out"]),
        ("User x\nHost a\n  HostName 10.0.0.1", ["import.skipped"]),
        ("Host *\n  User x\nHost a\n  HostName 10.0.0.1", ["import.skipped"]),
        ("Host a !b\n  HostName 10.0.0.1", ["import.skipped"]),
        ("Match host a\n  User x\nHost a\n  HostName 10.0.0.1", ["import.skipped"]),
        ("Host a\n  HostName dev.corp.example", ["import.incomplete"]),
        ("Host a\n  HostName 127.0.0.1\n  Port 50022", ["import.incomplete"]),
        ("Host a\n  HostName 10.0.0.1\n  StrictHostKeyChecking no", ["import.left-out"]),
        (
            "Host a\n  HostName 10.0.0.1\n  LocalCommand rm -rf /\n  PermitLocalCommand yes",
            ["import.left-out", "import.left-out"]
        ),
        ("Host a\n  HostName 10.0.0.1\n  ProxyCommand nc %h %p", ["import.left-out"]),
        ("Host a\n  HostName 10.0.0.1\n  IdentityFile ~/a\n  IdentityFile ~/b", ["import.left-out"]),
        ("Host a\n  HostName 10.0.0.1\n  Port ssh", ["import.left-out"]),
        ("Host a\n  HostName 10.0.0.1\n  LocalForward nonsense", ["import.invalid-value"]),
        ("Host a\n  HostName 10.0.0.1\n  User ${USER}", []),
    ])
    func `what cannot be carried over is said`(_ text: String, _ codes: [String]) throws {
        let result = try Fixtures.read(text)
        #expect(result.codes == codes)
        #expect(result.profiles.map(\.name) == ["a"])
        #expect(Fixtures.decode(Fixtures.text(result)).problems.all == [])
        #expect(!Fixtures.text(result).contains("rm -rf"))
        #expect(result.profiles[0].isTemplate == codes.contains("import.incomplete"))
    }

    @Test func `without a bastion host a template says what to fill in`() throws {
        let result = try Fixtures.read("Host a\n  HostName 10.0.0.1", host: nil)
        #expect(result.needsHost && result.codes == ["import.incomplete"])
        #expect(result.profiles[0].isTemplate)
        #expect(Fixtures.text(result).contains("# host: NAME  <- "))
    }
}
