import Profiles
import Testing

@testable import Planning

@Suite struct OwnCommandTests {
    private func plan(_ words: [String], typed: [String] = [], user: String? = "me") throws -> Plan {
        let profile = try Samples.profile {
            $0.client = .command(words)
            $0.authentication.username = user
        }
        let facts = Samples.facts {
            for program in ["vncviewer", "/opt/my program"] {
                $0.executables[program] = Facts.Executable(
                    path: program.hasPrefix("/") ? program : "/usr/bin/" + program)
            }
        }
        return try Planner().plan(profile, for: .connect(arguments: typed, tty: false), given: facts)
    }

    @Test func `words are filled one by one, and typed ones appended as they are`() throws {
        let words = ["vncviewer", "-title", "{user} at {host}", "{host}::{port}", "$(id) ; x"]
        let command = try #require(try plan(words, typed: ["-quality", "{port}"]).command)
        #expect(command.program == "/usr/bin/vncviewer")
        #expect(
            command.arguments == [
                "-title", "me at 127.0.0.1", Word([.text("127.0.0.1::"), .port(.client)]), "$(id) ; x",
                "-quality", "{port}",
            ])
        #expect(command.statusReading == .unknown)
        #expect(!command.expectsFirstByte)
        #expect(command.environment.isEmpty && command.answers.isEmpty && command.secretInput == nil)
    }

    @Test func `a program may be named by its path`() throws {
        let command = try #require(try plan(["/opt/my program"]).command)
        #expect(command.program == "/opt/my program")
        #expect(command.arguments.isEmpty)
    }

    static let words: [(String, CommandWord.Reading)] = [
        ("", .pieces([.text("")])), ("plain", .pieces([.text("plain")])),
        ("{port}", .pieces([.port(.client)])),
        ("a{port}b", .pieces([.text("a"), .port(.client), .text("b")])),
        ("{host}:{port}", .pieces([.text("127.0.0.1:"), .port(.client)])),
        ("{user}@", .pieces([.text("me@")])), ("{{port}}", .pieces([.text("{port}")])),
        ("{{{port}}}", .pieces([.text("{"), .port(.client), .text("}")])),
        (#"{"a": 1}"#, .pieces([.text(#"{"a": 1}"#)])), ("{", .pieces([.text("{")])),
        ("{}", .pieces([.text("{}")])), ("}", .pieces([.text("}")])), ("{port", .pieces([.text("{port")])),
        ("{Port}", .unknown("Port")), ("{hots}", .unknown("hots")),
    ]

    @Test(arguments: words)
    func `reads a word with placeholders`(_ text: String, reading: CommandWord.Reading) {
        #expect(CommandWord(text).reading(user: "me") == reading)
    }

    @Test func `a user that nobody named is missed`() {
        #expect(CommandWord("-u{user}").reading(user: nil) == .noUser)
        #expect(CommandWord("{{user}}").reading(user: nil) == .pieces([.text("{user}")]))
    }
}
