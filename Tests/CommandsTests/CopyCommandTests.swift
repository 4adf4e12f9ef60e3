import Diagnostics
import Planning
import TestSupport
import Testing

@testable import Commands

@Suite struct CopyOperandTests {
    @Test(arguments: [
        ("file", CopyOperand.local("file")), ("", .local("")), ("./a:b", .local("./a:b")),
        ("/a:b", .local("/a:b")), (":a", .local(":a")), ("d/a:b", .local("d/a:b")),
        ("dev:", .remote(profile: "dev", path: "")), ("dev:a b", .remote(profile: "dev", path: "a b")),
        ("dev:/a:b", .remote(profile: "dev", path: "/a:b")),
        ("1.x_y-z::m", .remote(profile: "1.x_y-z", path: ":m")),
        ("dev:C:\\x", .remote(profile: "dev", path: "C:\\x")),
    ])
    func `reads a word as scp does`(_ word: String, operand: CopyOperand) throws {
        #expect(try CopyOperand(word) == operand)
    }

    @Test(arguments: [
        ("me@dev:x", "auth.username"), ("C:\\x", "./C:\\x"), ("a b:c", "./a b:c"), ("-a:b", "./-a:b"),
        ("[x]:y", "./[x]:y"), (String(repeating: "x", count: 64) + ":y", "./xxx"),
    ])
    func `refuses what is no profile's name before the colon`(_ word: String, remedy: String) {
        let problem = #expect(throws: Diagnostic.self) { try CopyOperand(word) }
        #expect(problem?.code == "usage.copy-name")
        #expect(problem?.exit == .usage)
        #expect(problem?.remedy.contains(remedy) == true)
    }
}

@Suite struct CopyCommandTests {
    private func command(_ words: [String]) throws -> CopyCommand {
        guard
            case .run(_, let parsed) = try ArgumentParser(table: CommandTable.commands).parse(["cp"] + words)
        else { throw Diagnostic("test.help", "asks for help") }
        return try CopyCommand(parsed)
    }

    struct Line: Sendable {
        var words: [String]
        var copy: FileCopy

        init(_ words: [String], _ copy: FileCopy) { (self.words, self.copy) = (words, copy) }
    }

    @Test(arguments: [
        Line(["a", "dev:"], FileCopy(.toTarget, ["a"], to: "")),
        Line(["a", "b c", "dev:d"], FileCopy(.toTarget, ["a", "b c"], to: "d")),
        Line(["dev:*.log", "dev:x", "."], FileCopy(.fromTarget, ["*.log", "x"], to: ".")),
        Line(
            ["-r", "-p", "d", "dev:"], FileCopy(.toTarget, ["d"], to: "", isRecursive: true, keepsTimes: true)
        ),
        Line(["d", "dev:", "--rsync"], FileCopy(.toTarget, ["d"], to: "", by: .rsync)),
        Line(["--", "-r", "dev:"], FileCopy(.toTarget, ["-r"], to: "")),
        Line(["a", "--", "-b", "dev:"], FileCopy(.toTarget, ["a", "-b"], to: "")),
        Line(["-", "dev:"], FileCopy(.toTarget, ["-"], to: "")),
    ])
    func `knows both directions`(_ line: Line) throws {
        let command = try command(line.words)
        #expect(command.profile == "dev")
        #expect(command.copy == line.copy)
    }

    @Test(arguments: [
        ([], "usage.word-count"), (["a"], "usage.word-count"), (["-r", "--", "a"], "usage.word-count"),
        (["a", "b"], "usage.copy-sides"), (["dev:a", "dev:b"], "usage.copy-sides"),
        (["dev:a", "win:b"], "usage.copy-sides"), (["a", "dev:b", "dev:c"], "usage.copy-sides"),
        (["dev:a", "win:b", "."], "usage.copy-sides"), (["a", "dev:b", "."], "usage.copy-sides"),
        (["a", "me@dev:b"], "usage.copy-name"), (["--archive", "a", "dev:"], "usage.unknown-flag"),
    ])
    func `refuses what has not one target and one side here`(_ words: [String], code: String) {
        let problem = #expect(throws: Diagnostic.self) { try command(words) }
        #expect(problem?.code == code)
        #expect(problem?.exit == .usage)
        #expect(problem?.remedy.isEmpty == false)
    }

    @Test func `says how to copy between two paths of one target`() {
        let problem = #expect(throws: Diagnostic.self) { try command(["dev:a", "dev:b"]) }
        #expect(problem?.remedy == "copy on the target itself: bastion-up dev -- cp …")
    }

    @Test func `what is not there to be copied is said before anything is opened`() async throws {
        let stage = try Stage(
            own: """
                version: 1
                hosts: {hub: {name: bas, resourceGroup: rg, subscription: 11111111-1111-1111-1111-111111111111}}
                profiles:
                  dev: {host: hub, target: {vm: dev}}
                """)
        try stage.home.makeFolder("project/folder")
        let outcome = try await stage.run("cp", "folder", "missing", "also missing", "dev:")
        #expect(outcome.failures == ["copy.folder", "copy.no-such-file", "copy.no-such-file"])
        #expect(outcome.status == 65)
    }
}
