import Diagnostics
import Drafts
import Profiles
import Testing

@Suite struct AzureImportTests {
    static let machine = Fixtures.machine
    static let host = "--name bas-x -g rg-x --subscription 33333333-3333-3333-3333-333333333333"

    private func profile(_ line: String) throws -> Profile {
        let result = try Fixtures.read(line, host: nil)
        #expect(result.codes == [])
        return try Fixtures.profile(result)
    }

    /// The same session, as people write it.
    @Test(arguments: [
        "az network bastion ssh \(host) --target-resource-id \(machine) --auth-type ssh-key --username me --ssh-key /k/id",
        "az network bastion ssh --name=bas-x --resource-group=rg-x --subscription=33333333-3333-3333-3333-333333333333 "
            + "--target-resource-id=\(machine) --auth-type=ssh-key --username=me --ssh-key=/k/id",
        "$ az network bastion ssh -n bas-x -grg-x --subscription '33333333-3333-3333-3333-333333333333' \\\n"
            + "    --target-resource-id \"\(machine)\" \\\n  --auth-type ssh-key --username \"me\" --ssh-key /k/id\n",
        "PS C:\\> az network bastion ssh \(host) `\r\n --target-resource-id \(machine) `\r\n --auth-type ssh-key "
            + "--username me --ssh-key /k/id\r\n",
        "# how to get in\nexport VM=\(machine) KEY=/k/id\nAZURE_CONFIG_DIR=/x sudo /usr/bin/az network bastion ssh \(host) "
            + "--target-resource-id \"$VM\" --auth-type SSH-KEY --username me --ssh-key ${KEY} 2>/dev/null # that is it",
        "Don't do this at home:\n```bash\naz account set -s 33333333-3333-3333-3333-333333333333 && az network bastion "
            + "ssh -n bas-x -g rg-x --target-resource-id \(machine) --auth-type ssh-key --username me --ssh-key /k/id\n```",
        "az network bastion ssh \(host) --target-resource \(machine) --auth ssh-key --user me --ssh-key /k/id --debug",
        "az network bastion ssh --ids /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-x/providers/"
            + "Microsoft.Network/bastionHosts/bas-x --target-resource-id \(machine) --auth-type ssh-key --username me "
            + "--ssh-key /k/id",
    ])
    func `one session has many spellings`(_ text: String) throws {
        let profile = try profile(text)
        #expect(profile.name == "vm-dev")
        #expect(profile.host.name == "bas-x")
        #expect(
            profile.host.resourceID.text
                == "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-x/providers/"
                + "Microsoft.Network/bastionHosts/bas-x")
        #expect(profile.target == .resource(try #require(ResourceID(Self.machine))))
        #expect(profile.authentication == Authentication(method: .sshKey(.file("/k/id")), username: "me"))
        #expect(profile.client == .ssh && profile.targetPort == 22)
    }

    @Test func `rdp, its port and its sign-in`() throws {
        let rdp = try profile(
            "az network bastion rdp \(Self.host) --target-resource-id \(Self.machine) --resource-port 3390 --enable-mfa true"
        )
        #expect(rdp.client == .xfreerdp && rdp.targetPort == 3390 && rdp.authentication.method == .entra)
        let plain = try profile(
            "az network bastion rdp \(Self.host) --target-ip-address 10.0.0.4 --enable-mfa false --disable-gateway"
        )
        #expect(
            plain.target == .address("10.0.0.4") && plain.targetPort == 3389 && plain.name == "vm-10.0.0.4")
        #expect(plain.authentication.method == .none)
    }

    @Test func `a tunnel is a profile without a client`() throws {
        let tunnel = try profile(
            "az network bastion tunnel \(Self.host) --target-resource-id \(Self.machine) --resource-port 5432 --port 15432"
        )
        #expect(tunnel.client == .none && tunnel.targetPort == 5432)
        #expect(tunnel.ports == [PortMapping(local: 15432, remote: 5432)])
    }

    @Test func `what stands behind the dashes goes to ssh`() throws {
        let result = try Fixtures.read(
            "az network bastion ssh \(Self.host) --target-resource-id \(Self.machine) --auth-type password --username me "
                + "-- -L 8080:localhost:80 -R9000:localhost:9000 -D 1080 -tC -oServerAliveInterval=15 -o LogLevel=DEBUG "
                + "-A -J other -i /k/id uname -a",
            host: nil)
        let profile = try Fixtures.profile(result)
        #expect(profile.ssh.forwards == ["8080:localhost:80"])
        #expect(profile.ssh.remoteForwards == ["9000:localhost:9000"])
        #expect(profile.ssh.socks == "1080" && profile.ssh.tty == true)
        #expect(profile.ssh.command == "uname -a")
        #expect(profile.ssh.options.map(\.name) == ["Compression", "ServerAliveInterval", "LogLevel"])
        #expect(result.codes == ["import.left-out", "import.left-out"])
        #expect(result.warnings[0].message.contains("ForwardAgent"))
        #expect(result.warnings[1].message.contains("ProxyJump"))
    }

    @Test func `several commands become several profiles, the hosts written once`() throws {
        let result = try Fixtures.read(
            """
            az network bastion ssh \(Self.host) --target-resource-id \(Self.machine) --auth-type aad
            az network bastion rdp \(Self.host) --target-resource-id \(Self.machine); az network bastion tunnel \
            \(Self.host) --target-resource-id \(Self.machine) --resource-port 80 --port 8080
            az vm list
            """, host: nil)
        #expect(result.profiles.map(\.name) == ["vm-dev", "vm-dev-rdp", "vm-dev-tunnel"])
        #expect(result.hosts.map(\.name) == ["bas-x"])
        let text = Fixtures.text(result)
        #expect(Fixtures.decode(text).problems.all == [])
        for profile in result.profiles { _ = try Fixtures.resolver(text).resolve(profile.name) }
    }

    @Test func `a host that is known already keeps its short name`() throws {
        let result = try Fixtures.read(
            "az network bastion ssh -n bas-hub -g rg-hub --target-resource-id \(Self.machine) --auth-type aad",
            host: nil)
        #expect(result.hosts == [])
        #expect(try Fixtures.profile(result).host.name == "hub")
    }

    @Test func `without a subscription that of the target is assumed, and said`() throws {
        let result = try Fixtures.read(
            "az network bastion ssh -n b -g g --target-resource-id \(Self.machine) --auth-type aad", host: nil
        )
        #expect(result.codes == ["import.assumed"])
        #expect(try Fixtures.profile(result).host.resourceID.subscription.hasPrefix("22222222"))
    }

    @Test(arguments: [
        ("ssh -n b -g g --target-ip-address 10.0.0.4 --auth-type aad", ["import.incomplete"]),
        ("ssh -g g --target-resource-id \(machine)", ["import.incomplete"]),
        (
            "ssh -n \"<bastion name>\" -g <rg> --target-resource-id $(az vm show -n x --query id) --auth-type aad",
            [
                "import.left-out", "import.left-out", "import.left-out", "import.incomplete",
                "import.incomplete",
            ]
        ),
        ("rdp \(host) --target-resource-id nonsense", ["import.invalid-value", "import.incomplete"]),
        (
            "ssh \(host) --target-resource-id \(machine) --frobnicate 7 stray",
            ["import.unknown-option", "import.unknown-option"]
        ),
        ("ssh \(host) --target-resource-id \(machine) --resource-port 0", ["import.left-out"]),
        ("ssh \(host) --target-resource-id \(machine) --username", ["import.left-out"]),
        ("ssh \(host) --target-resource-id \(machine) --auth-type magic", ["import.left-out"]),
        ("ssh \(host) --target-resource-id \(machine) --username 'a b'", ["import.invalid-value"]),
        ("rdp \(host) --target-resource-id \(machine) --configure", ["import.left-out"]),
    ])
    func `what cannot be carried over is said`(_ options: String, _ codes: [String]) throws {
        let result = try Fixtures.read("az network bastion \(options)", host: nil)
        #expect(result.codes == codes)
        #expect(Fixtures.decode(Fixtures.text(result)).problems.all == [])
        #expect(result.needsHost == result.warnings.contains { $0.remedy.contains("--host") })
    }

    @Test(arguments: ["--password hunter2", "--password=hunter2", "--client-secret hunter2"])
    func `a secret is neither kept nor shown`(_ option: String) throws {
        let result = try Fixtures.read(
            "az network bastion ssh \(Self.host) --target-resource-id \(Self.machine) \(option) --username me"
        )
        #expect(result.codes == ["import.secret"])
        #expect(result.warnings[0].remedy.contains("bastion-up secret set vm-dev"))
        #expect(!result.warnings.map(\.text).joined().contains("hunter2"))
        #expect(!Fixtures.text(result).contains("hunter2"))
    }

    @Test func `the named host goes before the one that is written`() throws {
        let result = try Fixtures.read(
            "az network bastion ssh \(Self.host) --target-resource-id \(Self.machine)")
        #expect(try Fixtures.profile(result).host.name == "hub" && result.hosts == [])
    }
}
