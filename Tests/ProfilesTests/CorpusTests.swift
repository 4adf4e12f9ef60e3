import Diagnostics
import FoundationEssentials
import Profiles
import Testing

/// The files of `Tests/Corpus`: good ones give nothing, bad ones give exactly what stands beside them.
///
/// With `UPDATE_EXPECTED=1` in the environment the expectations are written anew, to be read before a commit.
@Suite struct CorpusTests {
    static let bad = Fixtures.names(in: "Tests/Corpus/bad", ending: ".yaml")
    static let good = Fixtures.names(in: "Tests/Corpus/good", ending: ".yaml")

    private func problems(of path: String) throws -> Problems {
        let file = ProfileDecoder(commandNames: Fixtures.commandNames).decode(
            try Fixtures.read(path),
            origin: FileOrigin(label: path, directory: "/etc/team", isUserOwned: true))
        return Fixtures.resolver([[file]]).validate()
    }

    @Test(arguments: bad)
    func `a bad file gives its diagnostics, each at its place`(_ name: String) throws {
        let found = try problems(of: "Tests/Corpus/bad/\(name).yaml")
        let lines = found.all.map { problem in
            let place = problem.location.map { "\($0.line):\($0.column)" } ?? "-"
            return "\(place) \(problem.severity.rawValue) \(problem.code)\n"
        }
        let expectedPath = "Tests/Corpus/bad/\(name).expected"
        if ProcessInfo.processInfo.environment["UPDATE_EXPECTED"] != nil {
            try lines.joined().write(
                toFile: "\(Fixtures.root)/\(expectedPath)", atomically: true, encoding: .utf8)
        }
        let expected = String(decoding: try Fixtures.read(expectedPath), as: UTF8.self)
        #expect(!lines.isEmpty)
        #expect(lines.joined() == expected)
        #expect(found.all.allSatisfy { !$0.remedy.isEmpty && !$0.message.hasSuffix(".") })
    }

    @Test(arguments: bad)
    func `no diagnostic shows a secret`(_ name: String) throws {
        let found = try problems(of: "Tests/Corpus/bad/\(name).yaml")
        for problem in found.all {
            #expect(!problem.text.contains("hunter2"))
            #expect(!problem.text.contains("aHVudGVyMg"))
        }
    }

    @Test(arguments: good)
    func `a good file gives nothing`(_ name: String) throws {
        let found = try problems(of: "Tests/Corpus/good/\(name).yaml")
        #expect(found.all.map(\.text) == [])
    }

    @Test func `the corpus is not empty`() {
        #expect(Self.bad.count >= 60)
        #expect(Self.good.count >= 10)
    }

    @Test(arguments: Fixtures.names(in: "profiles", ending: ".yaml"))
    func `an example profile is valid`(_ name: String) throws {
        #expect(try problems(of: "profiles/\(name).yaml").all.map(\.text) == [])
    }
}
