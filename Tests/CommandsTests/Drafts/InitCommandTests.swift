import Posix
import TestSupport
import Testing

@testable import Commands

@Suite struct InitCommandTests {
    static let host =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-hub/providers/"
        + "Microsoft.Network/bastionHosts/bas-hub"
    static let machine =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-dev/providers/"
        + "Microsoft.Compute/virtualMachines/VM-Dev"

    private func content(_ stage: Stage, _ name: String) throws -> String {
        let path = stage.home.path("config/bastion-up/profiles/\(name)")
        return String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
    }

    @Test func `a resource ID answers several questions, and Enter takes what is suggested`() async throws {
        var stage = try Stage()
        stage.typed = [Self.host, "", Self.machine, "", "", "me", ""]
        let outcome = try await stage.run("init")
        #expect(outcome.status == 0)
        #expect(
            outcome.questions == [
                "Bastion host: ", "Its tenant, if it is not that of your sign-in [none]: ", "VM: ",
                "Client [ssh]: ",
                "Sign-in [keys]: ", outcome.questions[5], "Name of the profile [vm-dev]: ",
            ])
        #expect(outcome.questions[5].hasPrefix("User on the VM ["))
        #expect(
            outcome.said.contains(
                "wrote ~/config/bastion-up/profiles/vm-dev.yaml\nnext: bastion-up plan vm-dev\n"))
        #expect(
            try content(stage, "vm-dev.yaml").contains(
                """
                version: 1
                hosts:
                  bas-hub:
                    resourceId: \(Self.host)
                profiles:
                  vm-dev:
                    # The bastion host: a name under 'hosts'.
                    host: bas-hub
                    target:
                      resourceId: \(Self.machine)
                    auth:
                      # Without a type: your own ssh keys.
                      username: me

                """))
        #expect(try await stage.run("validate").said == "1 file, 1 profile: no problems\n")
        #expect(try await stage.run("plan", "vm-dev", "--no-input").output.contains("VM-Dev"))
    }

    @Test func `what the comments offer is valid where it is uncommented`() async throws {
        for client in ["ssh", "xfreerdp"] {
            let stage = try Stage()
            let outcome = try await stage.run(
                "init", "--no-input", "--host", Self.host, "--target", Self.machine, "--client", client,
                "--name", "dev")
            #expect(outcome.status == 0)
            let text = try content(stage, "dev.yaml")
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("#     ") ? String(line.dropFirst(2)) : String(line)
            }
            try stage.home.writeProfiles(lines.joined(separator: "\n"), named: "dev.yaml")
            #expect(try await stage.run("validate").said == "1 file, 1 profile: no problems\n")
            #expect(try await stage.run("show", "dev").output.contains("Build machine of the team"))
        }
    }

    @Test func `a wrong answer is said at once, and asked again`() async throws {
        var stage = try Stage()
        stage.typed = [
            "a/b", "no good", "bas-hub", "", "rg-hub", "12", "11111111-1111-1111-1111-111111111111",
            "contoso.com",
            "10.0.0.300", "10.0.0.4", "vnc", "rdp", "keys", "aad", "password", "a b", "CONTOSO\\me",
            "Bad Name", "list", "lab",
        ]
        let outcome = try await stage.run("init")
        #expect(outcome.status == 0)
        for part in [
            "'a/b' cannot be 'hosts.NAME.resourceId'", "'no good' cannot be 'hosts.NAME.name'", "'12' ",
            "'10.0.0.300' cannot be 'target.ip'", "'vnc' is neither ssh nor xfreerdp", "'keys' is no way",
            "'aad' is no way", "'a b' cannot be 'auth.username'", "'Bad Name' cannot be",
            "'list' is the name of a command",
        ] {
            #expect(outcome.said.contains(part), "\(part)")
        }
        let text = try content(stage, "lab.yaml")
        #expect(text.contains("tenant: contoso.com") && text.contains("client: xfreerdp"))
        #expect(text.contains("username: CONTOSO\\me\n"))
        #expect(outcome.said.contains("next: bastion-up secret set lab\n"))
        #expect(try await stage.run("validate").said == "1 file, 1 profile: no problems\n")
    }

    @Test(arguments: 0..<7)
    func `Ctrl-C at any question leaves nothing`(_ count: Int) async throws {
        var stage = try Stage()
        stage.typed = Array([Self.host, "", Self.machine, "", "", "me"].prefix(count))
        let outcome = try await stage.run("init")
        #expect(outcome.failures == ["session.cancelled"] && outcome.status == 130)
        #expect(throws: FileError.self) { try FileFacts(of: stage.home.path("config/bastion-up")) }
    }

    @Test func `a host that is known is offered by its short name`() async throws {
        var stage = try Stage(own: "version: 1\n\(Example.hub)\n")
        stage.typed = ["", "vm-x", "rg-x", "", "ssh-key", "~/.ssh/none", "me", ""]
        let outcome = try await stage.run("init")
        #expect(outcome.questions.first == "Bastion host [hub]: ")
        #expect(outcome.said.contains("there is no file ~/.ssh/none now"))
        let text = try content(stage, "vm-x.yaml")
        #expect(
            !text.contains("hosts:\n") && text.contains("host: hub\n") && text.contains("key: ~/.ssh/none\n"))
        #expect(try await stage.run("validate").said == "2 files, 1 profile: no problems\n")
    }

    @Test func `flags answer everything, and nothing is overwritten`() async throws {
        let stage = try Stage()
        let run = {
            try await stage.run(
                "init", "--no-input", "--host", "bas", "--resource-group", "rg", "--subscription",
                "11111111-1111-1111-1111-111111111111", "--target", "vm", "--target-resource-group", "rg-vm",
                "--username",
                "me", "--auth", "entra", "--write", "mine.yaml")
        }
        let outcome = try await run()
        #expect(outcome.status == 0 && outcome.questions == [])
        #expect(outcome.said.contains("next: bastion-up --profiles ~/project/mine.yaml plan vm\n"))
        let again = try await run()
        #expect(again.failures == ["output.exists"] && again.status == 73)
        let validated = try await stage.run("validate", "--isolated", "mine.yaml")
        #expect(validated.said == "1 file, 1 profile: no problems\n")
    }

    @Test(arguments: [
        (["--target", machine], "usage.missing-flag", 64),
        (["--host", host], "usage.missing-flag", 64),
        (["--host", "bas", "--target", machine], "usage.missing-flag", 64),
        (["--host", host, "--target", "10.0.0.4", "--auth", "aad"], "init.sign-in", 64),
        (["--host", host, "--target", "10.0.0.4", "--name", "list"], "init.name-taken", 64),
        (["--host", host, "--target", "10.0.0.4", "--client", "vnc"], "init.client", 64),
        (["--host", host, "--target", "10.0.0.4.5"], "profile.invalid-address", 65),
    ])
    func `a missing or wrong flag is named`(_ words: [String], _ code: String, _ status: Int32) async throws {
        let stage = try Stage()
        let padded = words + Array(repeating: "-q", count: 6 - words.count)
        let outcome = try await stage.run(
            "init", "--no-input", padded[0], padded[1], padded[2], padded[3], padded[4], padded[5])
        #expect(outcome.failures == [code] && outcome.status == status)
    }
}
