import Profiles
import Testing

@testable import Planning

@Suite struct FileTransferTests {
    private func command(
        _ request: PlanRequest, facts: Facts = Samples.facts(),
        _ change: (inout Profile) throws -> Void = { _ in }
    ) throws -> ClientCommand {
        var found = facts
        for name in ["scp", "sftp", "rsync"] {
            found.executables[name] = Facts.Executable(path: "/usr/bin/\(name)")
        }
        let plan = try Planner().plan(try Samples.profile(change), for: request, given: found)
        #expect(plan.listeners.map(\.binding) == [.privateSocket])
        return try #require(plan.command)
    }

    private func copy(_ copy: FileCopy, isQuiet: Bool = false) -> PlanRequest {
        .copy(copy, isQuiet: isQuiet)
    }

    /// The options by which a session of the same profile connects.
    private func sessionOptions() throws -> [String] {
        let plan = try Planner().plan(
            try Samples.profile(), for: Samples.connect, given: Samples.facts())
        let words = try #require(plan.command).arguments.map(\.shown)
        return Array(words[..<(try #require(words.firstIndex(of: "-p")))])
    }

    @Test func `scp connects as ssh does, over the SFTP protocol`() throws {
        let command = try command(copy(FileCopy(.toTarget, ["a b", "c"], to: "d e/")))
        #expect(command.program == "/usr/bin/scp")
        #expect(
            try command.arguments.map(\.shown) == ["-s", "-S", "/usr/bin/ssh"] + sessionOptions() + [
                "-o", "User=azureuser", "-P", "22", "--", "a b", "c", "dev-linux:d e/",
            ])
        #expect(command.statusReading == .own(failure: 255))
    }

    @Test func `both directions and every flag of scp`() throws {
        let files = FileCopy(
            .fromTarget, ["*.log", "~/x"], to: "-odd", isRecursive: true, keepsTimes: true)
        let words = try command(copy(files, isQuiet: true)).arguments.map(\.shown)
        let end = try #require(words.firstIndex(of: "-P"))
        #expect(
            words[(end + 2)...] == [
                "-r", "-p", "-q", "--", "dev-linux:*.log", "dev-linux:~/x", "./-odd",
            ])
    }

    @Test func `a password is answered as ssh's own, in a batch too`() throws {
        let request = PlanRequest.sftp(path: nil, arguments: ["-b", "batch"], isQuiet: false)
        let command = try command(request) { $0.authentication.method = .password }
        #expect(command.answers.count == 1)
        #expect(command.environment.map(\.name).contains("SSH_ASKPASS"))
        let words = command.arguments.map(\.shown)
        #expect(words.prefix(4) == ["-S", "/usr/bin/ssh", "-o", "BatchMode=no"])
        #expect(words.suffix(4) == ["-b", "batch", "--", "dev-linux"])
    }

    @Test func `sftp begins where it is told`() throws {
        let command = try command(.sftp(path: #"C:\Users"#, arguments: [], isQuiet: true))
        #expect(command.program == "/usr/bin/sftp")
        #expect(command.arguments.map(\.shown).suffix(3) == ["-q", "--", "dev-linux:/C:/Users"])
    }

    @Test func `where nothing is asked for a batch stays silent`() throws {
        let request = PlanRequest.sftp(path: nil, arguments: [], isQuiet: false)
        let command = try command(request) { $0.authentication.method = .sshKey(.agent) }
        #expect(command.answers.isEmpty)
        #expect(!command.arguments.map(\.shown).contains("BatchMode=no"))
    }

    @Test(arguments: [(true, false, true), (true, true, false), (false, false, false)])
    func `rsync shows progress to a person who wants to know`(
        _ isTerminal: Bool, isQuiet: Bool, shows: Bool
    ) throws {
        let request = copy(FileCopy(.toTarget, ["a"], to: "", by: .rsync), isQuiet: isQuiet)
        let command = try command(request, facts: Samples.facts { $0.hasTerminalOutput = isTerminal })
        #expect(command.program == "/usr/bin/rsync")
        #expect(
            command.arguments.dropFirst(2).map(\.shown)
                == ["--recursive", "--links", "--perms", "--times", "--partial", "-s"]
                + (shows ? ["--progress"] : []) + ["--", "a", "dev-linux:"])
    }

    @Test func `rsync takes its remote shell apart into the words that ssh needs`() throws {
        let request = copy(FileCopy(.toTarget, ["a"], to: "", by: .rsync))
        let command = try command(
            request, facts: Samples.facts { $0.ownExecutable = #"/opt/it's "mine"/bastion-up"# }
        ) { $0.authentication.username = #"CONTOSO\dev"# }
        let filling = Word.Filling(folder: "/run/a 'b' c")
        let shell = try #require(command.arguments[1].filled(by: filling))
        let words = RsyncShell.split(shell)
        #expect(words.first == "/usr/bin/ssh")
        #expect(
            words.contains(
                #"ProxyCommand=/opt/it\'s\ \"mine\"/bastion-up pass-descriptor /run/a\ \'b\'\ c/tunnel.sock"#)
        )
        #expect(words.contains(#"UserKnownHostsFile="/home/me/.local/state/bastion-up/known_hosts""#))
        #expect(words.suffix(2) == ["-l", #"CONTOSO\dev"#])
        #expect(words.dropFirst().enumerated().allSatisfy { $0 % 2 == 1 || $1 == "-o" || $1 == "-l" })
    }

    @Test(arguments: [
        ("azureuser", "azureuser"), (#"CONTOSO\dev"#, #"CONTOSO\dev"#), ("me@example.com", "me@example.com"),
        ("a b", #""a b""#), ("100%", #""100%%""#), ("", #""""#),
    ])
    func `a user's name means itself to ssh`(_ name: String, quoted: String) {
        #expect(Quoting.sshName.quoted(name) == quoted)
    }
}

/// Splits as rsync(1) says of `--rsh`: at spaces; quotes hold words together, doubled ones stand for one.
enum RsyncShell {
    static func split(_ text: String) -> [String] {
        var (words, word, isWord): ([String], String, Bool) = ([], "", false)
        var quote: Character?
        var rest = text[...]
        while let character = rest.popFirst() {
            if let open = quote {
                if character != open {
                    word.append(character)
                } else if rest.first == open {
                    word.append(open)
                    rest.removeFirst()
                } else {
                    quote = nil
                }
            } else if character == " " {
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            } else {
                isWord = true
                if character == "'" || character == "\"" { quote = character } else { word.append(character) }
            }
        }
        return isWord ? words + [word] : words
    }
}

@Suite struct PathTests {
    @Test(arguments: [
        ("", ""), ("a b", "a b"), ("~/x", "~/x"), ("/etc/x", "/etc/x"), ("./C:/x", "./C:/x"),
        ("C:/dir", "/C:/dir"), (#"C:\dir\a b"#, "/C:/dir/a b"), ("d:", "/d:/"), ("C:x", "C:x"),
        ("ab:/x", "ab:/x"), ("é:/x", "é:/x"), ("//host/x", "/host/x"), (":module", "./:module"),
        ("::module", "./::module"),
    ])
    func `a path for sftp`(_ path: String, given: String) {
        #expect(RemotePath.forSFTP(path) == given)
    }

    @Test(arguments: [
        ("", ""), ("~", ""), ("~/", ""), ("~/a b", "a b"), ("~//x", "x"), ("~user/x", "~user/x"),
        ("C:/dir", "C:/dir"), ("//host/x", "/host/x"), (":module", "./:module"), ("~/:x", "./:x"),
    ])
    func `a path for rsync, which no shell sees`(_ path: String, given: String) {
        #expect(RemotePath.forRsync(path) == given)
    }

    @Test(arguments: [
        ("a", "a"), ("-a", "./-a"), ("--", "./--"), ("./a:b", "./a:b"), (":a", "./:a"), ("d/a:b", "d/a:b"),
        ("/-a", "/-a"), ("", ""),
    ])
    func `a path of this machine`(_ path: String, given: String) {
        #expect(LocalPath.operand(path) == given)
    }
}
