import FoundationEssentials
import TestSupport
import Testing

@testable import Commands

@Suite struct ListCommandTests {
    @Test func `shows every profile, marks what is hidden and untrusted, and leaves templates out`()
        async
        throws
    {
        let stage = try Stage(own: Example.own, team: Example.team)
        let outcome = try await stage.run("list")
        #expect(
            outcome.output == """
                NAME  TARGET    CLIENT    AUTH      TAGS   FILE                                   NOTE
                dev   vm-dev    ssh       ssh-key   linux  ~/config/bastion-up/profiles/own.yaml  -
                dev   10.0.0.9  ssh       -         -      ~/project/.bastion-up/team.yaml        shadowed
                win   vm-win    xfreerdp  password  -      ~/project/.bastion-up/team.yaml        untrusted

                """)
        #expect(outcome.said == "hint: 'bastion-up trust' shows which files need your trust\n")
        #expect(outcome.status == 0)
    }

    @Test func `has every member in every object of the JSON`() async throws {
        struct Entry: Decodable {
            var name: String
            var description: String?
            var target, client, auth: String?
            var tags: [String]
            var file: String
            var line: Int
            var shadowed, untrusted: Bool
            var problem: [String: String]?
        }
        let stage = try Stage(own: Example.own, team: Example.team)
        let outcome = try await stage.run("list", "--output", "json")
        let entries = try JSONDecoder().decode([Entry].self, from: Data(outcome.output.utf8))
        #expect(entries.map(\.name) == ["dev", "dev", "win"])
        #expect(entries.map(\.shadowed) == [false, true, false])
        #expect(entries.map(\.untrusted) == [false, false, true])
        #expect(entries.map(\.line) == [6, 5, 8])
        #expect(entries.map(\.file) == [stage.ownFile, stage.teamFile, stage.teamFile])
        #expect(entries[0].description == "Build machine" && entries[0].tags == ["linux"])
        #expect(entries[1].auth == nil && outcome.output.contains("\"auth\": null"))
        #expect(outcome.said.isEmpty)
    }

    @Test func `lists the others where a file cannot be read, and fails`() async throws {
        let stage = try Stage(own: Example.own, team: Example.team)
        try stage.home.write("version: 1\nprofiles:\n\t- x\n", to: "project/.bastion-up/zz.yaml")
        let outcome = try await stage.run("list")
        #expect(outcome.output.contains("\ndev   vm-dev"))
        // The broken file may define 'win' as well; 'dev' stands above it.
        let marks = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ").last }
        #expect(marks == ["-", "shadowed", "unusable"])
        #expect(outcome.said.contains("zz.yaml:3:1: error:") && outcome.said.contains("[yaml.tab]"))
        #expect(outcome.status == 65)
    }

    @Test func `marks a profile that cannot be used, and does not fail for it`() async throws {
        let stage = try Stage(
            own: "version: 1\nprofiles:\n  dev: {host: nowhere, target: {vm: a, resourceGroup: b}}\n")
        let outcome = try await stage.run("list")
        #expect(outcome.output.hasSuffix("  unusable\n"))
        #expect(outcome.said == "hint: 'bastion-up validate' says why a profile is unusable\n")
        #expect(outcome.status == 0)
    }

    @Test func `says that a path that was given is missing, and lists the rest`() async throws {
        let outcome = try await Stage(own: Example.own).run("list", "--profiles", "none.yaml")
        #expect(outcome.output.contains("\ndev "))
        #expect(outcome.said.contains("[profiles.not-found]"))
        #expect(outcome.status == 66)
    }

    @Test func `says how to begin where there is no profile`() async throws {
        let outcome = try await Stage().run("list")
        #expect(outcome.output.isEmpty)
        #expect(outcome.said.contains("~/config/bastion-up/profiles/azure.yaml"))
        #expect(outcome.status == 0)
        let json = try await Stage().run("list", "--output", "json")
        #expect(json.output == "[]\n")
    }

    @Test func `gives an example that is a good file`() async throws {
        let outcome = try await Stage(own: ListCommand.example).run("validate")
        #expect(outcome.output.isEmpty)
        #expect(outcome.said == "1 file, 1 profile: no problems\n")
    }

    @Test func `says nothing more where it is asked to be quiet`() async throws {
        #expect(try await Stage().run("list", "-q").said.isEmpty)
    }

    @Test func `refuses a format that it does not have`() async throws {
        let outcome = try await Stage().run("list", "--output", "xml")
        #expect(outcome.failures == ["usage.output"] && outcome.status == 64)
    }
}
