import Diagnostics
import Testing

@testable import Commands

@Suite struct ArgumentParserTests {
    /// The real table, with `list` in any case.
    private static let table =
        CommandTable.commands.contains { $0.name == "list" }
        ? CommandTable.commands
        : CommandTable.commands + [CommandSpecification("list", .profiles, "", make: HelpCommand.init)]

    private static func request(_ line: String) throws(Diagnostic) -> ArgumentParser.Request {
        try ArgumentParser(table: table).parse(line.split(separator: " ").map(String.init))
    }

    private static func parsed(_ line: String) throws -> ParsedArguments {
        guard case .run(let specification, let parsed) = try request(line) else {
            Issue.record("'\(line)' asks for help")
            return ParsedArguments(command: "")
        }
        #expect(specification.name == parsed.command)
        return parsed
    }

    struct Line: Sendable {
        let text: String
        let command: String
        var words: [String] = []
        var flags: [String: [String]] = [:]
        var rest: [String]?

        init(
            _ text: String, _ command: String, _ words: [String] = [], flags: [String: [String]] = [:],
            rest: [String]? = nil
        ) {
            (self.text, self.command, self.words, self.flags, self.rest) = (text, command, words, flags, rest)
        }
    }

    static let lines: [Line] = [
        Line("", "list"),
        Line("-q", "list"),
        Line("--profiles x.yaml", "list"),
        Line("dev", "connect", ["dev"]),
        Line("connect dev", "connect", ["dev"]),
        Line("connect plan", "connect", ["plan"]),
        Line("-v dev", "connect", ["dev"]),
        Line("dev -- uname -a", "connect", ["dev"], rest: ["uname", "-a"]),
        Line("dev -t -- sudo -i", "connect", ["dev"], flags: ["-t": [""]], rest: ["sudo", "-i"]),
        Line("-t dev", "connect", ["dev"], flags: ["-t": [""]]),
        Line("dev --", "connect", ["dev"], rest: []),
        Line("dev -- -- x", "connect", ["dev"], rest: ["--", "x"]),
        Line("dev -- --help", "connect", ["dev"], rest: ["--help"]),
        Line("dev -- --version", "connect", ["dev"], rest: ["--version"]),
        Line("plan dev", "plan", ["dev"]),
        Line("--profiles plan plan dev", "plan", ["dev"]),
        Line("--profiles=plan plan dev", "plan", ["dev"]),
        Line("plan dev -- ls", "plan", ["dev"], rest: ["ls"]),
        Line("tunnel dev --port 80:80", "tunnel", ["dev"], flags: ["--port": ["80:80"]]),
        Line("tunnel --port 80:80 dev --port=0:22", "tunnel", ["dev"], flags: ["--port": ["80:80", "0:22"]]),
        Line("tunnel dev --port=a=b", "tunnel", ["dev"], flags: ["--port": ["a=b"]]),
        Line("proxy dev 2222", "proxy", ["dev", "2222"]),
        Line("help", "help"),
        Line("help tunnel", "help", ["tunnel"]),
    ]

    @Test(arguments: lines)
    func `sorts a command line`(_ line: Line) throws {
        let parsed = try Self.parsed(line.text)
        #expect(parsed.command == line.command)
        #expect(parsed.words == line.words)
        #expect(parsed.flags == line.flags)
        #expect(parsed.rest == line.rest)
    }

    @Test(
        arguments: [
            "--profiles a --output json -vv --no-color --no-input plan dev --profiles b",
            "plan --profiles=a dev --output=json --no-input --no-color -vv --profiles b",
        ])
    func `takes the global flags before and after the command`(_ line: String) throws {
        let global = try Self.parsed(line).global
        var expected = GlobalOptions()
        expected.profiles = ["a", "b"]
        expected.output = "json"
        expected.verbosity = .trace
        expected.hasNoColor = true
        expected.hasNoInput = true
        #expect(global == expected)
    }

    @Test(
        arguments: [
            ("dev", GlobalOptions.Verbosity.normal), ("-q dev", .quiet), ("-v dev", .verbose),
            ("dev -v -vv", .trace), ("dev -vv -v", .trace), ("dev --verbose", .verbose),
        ])
    func `sets how much is said`(_ line: String, _ verbosity: GlobalOptions.Verbosity) throws {
        #expect(try Self.parsed(line).global.verbosity == verbosity)
    }

    @Test(
        arguments: [
            ("dev", true), ("-v dev -- connect", true), ("connect dev", false), ("-q connect dev", false),
            ("plan dev", false),
        ])
    func `knows whether a profile was named without a command`(_ line: String, _ isImplicit: Bool) throws {
        #expect(try Self.parsed(line).isImplicit == isImplicit)
    }

    @Test(
        arguments: [
            ("--help", "help"), ("-h", "help"), ("-v --help", "help"), ("tunnel --help", "tunnel"),
            ("tunnel dev -h", "tunnel"), ("dev --help", "connect"), ("--help tunnel", "help"),
        ])
    func `answers a call for help`(_ line: String, _ command: String) throws {
        guard case .help(command) = try Self.request(line) else {
            Issue.record("'\(line)' does not show the help of \(command)")
            return
        }
    }

    @Test(arguments: ["--version", "-q --version", "--version list"])
    func `answers the question for the version`(_ line: String) throws {
        guard case .version = try Self.request(line) else {
            Issue.record("'\(line)' does not show the version")
            return
        }
    }

