import Diagnostics
import Profiles
import Testing

@Suite struct ProfileResolverTests {
    private static let id =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/dev"

    private func profile(_ text: String, named name: String = "dev") throws -> Profile {
        try Fixtures.resolver(Fixtures.hub + text).resolve(name).profile
    }

    private func problems(_ body: () throws -> Void) -> [Diagnostic] {
        do { try body() } catch let error as Problems { return error.all } catch {}
        return []
    }

    // MARK: values

    @Test func `makes a complete profile of few words`() throws {
        let found = try profile("profiles:\n  dev: {host: hub, target: {vm: vm-dev}}\n")
        let group = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-hub"
        #expect(found.host.resourceID.text == "\(group)/providers/Microsoft.Network/bastionHosts/bas-hub")
        #expect(found.host.cloud.name == "AzureCloud")
        #expect(
            found.target
                == ResourceID("\(group)/providers/Microsoft.Compute/virtualMachines/vm-dev").map(
                    Target.resource))
        #expect(found.targetPort == 22)
        #expect(found.client == .ssh)
        #expect(
            found.authentication
                == Authentication(method: .none, username: "alice", isUsernameSuggested: true))
    }

    @Test func `reads every key`() throws {
        let path = "Tests/Corpus/good/every-key.yaml"
        let file = Fixtures.file(String(decoding: try Fixtures.read(path), as: UTF8.self))
        let resolver = Fixtures.resolver([[file]])
        let linux = try resolver.resolve("dev-linux").profile
        #expect(linux.description == "Build box\nof the platform team\n")
        #expect(linux.host.tenant == "contoso.onmicrosoft.com")
        #expect(linux.host.cloud.resourceManager == "https://arm.lab.example:8443")
        #expect(linux.host.cloud.caFile == "/etc/team/lab-ca.pem")
        #expect(linux.authentication.method == .sshKey(.file("/home/alice/.ssh/id_ed25519")))
        #expect(
            linux.ports == [
                PortMapping(local: 2222, remote: 22), PortMapping(local: 0, remote: 5432),
                PortMapping(address: "127.0.0.2", local: 8081, remote: 81),
                PortMapping(address: "::1", local: 8082, remote: 82),
                PortMapping(address: "127.0.0.1", local: 8080, remote: 80, route: .ssh),
            ])
        #expect(
            linux.ssh.options.map { "\($0.name)=\($0.value)" } == [
                "Compression=no", "ServerAliveInterval=30", "SendEnv=LANG", "SendEnv=LC_*",
                "IdentitiesOnly=yes",
            ])
        #expect(linux.ssh.command == "tmux attach || tmux new -s alice \"$HOME\"")
        #expect(linux.reconnect.attempts == 3)
        #expect(linux.reconnect.maximumDelay == .seconds(60))
        #expect(linux.tunnel.drain == .milliseconds(500))
        #expect(linux.tunnel.stallTimeout == .seconds(120))
        #expect(linux.tunnel.ping == nil)
        let windows = try resolver.resolve("win-dev").profile
        #expect(windows.host.cloud.name == "AzureUSGovernment")
        #expect(windows.authentication == Authentication(method: .password, username: "CONTOSO\\dev"))
        #expect(windows.rdp.drives == [RDPSettings.Drive(name: "docs", path: "/home/alice/Documents")])
        #expect(windows.rdp.clipboard)
        #expect(try resolver.resolve("ip").profile.target == .address("fd00::1"))
        #expect(try resolver.resolve("scale-set").profile.authentication.method == .entra)
        #expect(try resolver.resolve("scale-set").profile.authentication.username == nil)
        #expect(
            try resolver.resolve("own").profile.client == .command(["remmina", "-c", "vnc://{host}:{port}"]))
        #expect(try resolver.members(ofGroup: "stack") == ["dev-linux", "win-dev"])
    }

    @Test(
        arguments: [
            ("{vm: x}", "", Client.ssh, 22), ("{vm: x, port: 3389}", "", .xfreerdp, 3389),
            ("{vm: x}", "client: xfreerdp", .xfreerdp, 3389),
            ("{vm: x, port: 2022}", "client: putty", .putty, 2022),
        ] as [(String, String, Client, UInt16)])
    func `client and port follow from each other`(
        _ target: String, _ client: String, _ expected: Client, _ port: UInt16
    )
        throws
    {
        let found = try profile("profiles:\n  dev:\n    host: hub\n    target: \(target)\n    \(client)\n")
        #expect(found.client == expected)
        #expect(found.targetPort == port)
    }

    @Test func `a built-in cloud can be overridden in part`() throws {
        let text =
            "clouds:\n  AzureCloud: {caFile: /ca.pem}\nprofiles:\n  dev: {host: hub, target: {vm: x}}\n"
        let cloud = try profile(text).host.cloud
        #expect(cloud.caFile == "/ca.pem")
        #expect(cloud.authority == "https://login.microsoftonline.com")
        #expect(cloud.audience == "https://management.core.windows.net/")
    }

    // MARK: extends

    @Test func `an alternative drops the inherited one`() throws {
        let path = "Tests/Corpus/good/alternatives-replaced.yaml"
        let resolver = Fixtures.resolver(String(decoding: try Fixtures.read(path), as: UTF8.self))
        let address = try resolver.resolve("ip").profile
        #expect(address.target == .address("10.0.0.4"))
        #expect(address.authentication.method == .sshKey(.agent))
        #expect(try resolver.resolve("pw").profile.authentication.method == .password)
    }

    @Test func `changing the sign-in keeps only the login name`() throws {
        let found = try profile(
            """
            profiles:
              base: {template: true, host: hub, target: {vm: x}, auth: {type: ssh-key, key: /k, username: bob}}
              dev: {extends: base, auth: {type: password}}
              same: {extends: base, auth: {type: ssh-key}}
            """)
        #expect(found.authentication == Authentication(method: .password, username: "bob"))
    }

    @Test func `null removes, lists replace, maps merge`() throws {
        let found = try profile(
            """
            profiles:
              base:
                template: true
                host: hub
                target: {vm: x}
                tags: [a, b]
                ssh: {tty: true, options: {Compression: yes, LogLevel: ERROR}}
              dev: {extends: base, tags: [c], ssh: {tty: null, options: {LogLevel: null, BatchMode: yes}}}
            """)
        #expect(found.tags == ["c"])
        #expect(found.ssh.tty == nil)
        #expect(found.ssh.options.map(\.name) == ["Compression", "BatchMode"])
    }

    @Test func `a relative path belongs to the file in which it stands`() throws {
        let base = ProfileDecoder().decode(
            Array(
                (Fixtures.hub
                    + "profiles:\n  dev: {host: hub, target: {vm: x}, auth: {type: ssh-key, key: keys/id}}\n")
                    .utf8),
            origin: FileOrigin(label: "base.yaml", directory: "/srv/team", isUserOwned: true))
        let own = Fixtures.file("version: 1\nprofiles:\n  dev: {extends: dev, auth: {username: bob}}\n")
        let found = try Fixtures.resolver([[own], [base]]).resolve("dev").profile
        #expect(found.authentication.method == .sshKey(.file("/srv/team/keys/id")))
        #expect(found.authentication.username == "bob")
        #expect(found.place(of: "auth.key")?.file == "base.yaml")
        #expect(found.place(of: "auth.username") == SourceLocation(file: "a.yaml", line: 3, column: 40))
    }

    // MARK: layers

    @Test func `one name twice in a layer is an error that names both places`() {
        let text = Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}}\n"
        let other = "version: 1\nprofiles:\n  dev: {host: hub, target: {vm: y}}\n"
        let resolver = Fixtures.resolver([[Fixtures.file(text), Fixtures.file(other, label: "b.yaml")]])
        let found = problems { _ = try resolver.resolve("dev") }
        #expect(found.map(\.code) == ["profile.duplicate-name"])
        #expect(found.first?.location == SourceLocation(file: "b.yaml", line: 3, column: 3))
        #expect(found.first?.message.contains("a.yaml:5:3") == true)
        #expect(found.first?.sourceLine == "  dev: {host: hub, target: {vm: y}}")
    }

    @Test func `a higher layer shadows a lower one, hosts and clouds too`() throws {
        let low = Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: low}}\n"
        let high = """
            version: 1
            hosts:
              hub: {name: other, resourceGroup: g, subscription: 22222222-2222-2222-2222-222222222222}
            profiles:
              dev: {host: hub, target: {vm: high}}
            """
        let resolver = Fixtures.resolver([[Fixtures.file(high)], [Fixtures.file(low, label: "low.yaml")]])
        #expect(try resolver.resolve("dev").profile.host.resourceID.name == "other")
        let list = resolver.summaries()
        #expect(list.map(\.isShadowed) == [false, true])
        #expect(list.map(\.target) == ["high", "low"])
    }

    @Test func `files of two other people may not shadow each other`() {
        let text = Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}}\n"
        let layers = ["project.yaml", "team.yaml"].map {
            [Fixtures.file(text, label: $0, isUserOwned: false)]
        }
        let found = problems { _ = try Fixtures.resolver(layers).resolve("dev") }
        #expect(found.map(\.code) == ["profile.untrusted-shadow"])
        #expect(found.first?.location?.file == "project.yaml")
        let own = [Fixtures.file(text)]
        let found1 = problems { _ = try Fixtures.resolver([own, layers[0]]).resolve("dev") }
        #expect(found1 == [])
    }

    @Test func `a file that cannot be read may hide a name of a lower layer`() {
        let text = Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}}\n"
        let broken = Fixtures.file("version: 1\nprofiles: [\n", label: "broken.yaml")
        let above = problems { _ = try Fixtures.resolver([[broken], [Fixtures.file(text)]]).resolve("dev") }
        #expect(above.map(\.code) == ["yaml.syntax"])
        let found2 = problems { _ = try Fixtures.resolver([[Fixtures.file(text)], [broken]]).resolve("dev") }
        #expect(found2 == [])
    }

    @Test func `a problem in one profile does not stop another one`() throws {
        let text =
            "profiles:\n  dev: {host: hub, target: {vm: x}}\n  bad: {host: hub, taget: {}, tags: [a], tags: [b]}\n"
        #expect(try profile(text).name == "dev")
        let found = problems { _ = try profile(text, named: "bad") }
        #expect(Set(found.map(\.code)) == ["profile.unknown-key", "yaml.duplicate-key"])
    }

    @Test func `a profile that stands twice in a file is not used`() {
        let text = "profiles:\n  dev: {host: hub, target: {vm: x}}\n  dev: {host: hub, target: {vm: y}}\n"
        let found3 = problems { _ = try profile(text) }
        #expect(found3.map(\.code) == ["yaml.duplicate-key"])
    }

    // MARK: names that are not there

    @Test func `an unknown name suggests the nearest one and exits with 66`() {
        let found = problems {
            _ = try profile("profiles:\n  dev-linux: {host: hub, target: {vm: x}}\n", named: "dev-linx")
        }
        #expect(found.map(\.code) == ["profile.not-found"])
        #expect(found.first?.exit == .noSuchProfile)
        #expect(found.first?.remedy == "did you mean 'dev-linux'?")
    }

    @Test func `a template cannot be connected to but shown`() throws {
        let resolver = Fixtures.resolver("version: 1\nprofiles:\n  base: {template: true, tags: [a]}\n")
        let found4 = problems { _ = try resolver.resolve("base") }
        #expect(found4.map(\.code) == ["profile.is-template"])
        #expect(resolver.profileNames == [])
        #expect(try resolver.settings(of: "base").yaml.contains("- a  # a.yaml:3"))
    }

    // MARK: login names

    @Test(arguments: [
        ("", "alice"), ("username: all\n", "all"),
        ("username: all\nhosts: {hub: {username: hubby}}\n", "hubby"),
    ])
    func `the login name comes from config, then from the local user`(_ config: String, _ expected: String)
        throws
    {
        let (configuration, _) = try Configuration.decode(
            Array(config.utf8), origin: FileOrigin(label: "config.yaml", directory: "/c", isUserOwned: true),
            context: Fixtures.context)
        let file = Fixtures.file(Fixtures.hub + "profiles:\n  dev: {host: hub, target: {vm: x}}\n")
        let resolver = Fixtures.resolver([[file]], configuration: configuration)
        #expect(try resolver.resolve("dev").profile.authentication.username == expected)
    }

    // MARK: many

    @Test func `lists thousands of profiles, each with its problem`() {
        var text = Fixtures.hub + "profiles:\n  base: {template: true, host: hub}\n"
        for number in 0..<2000 {
            text +=
                "  p\(number): {extends: \(number % 100 == 7 ? "bsae" : "base"), target: {vm: vm\(number)}}\n"
        }
        let list = Fixtures.resolver(text, isUserOwned: false).summaries()
        #expect(list.count == 2001)
        #expect(list.count { $0.problem?.code == "profile.unknown-base" } == 20)
        #expect(list.allSatisfy { $0.isForeign })
        #expect(list.first { $0.name == "p12" }?.target == "vm12")
    }
}
