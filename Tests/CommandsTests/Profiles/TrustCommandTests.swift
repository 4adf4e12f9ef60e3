import FoundationEssentials
import TestSupport
import Testing

@testable import Commands

@Suite struct TrustCommandTests {
    private let stage: Stage

    init() throws { stage = try Stage(own: Example.own, team: Example.team) }

    private func rewriteTeam(_ old: String, _ new: String) throws {
        let parts = Example.team.split(separator: old, omittingEmptySubsequences: false)
        try stage.home.write(parts.joined(separator: new), to: "project/.bastion-up/team.yaml")
    }

    @Test func `shows what a file asks for, asks, and lets it`() async throws {
        #expect(try await stage.run("plan", "win").failures == ["trust.required"])
        let outcome = try await stage.run("trust", ".bastion-up/team.yaml", answer: true)
        #expect(
            outcome.output == """
                .bastion-up/team.yaml asks for what only you may allow:

                  shares your clipboard with the target
                      profiles.win.rdp.clipboard: true  (.bastion-up/team.yaml:13)


                """)
        #expect(outcome.questions == ["Trust this file for as long as it asks for exactly this?"])
        #expect(outcome.said == "trusted: .bastion-up/team.yaml\n" && outcome.status == 0)
        #expect(try await !stage.run("plan", "win").failures.contains("trust.required"))
        #expect(try await !stage.run("list").output.contains("untrusted"))

        let again = try await stage.run("trust", stage.teamFile, answer: false)
        #expect(again.output.contains("is trusted already") && again.questions.isEmpty && again.status == 0)
    }

    @Test func `records nothing after a no`() async throws {
        let outcome = try await stage.run("trust", stage.teamFile, answer: false)
        #expect(outcome.status == 77 && outcome.said.hasPrefix("nothing was changed"))
        #expect(try await stage.run("plan", "win").failures == ["trust.required"])
    }

    @Test(arguments: [[], ["--no-input"]])
    func `fails where nobody can be asked`(_ flags: [String]) async throws {
        let outcome =
            flags.isEmpty
            ? try await stage.run("trust", stage.teamFile)
            : try await stage.run("trust", stage.teamFile, "--no-input", answer: true)
        #expect(outcome.failures == ["trust.not-asked"] && outcome.status == 77)
        #expect(outcome.output.contains("shares your clipboard"))
        #expect(outcome.questions.isEmpty)
    }

    @Test func `asks nothing with --yes`() async throws {
        let outcome = try await stage.run("trust", "--yes", stage.teamFile, answer: false)
        #expect(outcome.status == 0 && outcome.questions.isEmpty)
        #expect(outcome.output.contains("shares your clipboard"))
    }

    @Test func `stays trusted when something else is edited`() async throws {
        _ = try await stage.run("trust", "--yes", stage.teamFile)
        try rewriteTeam("vm-win", "vm-other")
        #expect(try await !stage.run("plan", "win").failures.contains("trust.required"))
    }

    @Test func `shows the difference to what was trusted`() async throws {
        _ = try await stage.run("trust", "--yes", stage.teamFile)
        try rewriteTeam("clipboard: true", "microphone: true")
        #expect(try await stage.run("plan", "win").failures == ["trust.required"])
        let outcome = try await stage.run("trust", stage.teamFile, answer: true)
        let parts = outcome.output.split(separator: "no longer asked for:\n")
        #expect(parts.count == 2)
        #expect(parts.first?.contains("new:\n  lets the target listen to your microphone\n") == true)
        #expect(parts.last?.hasPrefix("  shares your clipboard with the target\n") == true)
    }

    @Test func `shows text of the file so that it cannot drive the terminal`() async throws {
        try rewriteTeam("client: xfreerdp", "client: {command: [\"run\\e[2J\"]}")
        let outcome = try await stage.run("trust", stage.teamFile, answer: false)
        #expect(outcome.output.contains("runs a program on this machine"))
        #expect(!outcome.output.contains("\u{1B}"))
    }

    @Test func `needs no trust for the user's own file, or one that asks for nothing`() async throws {
        let own = try await stage.run("trust", stage.ownFile, answer: false)
        #expect(own.said.contains("your own configuration") && own.status == 0 && own.questions.isEmpty)
        let plain = try stage.home.write("version: 1\n", to: "plain.yaml")
        let outcome = try await stage.run("trust", plain, answer: false)
        #expect(outcome.said.contains("asks for nothing") && outcome.status == 0 && outcome.questions.isEmpty)
    }

    @Test func `takes a file that stands in no layer, and a folder`() async throws {
        let file = try stage.home.write(Example.team, to: "elsewhere/team.yaml")
        #expect(try await stage.run("trust", "--yes", "../elsewhere/team.yaml").status == 0)
        let folder = try await stage.run("trust", "--yes", "../elsewhere")
        #expect(folder.output.contains("../elsewhere/team.yaml is trusted already"))
        #expect(
            try await stage.run("trust").output.contains("\ntrusted      1         ~/elsewhere/team.yaml"))
        #expect(try await !stage.run("plan", "win", "--profiles", file).failures.contains("trust.required"))
    }

    @Test func `does not take a file that it cannot read for one that asks for nothing`() async throws {
        let file = try stage.home.write("profiles:\n\t- x\n", to: "bad.yaml")
        let outcome = try await stage.run("trust", "--yes", file)
        #expect(outcome.failures == ["yaml.tab"] && outcome.status == 65)
        #expect(try await stage.run("trust", "none.yaml").failures == ["profiles.not-found"])
        try stage.home.makeFolder("empty")
        #expect(try await stage.run("trust", "../empty").failures == ["trust.no-file"])
    }

    @Test func `lists what is trusted, what needs it, and what is gone`() async throws {
        let file = try stage.home.write(Example.team, to: "elsewhere.yaml")
        _ = try await stage.run("trust", "--yes", file)
        try rewriteTeam("clipboard", "microphone")
        #expect(
            try await stage.run("trust").output == """
                STATE        REQUESTS  FILE
                trusted      1         ~/elsewhere.yaml
                not trusted  1         ~/project/.bastion-up/team.yaml

                """)
        try stage.home.write("version: 1\n", to: "elsewhere.yaml")
        #expect(try await stage.run("trust").output.contains("asks for nothing  0         ~/elsewhere.yaml"))
    }

    @Test func `lists for programs as well`() async throws {
        struct Entry: Decodable {
            struct Request: Decodable { var path, meaning, value: String; var line: Int }
            var file, state: String
            var requests: [Request]
        }
        let outcome = try await stage.run("trust", "--output", "json")
        let entries = try JSONDecoder().decode([Entry].self, from: Data(outcome.output.utf8))
        #expect(entries.map(\.file) == [stage.teamFile] && entries.map(\.state) == ["not trusted"])
        #expect(entries.first?.requests.map(\.path) == ["profiles.win.rdp.clipboard"])
        let refused = try await stage.run("trust", stage.teamFile, "--output", "json")
        #expect(refused.failures == ["usage.output"])
    }

    @Test func `takes the trust back`() async throws {
        _ = try await stage.run("trust", "--yes", stage.teamFile)
        let outcome = try await stage.run("untrust", ".bastion-up/team.yaml")
        #expect(outcome.said == "no longer trusted: ~/project/.bastion-up/team.yaml\n")
        #expect(try await stage.run("plan", "win").failures == ["trust.required"])
        let again = try await stage.run("untrust", ".bastion-up/team.yaml")
        #expect(again.said.contains("was not trusted") && again.status == 0)
    }
}