    @Test(
        arguments: [
            ("dev --por 1", "usage.unknown-flag", "bastion-up help connect"),
            ("tunnel dev --por 1:2", "usage.unknown-flag", "did you mean '--port'?"),
            ("plan dev --outptu json", "usage.unknown-flag", "did you mean '--output'?"),
            ("plan dev -x", "usage.unknown-flag", "bastion-up help plan"),
            ("tunnel dev --port", "usage.missing-value", "bastion-up help tunnel"),
            ("plan dev --output", "usage.missing-value", "bastion-up help plan"),
            ("dev --no-color=yes", "usage.unexpected-value", "bastion-up help connect"),
            ("tunnel dev -- x", "usage.unexpected-rest", "bastion-up help tunnel"),
            ("-- x", "usage.unexpected-rest", "bastion-up help list"),
            ("connect", "usage.word-count", "bastion-up help connect"),
            ("plan a b", "usage.word-count", "bastion-up help plan"),
            ("tunel dev", "usage.unknown-command", "did you mean 'tunnel'?"),
            ("dev uname", "usage.unknown-command", "stands behind '--'"),
            ("connect dev uname", "usage.word-count", "bastion-up help connect"),
            ("proxy a 1 2", "usage.word-count", "bastion-up help proxy"),
        ])
    func `refuses what it does not understand, and says what would be right`(
        _ line: String, _ code: String, _ remedy: String
    ) {
        let error = #expect(throws: Diagnostic.self) { try Self.request(line) }
        #expect(error?.code == code)
        #expect(error?.exit == .usage && error?.exit.rawValue == 64)
        #expect(error?.remedy.contains(remedy) == true)
    }

    @Test(
        arguments: [
            ("proxy dev ssh", "usage.port"), ("proxy dev 0", "usage.port"), ("proxy dev 65536", "usage.port"),
            ("tunnel dev --port x", "usage.port"), ("plan dev --output xml", "usage.output"),
            ("help nonsense", "usage.unknown-command"),
        ])
    func `refuses values that a command cannot use`(_ line: String, _ code: String) throws {
        guard case .run(let specification, let parsed) = try Self.request(line) else {
            Issue.record("'\(line)' asks for help")
            return
        }
        let error = #expect(throws: Diagnostic.self) { try specification.make(parsed) }
        #expect(error?.code == code && error?.exit == .usage && error?.remedy.isEmpty == false)
    }
}

@Suite struct HelpTextTests {
    private static let help = HelpText(table: CommandTable.commands)

    private static func checkWidth(_ text: String) {
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
        #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
    }

    @Test func `lists every command that is not hidden, and every global flag`() {
        let overview = Self.help.overview()
        Self.checkWidth(overview)
        let firstWords = overview.split(separator: "\n").filter { $0.hasPrefix("  ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        for command in CommandTable.commands {
            #expect(firstWords.contains(command.name) == !command.isHidden, "\(command.name)")
        }
        for flag in GlobalOptions.flags { #expect(firstWords.contains(flag.name), "\(flag.name)") }
    }

    @Test(arguments: CommandTable.commands.map(\.name))
    func `has a page for each command, with each of its flags`(_ name: String) throws {
        let command = try #require(CommandTable.commands.first { $0.name == name })
        let page = Self.help.page(command)
        Self.checkWidth(page)
        #expect(page.hasPrefix("usage: bastion-up \(name)"))
        for flag in command.flags {
            #expect(page.contains("\n  \(flag.name)") == !flag.isHidden, "\(flag.name)")
            #expect(flag.isHidden || !flag.help.isEmpty)
        }
        #expect(!command.summary.isEmpty)
    }

    @Test func `names no command twice`() {
        #expect(CommandTable.names.count == CommandTable.commands.count)
    }

    @Test(arguments: CommandTable.commands.filter { !$0.examples.isEmpty }.map(\.name))
    func `gives examples that can be parsed`(_ name: String) throws {
        let command = try #require(CommandTable.commands.first { $0.name == name })
        for example in command.examples where example.hasPrefix("bastion-up ") && !example.contains("'") {
            let words = example.split(separator: " ").dropFirst().prefix {
                $0 != "|" && $0 != "<" && $0 != ">"
            }
            guard
                case .run(let found, let parsed) = try ArgumentParser(table: CommandTable.commands)
                    .parse(words.map(String.init))
            else {
                Issue.record("'\(example)' does nothing")
                continue
            }
            #expect(found.name == name)
            _ = try found.make(parsed)
        }
    }
}

@Suite struct OptionalValueTests {
    static let table = [
        CommandSpecification(
            "take", .other, "", usage: "FILE", words: 1...1,
            flags: [
                FlagSpecification("--write", .optional("FILE"), ""),
                FlagSpecification("--host", .one("H"), ""),
            ],
            make: HelpCommand.init)
    ]

    /// A word behind the flag is its value where the command has its own words without it.
    @Test(arguments: [
        (["take", "a", "--write"], "a", ""), (["take", "--write", "a"], "a", ""),
        (["take", "--write", "b", "a"], "a", "b"), (["take", "a", "--write", "b"], "a", "b"),
        (["take", "--write=b", "a"], "a", "b"), (["take", "--write=", "a"], "a", ""),
        (["take", "--write", "--host", "h", "a"], "a", ""), (["take", "--write", "-"], "-", ""),
        (["take", "--write", "b", "--host", "h", "a"], "a", "b"),
    ])
    func `a flag may take a value`(_ words: [String], _ word: String, _ value: String) throws {
        guard case .run(_, let parsed) = try ArgumentParser(table: Self.table).parse(words) else {
            Issue.record("no command")
            return
        }
        #expect(parsed.words == [word] && parsed.value("--write") == value)
    }
}
