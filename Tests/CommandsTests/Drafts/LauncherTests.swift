import Glibc
import Keyring
import Posix
import TestSupport
import Testing

@testable import Commands

func symlinkMade(_ target: String, _ path: String) -> Bool { symlink(target, path) == 0 }

@Suite struct RDPFileCommandTests {
    static let profile = """
        version: 1
        \(Example.hub)
        profiles:
          win:
            host: hub
            target: {vm: vm-win, resourceGroup: rg}
            client: xfreerdp
            auth: {type: password, username: 'CONTOSO\\müller'}
            ports: ["0:3389", "13389:3389"]
            rdp: {size: 1600x900, clipboard: true, sound: true, multimon: true, drives: {home: /home}}
          dev: {host: hub, target: {ip: 10.0.0.4}}

        """

    @Test func `the file has the profile's settings and shares nothing else`() async throws {
        let stage = try Stage(own: Self.profile)
        let outcome = try await stage.run("rdp-file", "win", "--tunnel")
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.last == "" && !lines.contains { $0.contains("\n") })
        for line in [
            "full address:s:127.0.0.1:13389", "username:s:CONTOSO\\müller", "desktopwidth:i:1600",
            "desktopheight:i:900",
            "screen mode id:i:1", "use multimon:i:1", "redirectclipboard:i:1", "audiomode:i:0",
            "audiocapturemode:i:0",
            "drivestoredirect:s:", "redirectprinters:i:0", "gatewayusagemethod:i:0",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
        #expect(!outcome.output.contains("password"))
        #expect(outcome.said.contains("bastion-up tunnel win --port 13389:3389\n"))
        #expect(outcome.said.contains("'rdp.drives' is not in the file"))
    }

    @Test func `a file with other letters than ASCII is UTF-16`() async throws {
        let stage = try Stage(own: Self.profile)
        #expect(
            try await stage.run("rdp-file", "win", "--tunnel", "--port", "4000", "--write", "w.rdp").status
                == 0)
        let path = stage.home.path("project/w.rdp")
        let bytes = try FileReader.read(path, limit: 1 << 20).bytes
        #expect(bytes.starts(with: [0xFF, 0xFE, UInt8(ascii: "f"), 0]))
        #expect(
            try await stage.run("rdp-file", "win", "--tunnel", "--write", "w.rdp").failures == [
                "output.exists"
            ])
        #expect(try FileReader.read(path, limit: 1 << 20).bytes == bytes)
        // What we write, we read.
        let back = try await stage.run("import", "w.rdp", "--host", "hub")
        #expect(
            back.output.contains("username: 'CONTOSO\\müller'\n") && back.output.contains("size: 1600x900\n"))
    }

    @Test(arguments: [
        (["win"], "rdp-file.not-supported-yet", 78), (["dev", "--tunnel"], "rdp-file.no-local-port", 64),
        (["none", "--tunnel"], "profile.not-found", 66),
        (["win", "--tunnel", "--port", "0"], "usage.port", 64),
    ])
    func `what cannot be made is refused`(_ words: [String], _ code: String, _ status: Int32) async throws {
        let stage = try Stage(own: Self.profile)
        let padded = words + Array(repeating: "-q", count: 4 - words.count)
        let outcome = try await stage.run("rdp-file", padded[0], padded[1], padded[2], padded[3])
        #expect(outcome.failures == [code] && outcome.status == status)
    }

    @Test func `a port that is given goes before that of the profile`() async throws {
        let stage = try Stage(own: Self.profile)
        let outcome = try await stage.run("rdp-file", "dev", "--tunnel", "--port", "4000")
        #expect(outcome.output.hasPrefix("full address:s:127.0.0.1:4000\r\n"))
        #expect(outcome.said == "run beside it: bastion-up tunnel dev --port 4000:3389\n")
    }
}

@Suite struct DesktopCommandTests {
    private func content(_ stage: Stage, _ name: String) throws -> String {
        let path = stage.home.path("data/applications/bastion-up-\(name).desktop")
        return String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
    }

