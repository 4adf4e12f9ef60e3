import Diagnostics
import Drafts
import Profiles
import Testing

@Suite struct DraftWriterTests {
    /// Text that YAML 1.1 or 1.2 gives a meaning of its own, and text that is hard to quote.
    static let awkward = [
        "plain", "with space", " leading", "trailing ", "yes", "No", "on", "OFF", "y", "null", "~", "true",
        "False",
        "12", "0x1F", "0o22", "1_000", "1e3", "-1", "+1", ".5", "1.5", ".inf", ".nan", "22:22", "190:20:30",
        "2024-01-01", "2024-01-01 10:00:00", "a: b", "a:b", "a #b", "#a", "'single'", "\"double\"", "it's",
        "back\\slash", "CONTOSO\\dev", "me@contoso.com", "@at", "`tick", "!tag", "&anchor", "*alias",
        "%percent",
        "- item", "-", "?", "? key", ": value", ":", "[a]", "{a: b}", "{a}", "a]", "a, b", "|", ">", "=",
        "<<",
        "---", "...", "tab\tinside", "ünïcode", "日本語", "emoji 🚀", "e\u{301}", "\u{200F}right", "\u{FEFF}bom",
        "no\u{A0}break", "line\u{2028}separator", "a'b\"c\\d", "$", "$$", "${", "$${", "$${user}", "${user}",
        "${env:HOME}", "${unknown}", "a${b", "~/path", "~user", "/abs/path with space", "", "'", "\"", "''",
        "\\",
        "1920x1080", "0x10", "1x1", "10.0.0.4", "fe80::1", "11111111-1111-1111-1111-111111111111", "1.2.3",
        String(repeating: "long ", count: 60) + "end",
    ]

    @Test(arguments: awkward)
    func `every text reads back as itself`(_ text: String) throws {
        var draft = ProfileDraft(name: "dev")
        draft.set("host", .text("hub"))
        draft.set("target.ip", .literal("10.0.0.4"))
        draft.set("description", .literal(text))
        draft.set("auth.username", .text("me"))
        draft.set(["ssh", "options", "SendEnv"], .literal(text))
        var file = DraftFile()
        file.profiles = [draft]
        let written = DraftWriter.text(file)
        let decoded = Fixtures.decode(written)
        let hasControl = text.unicodeScalars.contains { $0.value < 0x20 }
        #expect(decoded.problems.all.map(\.code) == (hasControl ? ["profile.control-character"] : []))
        guard !hasControl else { return }
        let profile = try Fixtures.resolver(written).resolve("dev").profile
        #expect(profile.description ?? "" == text)
        #expect(profile.ssh.options == [SSHSettings.Option(name: "SendEnv", value: text)])
    }

    @Test func `placeholders of our own texts stay placeholders`() throws {
        var draft = ProfileDraft(name: "dev")
        draft.set("host", .text("hub"))
        draft.set("target.ip", .literal("10.0.0.4"))
        draft.set("auth.username", .text("${user}"))
        var file = DraftFile()
        file.profiles = [draft]
        let profile = try Fixtures.resolver(DraftWriter.text(file)).resolve("dev").profile
        #expect(profile.authentication.username == "alice")
    }

    @Test(arguments: ["on", "1e3", "null", "12", "0x1f", "1.0", "dev", "a.b", "true", "2024-01-01"])
    func `every name is a name`(_ name: String) throws {
        var draft = ProfileDraft(name: name)
        draft.set("host", .text(name))
        draft.set("target.ip", .literal("10.0.0.4"))
        var file = DraftFile()
        file.hosts = [HostDraft(name: name, address: .resourceID(try #require(ResourceID(Fixtures.hub))))]
        file.profiles = [draft]
        let written = DraftWriter.text(file)
        #expect(Fixtures.decode(written).problems.errors == [])
        #expect(try Fixtures.resolver(written).resolve(name).profile.host.name == name)
    }

    @Test func `keys stand in the order of the reference, with comments above`() {
        var draft = ProfileDraft(name: "dev")
        draft.set("ports", .list([.text("2222:22"), .text("0:80")]))
        draft.set("auth.username", .text("me"), comment: ["", "who"])
        draft.set("rdp.clipboard", .boolean(true))
        draft.set("target.port", .integer(2222))
        draft.set("host", .text("hub"))
        draft.set("target.ip", .text("10.0.0.4"))
        var file = DraftFile()
        file.comment = ["Made by hand\nof nobody"]
        file.profiles = [draft]
        #expect(
            DraftWriter.text(file) == """
                # Made by hand of nobody
                version: 1
                profiles:
                  dev:
                    host: hub
                    target:
                      ip: 10.0.0.4
                      port: 2222
                    auth:

                      # who
                      username: me
                    ports:
                      - '2222:22'
                      - '0:80'
                    rdp:
                      clipboard: true

                """)
    }

    @Test func `a draft with a gap is a template that says what to fill in`() throws {
        var draft = ProfileDraft(name: "dev")
        draft.gaps = [ProfileDraft.Gap(line: "host: NAME", meaning: "the bastion host")]
        var file = DraftFile()
        file.profiles = [draft]
        let written = DraftWriter.text(file)
        #expect(written.contains("    # host: NAME  <- the bastion host\n    template: true\n"))
        #expect(Fixtures.decode(written).problems.all == [])
        let error = #expect(throws: Problems.self) { try Fixtures.resolver(written).resolve("dev") }
        #expect(error?.all.map(\.code) == ["profile.is-template"])
    }
}
