import Diagnostics
import Planning
import Posix
import Profiles
import TestSupport
import Testing

@testable import Commands

@Suite struct SSHConfigTests {
    static let own = """
        version: 1
        \(Example.hub)
        profiles:
          base:
            template: true
            host: hub
            target: {vm: vm-dev, resourceGroup: rg-dev}
            auth: {type: ssh-key, key: ~/.ssh/id, username: azureuser}
          dev: {extends: base, tags: [dev, our-team]}
          win: {extends: base, client: xfreerdp}
          vault: {extends: base, auth: {keyVault: {vault: v, secret: s}}}

        """

    private func blocks(_ outcome: Stage.Outcome) -> [String] {
        outcome.output.split(separator: "\n").filter { $0.hasPrefix("Host ") }.map { String($0.dropFirst(5)) }
    }

    @Test func `has a block for each ssh profile and says why another has none`() async throws {
        let outcome = try await Stage(own: Self.own).run("ssh-config")
        #expect(outcome.status == 0)
        #expect(blocks(outcome) == ["dev"])
        #expect(outcome.output.contains("\n# vault is left out: a key in a Key Vault is not supported yet\n"))
        #expect(outcome.said.contains("vault is left out"))
        #expect(!(outcome.output + outcome.said).contains("win"))
    }

    @Test func `leaves out what could be a host of the network, unless it is the user's own or named`()
        async throws
    {
        let team = """
            version: 1
            hosts:
              far: {name: b, resourceGroup: g, subscription: 22222222-2222-2222-2222-222222222222}
            profiles:
              git.example.com: {host: far, target: {ip: 10.0.0.9}}
              localhost: {host: far, target: {ip: 10.0.0.9}}

            """
        let stage = try Stage(own: Self.own + "  dev.own: {extends: base}\n", team: team)
        let outcome = try await stage.run("ssh-config")
        #expect(blocks(outcome) == ["dev", "dev.own"])
        #expect(outcome.said.contains("git.example.com is left out: the file is not your own"))
        #expect(blocks(try await stage.run("ssh-config", "git.example.com")) == ["git.example.com"])
    }

    @Test func `leaves out what needs trust until it is trusted`() async throws {
        let team = """
            version: 1
            hosts:
              far: {name: b, resourceGroup: g, subscription: 22222222-2222-2222-2222-222222222222}
            profiles:
              plain: {host: far, target: {ip: 10.0.0.9}}
              gated: {host: far, target: {ip: 10.0.0.9}, ssh: {remoteForwards: ["9000:a:9000"]}}

            """
        let stage = try Stage(own: Self.own, team: team)
        let outcome = try await stage.run("ssh-config")
        #expect(blocks(outcome) == ["dev", "plain"])
        #expect(
            outcome.said.contains(
                "gated is left out: 'profiles.gated.ssh.remoteForwards[0]' needs your trust"))
        // Elsewhere the project's profiles would not be found.
        #expect(outcome.output.contains("ProxyCommand env -C \(stage.home.path("project")) "))
        #expect(try await stage.run("trust", stage.teamFile, "--yes").status == 0)
        #expect(blocks(try await stage.run("ssh-config")) == ["dev", "gated", "plain"])
    }

    @Test func `says of a named profile why it has no block`() async throws {
        let stage = try Stage(own: Self.own)
        #expect(blocks(try await stage.run("ssh-config", "dev", "dev")) == ["dev"])
        let cases = [
            ("win", "ssh-config.not-ssh"), ("vault", "plan.not-supported-yet"), ("none", "profile.not-found"),
        ]
        for (name, code) in cases {
            #expect(try await stage.run("ssh-config", "dev", name).failures == [code])
        }
    }

    @Test func `a named profile brings what it jumps through`() async throws {
        let own = Self.own + "  inner: {extends: base, target: {ip: 10.9.0.7}, ssh: {jump: dev}}\n"
        #expect(blocks(try await Stage(own: own).run("ssh-config", "inner")) == ["inner", "dev"])
    }

    @Test func `nothing jumps through what is left out`() async throws {
        let own =
            Self.own + """
                  gate: {extends: base, ssh: {options: {NoSuchOption: x}}}
                  middle: {extends: base, target: {ip: 10.9.0.7}, ssh: {jump: gate}}
                  inner: {extends: base, target: {ip: 10.9.0.8}, ssh: {jump: middle}}

                """
        let outcome = try await Stage(own: own).run("ssh-config")
        #expect(blocks(outcome) == ["dev"])
        #expect(outcome.said.contains("inner is left out: it jumps through 'middle', which is left out"))
    }

    @Test func `names the profiles that it was given, by absolute paths`() async throws {
        let stage = try Stage()
        try stage.home.write(Self.own, to: "project/more.yaml")
        let outcome = try await stage.run("ssh-config", "--profiles", "more.yaml")
        #expect(outcome.output.contains(" --profiles \(stage.home.path("project/more.yaml")) proxy dev\n"))
    }

    @Test func `leaves out what the ssh of this machine does not take`() async throws {
        let own =
            Self.own + "  odd: {extends: base, ssh: {options: {NoSuchOption: x}}}\n"
            + "  quoted: {extends: base, ssh: {options: {SendEnv: 'a\"b'}}}\n"
        let outcome = try await Stage(own: own).run("ssh-config")
        #expect(blocks(outcome) == ["dev"])
        #expect(outcome.said.contains("odd is left out: ssh says: line"))
        #expect(outcome.said.contains("quoted is left out: ssh says: line"))
    }

    @Test func `installs into the file that it is given, twice as once, and takes it away again`()
        async throws
    {
        let stage = try Stage(own: Self.own)
        let file = try stage.home.write("Host dev\n    User me\n", to: "ssh/config")
        let generated = stage.home.path("state/bastion-up/ssh_config")
        let outcome = try await stage.run("ssh-config", "--install", "--ssh-config", file)
        #expect(outcome.output == "")
        #expect(outcome.said.contains("'dev' is a Host of ~/ssh/config too: the profile comes first"))
        func text(_ path: String) throws -> String {
            String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
        }
        let installed = try text(file)
        #expect(installed == "Include \(generated)\nHost dev\n    User me\n")
        #expect(try await text(generated) == stage.run("ssh-config").output)
        #expect(try FileFacts(of: generated).permissions == 0o600)
        #expect(try await stage.run("ssh-config", "--install", "--ssh-config", file).status == 0)
        #expect(try text(file) == installed)
        #expect(try await stage.run("ssh-config", "--uninstall", "--ssh-config", file).status == 0)
        #expect(try text(file) == "Host dev\n    User me\n")
        #expect(!(try FolderListing.names(in: stage.home.path("state/bastion-up"))).contains("ssh_config"))
    }

    @Test(arguments: [["--install", "--uninstall"], ["--uninstall", "dev"]])
    func `refuses words that exclude each other`(_ words: [String]) throws {
        let problem = try diagnostic { _ = try command(words: ["ssh-config"] + words) }
        #expect(problem.exit == .usage)
    }

    @Test func `one process at a time installs`() throws {
        let stage = try Stage(own: Self.own)
        try stage.home.makeFolder("state/bastion-up")
        let file = stage.home.path("ssh/config")
        let program = BuiltProgram.path("bastion-up")
        let running = try (0..<4).map { _ in
            try RunningCommand(
                program, ["ssh-config", "--install", "--ssh-config", file],
                environment: stage.home.environment)
        }
        for command in running { #expect(try command.finish().status == 0) }
        let text = String(decoding: try FileReader.read(file, limit: 1 << 20).bytes, as: UTF8.self)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("Include ") } == 1)
    }
}

