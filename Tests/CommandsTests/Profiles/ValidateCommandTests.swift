import FoundationEssentials
import TestSupport
import Testing

@testable import Commands

@Suite struct ValidateCommandTests {
    static let bad = "version: 1\nprofiles:\n  bad:\n    taget: {vm: x}\n    auth: {type: passwrd}\n"

    @Test func `shows each problem with its place, line, caret and hint, and counts them`() async throws {
        let stage = try Stage(own: Self.bad)
        let outcome = try await stage.run("validate")
        #expect(
            outcome.output.hasPrefix(
                """
                \(stage.ownFile):4:5: error: the key 'taget' is not known in 'profiles.NAME' [profile.unknown-key]
                        taget: {vm: x}
                        ^
                hint: did you mean 'target'?

                \(stage.ownFile):5:18: error: 'passwrd' cannot be 'auth.type' [profile.invalid-value]
                """))
        #expect(outcome.said == "1 file, 1 profile: 2 errors, 0 warnings\n")
        #expect(outcome.status == 65)
    }

    @Test func `gives programs an array of problems`() async throws {
        struct Problem: Decodable, Equatable {
            var file: String?
            var line, column: Int?
            var severity, code, message, hint: String
        }
        let stage = try Stage(own: Self.bad)
        let outcome = try await stage.run("validate", "none.yaml", "--output", "json")
        let problems = try JSONDecoder().decode([Problem].self, from: Data(outcome.output.utf8))
        #expect(
            problems.map(\.code) == ["profiles.not-found", "profile.unknown-key", "profile.invalid-value"])
        #expect(problems.map(\.line) == [nil, 4, 5])
        #expect(problems[2].column == 18 && problems[2].file == stage.ownFile)
        #expect(problems.allSatisfy { $0.severity == "error" && !$0.hint.isEmpty })
        let good = try await Stage(own: Example.own).run("validate", "--output", "json")
        #expect(good.output == "[]\n")
    }

    @Test func `does not fail for warnings`() async throws {
        let stage = try Stage(own: Example.own + "  list: {host: hub, target: {ip: 10.0.0.1}}\n")
        let outcome = try await stage.run("validate")
        #expect(outcome.output.contains(": warning: ") && outcome.said.hasSuffix("0 errors, 1 warning\n"))
        #expect(outcome.status == 0)
    }

    @Test func `checks given files on top of the others, or alone`() async throws {
        let stage = try Stage(own: Self.bad)
        let file = try stage.home.write(
            "version: 1\nprofiles:\n  good: {host: hub, target: {ip: 10.0.0.1}}\n\(Example.hub)\n",
            to: "project/x.yaml")
        let both = try await stage.run("validate", file)
        #expect(both.said == "2 files, 2 profiles: 2 errors, 0 warnings\n" && both.status == 65)
        let alone = try await stage.run("validate", "--isolated", "x.yaml")
        #expect(alone.said == "1 file, 1 profile: no problems\n" && alone.status == 0)
        let none = try await stage.run("validate", "--isolated")
        #expect(none.failures == ["usage.isolated"] && none.status == 64)
    }

    @Test func `checks config.yaml as well`() async throws {
        let stage = try Stage(own: Example.own)
        let file = try stage.home.write("acount: x\n", to: "config/bastion-up/config.yaml")
        let outcome = try await stage.run("validate")
        #expect(outcome.output.hasPrefix("\(file):1:1: error: the key 'acount' is not known"))
        #expect(outcome.said == "2 files, 2 profiles: 1 error, 0 warnings\n" && outcome.status == 65)
    }
}
