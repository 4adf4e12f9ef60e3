import Diagnostics
import Profiles
import Testing

@Suite struct TrustTests {
    private func requests(_ body: String, isUserOwned: Bool = false) throws -> [GatedRequest] {
        let text = Fixtures.hub + "profiles:\n  dev:\n    host: hub\n    target: {vm: x}\n    \(body)\n"
        return try Fixtures.resolver(text, isUserOwned: isUserOwned).resolve("dev").gatedRequests
    }

    @Test(arguments: [
        ("rdp: {clipboard: true}", "rdp.clipboard"), ("rdp: {microphone: true}", "rdp.microphone"),
        ("rdp: {drives: {home: ~/}}", "rdp.drives.home"),
        ("client: {command: [sh, -c, id]}", "client.command"),
        ("ssh: {remoteForwards: [\"1:a:2\"]}", "ssh.remoteForwards[0]"),
        ("ssh: {forwards: [\"0.0.0.0:1:a:2\"]}", "ssh.forwards[0]"),
        ("ssh: {forwards: [\"1:/run/docker.sock\"]}", "ssh.forwards[0]"),
        ("ssh: {socks: \"*:1080\"}", "ssh.socks"), ("ports: [\"0.0.0.0:80:80\"]", "ports[0]"),
        ("ports: [\"${env:USER:-0.0.0.0}:80:80\"]", "ports[0]"),
        ("ports: [{local: 1, remote: 2, address: \"::\"}]", "ports[0].address"),
        ("ssh: {options: {localcommand: id}}", "ssh.options.localcommand"),
        ("ssh: {options: {SendEnv: [A, B]}}", "ssh.options.SendEnv[0]"),
        ("auth: {username: \"${env:TEAM}\"}", "auth.username"),
    ])
    func `a file of other people needs trust for it, the user's own does not`(_ body: String, _ path: String)
        throws
    {
        let found = try requests(body)
        #expect(found.first?.keyPath == "profiles.dev.\(path)")
        #expect(found.first?.location.file == "a.yaml")
        #expect(found.first?.sentence.isEmpty == false)
        #expect(try requests(body, isUserOwned: true).isEmpty)
        // What is asked for at a connection is what `trust` shows for the file.
        let text = Fixtures.hub + "profiles:\n  dev:\n    host: hub\n    target: {vm: x}\n    \(body)\n"
        #expect(Fixtures.file(text, isUserOwned: false).gatedRequests == found)
    }

    @Test(arguments: [
        "rdp: {clipboard: false, sound: true}", "ports: [\"80:80\", \"127.0.0.1:81:81\", \"[::1]:82:82\"]",
        "ssh: {forwards: [\"1:a:2\", \"localhost:1:a:2\"], socks: \"1080\"}",
        "auth: {username: \"${env:LOGNAME:-x}\"}",
        "ssh: {options: {serveraliveinterval: 5, Compression: yes}}", "description: \"${user}\"",
    ])
    func `it needs no trust`(_ body: String) throws {
        #expect(try requests(body) == [])
    }

    @Test func `everything about a cloud needs trust`() throws {
        let text = """
            version: 1
            clouds: {lab: {authority: "https://a.example", resourceManager: "https://b.example", bastionSuffix: c.example}}
            hosts: {hub: {name: n, resourceGroup: g, subscription: 11111111-1111-1111-1111-111111111111, cloud: lab}}
            profiles: {dev: {host: hub, target: {vm: x}}}
            """
        let found = try Fixtures.resolver(text, isUserOwned: false).resolve("dev").gatedRequests
        #expect(
            found.map(\.keyPath) == [
                "clouds.lab.authority", "clouds.lab.resourceManager", "clouds.lab.bastionSuffix",
            ])
    }

    @Test func `trust follows the file from which each value came`() throws {
        let team =
            Fixtures.hub
            + "profiles:\n  dev: {host: hub, target: {vm: x}, rdp: {clipboard: true, microphone: true}}\n"
        let own = "version: 1\nprofiles:\n  dev: {extends: dev, rdp: {microphone: true, drives: {d: /d}}}\n"
        let layers = [[Fixtures.file(own)], [Fixtures.file(team, label: "team.yaml", isUserOwned: false)]]
        let found = try Fixtures.resolver(layers).resolve("dev").gatedRequests
        #expect(found.map(\.keyPath) == ["profiles.dev.rdp.clipboard"])
        #expect(found.first?.location == SourceLocation(file: "team.yaml", line: 5, column: 54))
    }

    @Test func `no option that anybody may set is one that bastion-up keeps`() {
        let allowed = Set(SSHOptionPolicy.allowedFromAnybody.map { $0.lowercased() })
        for option in SSHOptionPolicy.reserved { #expect(!allowed.contains(option.lowercased())) }
        for option in [
            "LocalCommand", "PermitLocalCommand", "KnownHostsCommand", "ProxyUseFdpass", "ForwardAgent",
            "ForwardX11",
            "SendEnv", "SetEnv", "Include", "PKCS11Provider", "SecurityKeyProvider", "IdentityAgent",
            "XAuthLocation",
            "Match", "IdentityFile", "Ciphers", "ControlPath", "VerifyHostKeyDNS",
        ] { #expect(!allowed.contains(option.lowercased())) }
    }
}
