import Posix
import TestSupport
import Testing

@testable import Commands

@Suite struct ImportCommandTests {
    static let rdp =
        "full address:s:10.0.0.4\nusername:s:me\nredirectclipboard:i:1\npassword 51:b:0123hunter2\n"
    static let own = """
        version: 1
        \(Example.hub)
        profiles:
          win-dev: {host: hub, target: {ip: 10.0.0.7}}

        """

    private func stage(own: String? = nil) throws -> (Stage, String) {
        let stage = try Stage(own: own ?? "version: 1\n\(Example.hub)\n")
        return (stage, try stage.home.write(Self.rdp, to: "project/Win Dev.rdp"))
    }

    private func content(_ path: String) throws -> String {
        String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
    }

    @Test func `prints a file that is valid as it is, and says what is left out`() async throws {
        let (stage, _) = try stage()
        let outcome = try await stage.run("import", "Win Dev.rdp", "--host", "hub")
        #expect(
            outcome.output == """
                # Made by 'bastion-up import' of Win Dev.rdp.

                version: 1
                profiles:
                  win-dev:
                    host: hub
                    target:
                      ip: 10.0.0.4
                    auth:
                      type: password
                      username: me
                    client: xfreerdp
                    rdp:
                      clipboard: true

                """)
        #expect(outcome.status == 0)
        #expect(outcome.said.contains("Win Dev.rdp:4:1: warning: left out 'password 51'"))
        #expect(outcome.said.contains("'bastion-up secret set win-dev'"))
        #expect(outcome.said.contains("'profiles.win-dev.rdp.clipboard' shares your clipboard"))
        #expect(!outcome.said.contains("hunter2"))
        try stage.home.write(outcome.output, to: "config/bastion-up/profiles/new.yaml")
        #expect(try await stage.run("validate").said.hasSuffix("no problems\n"))
    }

    @Test func `writes into the profile folder, once`() async throws {
        let (stage, _) = try stage()
        let outcome = try await stage.run("import", "Win Dev.rdp", "--host", "hub", "--write", "-q")
        let file = stage.home.path("config/bastion-up/profiles/win-dev.yaml")
        #expect(outcome.status == 0 && outcome.output == "" && outcome.said == "")
        let before = try content(file)
        let again = try await stage.run("import", "Win Dev.rdp", "--host", "hub", "--write")
        #expect(again.failures == ["import.name-taken"] && again.status == 73)
        #expect(try content(file) == before)
        #expect(try await stage.run("list").output.contains("win-dev"))
    }

    @Test(arguments: [
        ["--write", "out/a.yaml", "Win Dev.rdp"], ["Win Dev.rdp", "--write", "out/a.yaml"],
        ["--write=out/a.yaml", "Win Dev.rdp"], ["Win Dev.rdp", "--write=out/a.yaml"],
    ])
    func `the file to write may be named on either side`(_ words: [String]) async throws {
        let (stage, _) = try stage()
        let run = {
            try await stage.run(
                "import", words[0], words[1], words.count > 2 ? words[2] : "--no-color", "--host", "hub")
        }
        let outcome = try await run()
        #expect(outcome.status == 0)
        #expect(outcome.said.contains("wrote ~/project/out/a.yaml\n"))
        #expect(outcome.said.contains("next: bastion-up --profiles ~/project/out/a.yaml plan win-dev\n"))
        #expect(try content(stage.home.path("project/out/a.yaml")).contains("win-dev:"))
        let again = try await run()
        #expect(again.failures == ["output.exists"] && again.status == 73)
    }

    @Test func `a link at the place is neither followed nor replaced`() async throws {
        let (stage, _) = try stage()
        let path = stage.home.path("project/out.yaml")
        try #require(symlinkMade("nowhere", path))
        let outcome = try await stage.run("import", "Win Dev.rdp", "--host", "hub", "--write", "out.yaml")
        #expect(outcome.failures == ["output.exists"])
        #expect(try FileFacts(ofLink: path).kind == .symbolicLink)
        #expect(
            try FolderListing.names(in: stage.home.path("project")).filter { $0.contains("nowhere") } == [])
    }

    @Test func `a name that is taken is said, and not written`() async throws {
        let (stage, _) = try stage(own: Self.own)
        let printed = try await stage.run("import", "Win Dev.rdp", "--host", "hub")
        #expect(printed.status == 0 && printed.said.contains("warning: you have a profile 'win-dev' already"))
        let written = try await stage.run("import", "Win Dev.rdp", "--host", "hub", "--write")
        #expect(written.failures == ["import.name-taken"] && written.status == 73)
        let other = try await stage.run(
            "import", "Win Dev.rdp", "--host", "hub", "--write", "--name", "win-two")
        #expect(other.status == 0)
    }

    @Test func `several profiles make room for those that are there`() async throws {
        let (stage, _) = try stage(own: Self.own)
        try stage.home.write(
            "Host win-dev\n HostName 10.0.0.1\nHost list\n HostName 10.0.0.2\n", to: "project/config")
        let outcome = try await stage.run("import", "config", "--host", "hub", "--write")
        #expect(outcome.status == 0)
        let text = try content(stage.home.path("config/bastion-up/profiles/ssh-config.yaml"))
        #expect(text.contains("  win-dev-ssh:\n") && text.contains("  list-ssh:\n"))
        #expect(try await stage.run("validate").said.hasSuffix("no problems\n"))
    }

    @Test func `asks for the host at a terminal, until the answer is one`() async throws {
        var (stage, _) = try stage()
        stage.typed = ["nope", "7", "1"]
        let outcome = try await stage.run("import", "Win Dev.rdp")
        #expect(outcome.questions.count == 3)
        #expect(outcome.output.contains("host: hub\n") && !outcome.output.contains("template"))
        stage.typed = [""]
        #expect(try await stage.run("import", "Win Dev.rdp").output.contains("template: true\n"))
        stage.typed = []
        let interrupted = try await stage.run("import", "Win Dev.rdp", "--write")
        #expect(interrupted.failures == ["session.cancelled"] && interrupted.status == 130)
        #expect(try FolderListing.names(in: stage.home.path("config/bastion-up/profiles")) == ["own.yaml"])
    }

    @Test func `without anybody to ask it writes a template that can be validated`() async throws {
        let (stage, _) = try stage()
        let outcome = try await stage.run("import", "Win Dev.rdp", "--write", "--no-input")
        #expect(outcome.said.contains("warning: nothing says which bastion host leads to 'win-dev'"))
        #expect(outcome.said.contains("next: fill in the templates in ~/"))
        #expect(try await stage.run("validate").said.hasSuffix("no problems\n"))
    }

    @Test func `a host by its resource ID is written with it`() async throws {
        let (stage, _) = try stage()
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/bastionHosts/bas-far"
        let outcome = try await stage.run("import", "Win Dev.rdp", "--host", id)
        #expect(outcome.output.contains("hosts:\n  bas-far:\n    resourceId: \(id)\n"))
        #expect(outcome.output.contains("host: bas-far\n"))
    }

    @Test(arguments: [
        (["import", "none.rdp"], "import.no-file", 66), (["import", "."], "import.unreadable", 65),
        (["import", "Win Dev.rdp", "--format", "vnc"], "usage.unknown-word", 64),
        (["import", "Win Dev.rdp", "--name", "No"], "usage.profile-name", 64),
        (["import", "Win Dev.rdp", "--host", "nope"], "profile.unknown-host", 65),
        (["import", "Win Dev.rdp", "--host", "/subscriptions/x"], "profile.invalid-resource-id", 65),
        (["import", "Win Dev.rdp", "--format", "remmina"], "import.nothing-found", 65),
        (["import"], "usage.word-count", 64),
    ])
    func `what cannot be imported is refused`(_ words: [String], _ code: String, _ status: Int32) async throws
    {
        let (stage, _) = try stage()
        let padded = words + Array(repeating: "-q", count: 4 - words.count)
        let outcome = try await stage.run(padded[0], padded[1], padded[2], padded[3])
        #expect(outcome.failures == [code] && outcome.status == status)
    }

    @Test func `a file that is too large is not read`() async throws {
        let (stage, _) = try stage()
        try stage.home.write(String(repeating: "x", count: 2 << 20), to: "project/big.rdp")
        let outcome = try await stage.run("import", "big.rdp")
        #expect(outcome.failures == ["import.too-large"] && outcome.status == 65)
    }
}
