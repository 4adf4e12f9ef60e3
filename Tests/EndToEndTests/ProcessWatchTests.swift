import TestSupport
import Testing

@Suite(.onThreadsOfItsOwn) struct ProcessWatchTests {
    private let secret = "watched-\(UInt64.random(in: .min ... .max))"
    private let other = "other-\(UInt64.random(in: .min ... .max))"

    @Test func `sees a secret that stands on a command line for a moment`() throws {
        let report = try ProcessWatch.report(on: [other, secret].map { Array($0.utf8) }) {
            // The program that it becomes has other arguments.
            let words = ["-c", "sleep 0.3; exec sleep 0.1", "pass=\(secret)!"]
            _ = try CommandResult.run("sh", words, environment: TestEnvironment.minimal)
        }
        // The shell, and its child until that becomes `sleep`.
        let seen = Set(report.sightings.map { "\($0.program), \($0.place.rawValue), \($0.secret)" })
        #expect(seen == ["sh, command line, 1"])
        #expect(report.programs.contains("sleep"))
    }

    @Test func `sees a secret in an environment, and in those of the children`() throws {
        let report = try ProcessWatch.report(on: [Array(secret.utf8)]) {
            let environment = TestEnvironment.minimal.merging(["A": "", "TOKEN": secret]) { $1 }
            _ = try CommandResult.run("sh", ["-c", "sleep 0.3; exit 0"], environment: environment)
        }
        #expect(Set(report.sightings.map(\.program)) == ["sh", "sleep"])
        #expect(report.sightings.allSatisfy { $0.place == .environment && $0.secret == 0 })
    }

    @Test func `sees nothing where a secret goes through a pipe, and looks often enough`() throws {
        let report = try ProcessWatch.report(on: [Array(secret.utf8)]) {
            let result = try CommandResult.run(
                "sh", ["-c", "sleep 0.5; cat"], environment: TestEnvironment.minimal,
                input: Array(secret.utf8))
            #expect(result.output == secret)
        }
        #expect(report.sightings.isEmpty, "\(report.sightings)")
        #expect(report.programs.contains("sleep"))
        // About a hundred, where the machine has nothing else to do.
        #expect(report.rounds >= 10, "\(report.rounds) rounds")
    }
}