    @Test func `writes a launcher, replaces its own, and removes it`() async throws {
        let stage = try Stage(own: Example.own)
        #expect(
            try await stage.run("desktop", "install", "dev").said.hasPrefix(
                "wrote ~/data/applications/bastion-up-dev.desktop"))
        let text = try content(stage, "dev")
        #expect(text.contains("\nName=dev (Azure Bastion)\n") && text.contains("\nComment=Build machine\n"))
        #expect(text.contains(" connect dev\n") && text.contains("\nTerminal=true\n"))
        #expect(
            try await stage.run("desktop", "install", "dev", "--name", "A \\ B").said.hasPrefix("replaced "))
        #expect(try content(stage, "dev").contains("\nName=A \\\\ B\n"))
        #expect(try await stage.run("desktop", "install", "dev", "--uninstall").said.hasPrefix("removed "))
        let again = try await stage.run("desktop", "install", "dev", "--uninstall")
        #expect(again.status == 0 && again.said.contains("has no launcher"))
    }

    @Test func `leaves what others wrote`() async throws {
        let stage = try Stage(own: Example.own)
        try stage.home.write("[Desktop Entry]\nName=x\n", to: "data/applications/bastion-up-dev.desktop")
        for flag in ["--uninstall", "-q"] {
            let outcome = try await stage.run("desktop", "install", "dev", flag)
            #expect(outcome.failures == ["desktop.foreign-file"] && outcome.status == 73)
        }
        #expect(try content(stage, "dev") == "[Desktop Entry]\nName=x\n")
    }

    @Test func `a profile of the project is started in its folder, one that was named with its file`()
        async throws
    {
        let stage = try Stage(team: Example.team)
        #expect(try await stage.run("trust", ".bastion-up/team.yaml", "--yes").status == 0)
        #expect(try await stage.run("desktop", "install", "win").status == 0)
        #expect(try content(stage, "win").contains("\nPath=\(stage.home.path("project"))\n"))
        let other = try Stage()
        let file = try other.home.write(Example.own, to: "project/my profiles.yaml")
        #expect(
            try await other.run("desktop", "install", "dev", "--profiles", "my profiles.yaml").status == 0)
        #expect(try content(other, "dev").contains(" --profiles \"\(file)\" connect dev\n"))
    }

    @Test func `a desktop whose password the keyring has needs no terminal window`() async throws {
        var stage = try Stage(own: RDPFileCommandTests.profile)
        stage.secrets = MemoryStore()
        #expect(try await stage.run("desktop", "install", "win").said.contains("secret set win"))
        #expect(try content(stage, "win").contains("\nTerminal=true\n"))
        stage.secrets = OnePassword(username: "CONTOSO\\müller")
        #expect(try await !stage.run("desktop", "install", "win").said.contains("secret set win"))
        #expect(try content(stage, "win").contains("\nTerminal=false\n"))
        stage.secrets = OnePassword(username: "other")
        #expect(try await stage.run("desktop", "install", "win").said.contains("secret set win"))
    }

    @Test func `the desktop's own validator finds nothing wrong`() async throws {
        let validator = "/usr/bin/desktop-file-validate"
        guard (try? FileFacts(of: validator)) != nil else { return }
        let stage = try Stage(own: Example.own)
        for title in ["Dev", "100% \"$HOME\" \\ `x`; 'y' ünï", " leading"] {
            #expect(try await stage.run("desktop", "install", "dev", "--name", title).status == 0)
            let file = stage.home.path("data/applications/bastion-up-dev.desktop")
            let check = try RunningCommand(validator, [file], environment: stage.home.environment)
            let result = try check.finish(within: .seconds(20))
            #expect(result.ending == .exited(0) && check.output == "" && check.standardError == "")
        }
    }

    @Test(arguments: ["../dev", "a/b", "", "Dev"])
    func `a name that is none reaches no file`(_ name: String) async throws {
        let outcome = try await Stage().run("desktop", "install", name, "--uninstall")
        #expect(outcome.failures == ["usage.profile-name"] && outcome.status == 64)
    }
}

/// A keyring that has the password of one user for every target, and can be asked for nothing else.
private struct OnePassword: SecretStore {
    let username: String

    func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> [StoredItem]
    {
        guard attributes.kind == .password, attributes.values["username"] == username else { return [] }
        return [StoredItem(label: "x", attributes: attributes, isLocked: false)]
    }

    func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> SecretBytes?
    { nil }

    func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError) {}

    func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> Bool
    { false }
}
