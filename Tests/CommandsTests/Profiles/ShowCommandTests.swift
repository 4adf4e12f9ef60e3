import FoundationEssentials
import Testing

@testable import Commands

@Suite struct ShowCommandTests {
    @Test func `shows each value with the file and line that it comes from`() async throws {
        let stage = try Stage(own: Example.own)
        let outcome = try await stage.run("show", "dev")
        let file = stage.ownFile
        #expect(outcome.output.contains("  dev:\n"))
        #expect(outcome.output.contains("    host: hub  # \(file):5\n"))
        #expect(outcome.output.contains("      vm: vm-dev  # \(file):9\n"))
        #expect(outcome.output.contains("      port: 22  # default\n"))
        #expect(outcome.status == 0 && outcome.said.isEmpty)
    }

    @Test func `shows a template as well, and says that it is one`() async throws {
        let outcome = try await Stage(own: Example.own).run("show", "base")
        #expect(outcome.output.contains("  base:\n    host: hub"))
        #expect(outcome.said == "'base' is a template, a base for other profiles\n")
        #expect(outcome.status == 0)
    }

    @Test func `shows what there is of a profile that cannot be used, says why, and fails`() async throws {
        let stage = try Stage(own: "version: 1\nprofiles:\n  dev: {host: nowhere, tags: [a]}\n")
        let outcome = try await stage.run("show", "dev")
        #expect(outcome.output.contains("    host: nowhere  # \(stage.ownFile):3\n"))
        #expect(outcome.failures == ["profile.unknown-host", "profile.missing-key"])
        #expect(outcome.status == 65)
    }

    @Test func `gives programs the values with their types, and the places by key path`() async throws {
        struct Document: Decodable {
            struct Settings: Decodable {
                struct Profile: Decodable {
                    struct Target: Decodable { var port: Int }
                    var target: Target
                    var tags: [String]
                }
                var version: Int
                var profiles: [String: Profile]
            }
            struct Place: Decodable, Equatable {
                var file: String
                var line, column: Int
            }
            var name: String
            var settings: Settings
            var places: [String: Place]
        }
        let stage = try Stage(own: Example.own)
        let outcome = try await stage.run("show", "dev", "--output", "json")
        let document = try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
        #expect(document.name == "dev" && document.settings.version == 1)
        #expect(document.settings.profiles["dev"]?.target.port == 22)
        #expect(document.settings.profiles["dev"]?.tags == ["linux"])
        let place = document.places["profiles.dev.tags[0]"]
        #expect(place == Document.Place(file: stage.ownFile, line: 5, column: 44))
        #expect(document.places["profiles.dev.target.port"] == nil)
    }

    @Test func `fails for a name that nothing has`() async throws {
        let outcome = try await Stage(own: Example.own).run("show", "deb")
        #expect(outcome.failures == ["profile.not-found"] && outcome.status == 66)
    }
}