@Suite struct InventoryTests {
    @Test func `lists hosts, their variables and groups by tag`() async throws {
        let outcome = try await Stage(own: SSHConfigTests.own).run("inventory", "--list")
        #expect(outcome.output.contains(#""children": ["dev", "our_team", "ungrouped"]"#))
        #expect(outcome.output.contains("\"our_team\": {\n    \"hosts\": [\"dev\"]"))
        #expect(outcome.output.contains(#""ansible_user": "azureuser""#))
        // What a script says is an error for Ansible.
        #expect(outcome.said == "")
        #expect(
            try await Stage(own: SSHConfigTests.own).run("inventory", "-v").said.contains("vault is left out")
        )
    }

    @Test func `has nothing to say of a host that is not there`() async throws {
        #expect(try await Stage(own: SSHConfigTests.own).run("inventory", "--host", "win").output == "{}\n")
    }

    @Test(arguments: [
        ("dev", "dev"), ("our-team", "our_team"), ("2024", "tag_2024"), ("all", "tag_all"),
        ("größe", "gr__e"),
        ("ungrouped", "tag_ungrouped"), ("_meta", "tag__meta"),
    ])
    func `a tag becomes a name that Ansible takes for a group`(_ tag: String, _ name: String) {
        #expect(AnsibleInventory.groupName(tag) == name)
    }

    /// What stands before or behind the mark is one character with it for Swift, and two for a shell.
    @Test(arguments: ["'\\u0301 -oX=y '\\u0301", "\\u0600' -oX=y \\u0600'"])
    func `an option stays one word of Ansible's arguments`(_ text: String) async throws {
        let own = SSHConfigTests.own + "  odd: {extends: base, ssh: {options: {SendEnv: \"\(text)\"}}}\n"
        let printed = try await Stage(own: own).run("inventory", "--host", "odd").output
        #expect(printed.contains("SendEnv="))
        // Each mark leaves the quotation marks, stands in others, and leaves those again.
        let marks = printed.unicodeScalars.filter { $0 == "'" }.count
        let others = try await Stage(own: own).run("inventory", "--host", "dev").output.unicodeScalars
        #expect(marks == others.filter { $0 == "'" }.count + 2 + 2 * 3)
    }

    @Test(arguments: ["{{ lookup('pipe', 'id') }}", "{% raw %}", "{# x #}", "\\u0600{{ x }}"])
    func `leaves out what Ansible would evaluate`(_ text: String) async throws {
        let own = SSHConfigTests.own + "  bad: {extends: base, ssh: {options: {SendEnv: \"\(text)\"}}}\n"
        let outcome = try await Stage(own: own).run("inventory", "-v")
        #expect(!outcome.output.contains("bad"))
        #expect(outcome.output.contains("\"dev\""))
        #expect(outcome.said.contains("bad is left out: Ansible would take a part of it for a template"))
    }
}
