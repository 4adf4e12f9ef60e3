import Glibc
import Posix
import TestSupport
import Testing

/// `bastion-up` alone, on a terminal of its own.
@Suite(.onThreadsOfItsOwn) struct PickerTests {
    private static let profiles = """
        version: 1
        hosts:
          hub: {name: bas-hub, resourceGroup: rg-hub, subscription: 11111111-1111-1111-1111-111111111111}
        profiles:
          base: {template: true, host: hub}
          db-prod: {extends: base, target: {ip: 10.0.0.7}, description: Database of the shop}
          dev-linux:
            extends: base
            description: Build box
            tags: [dev]
            target: {vm: vm-dev, resourceGroup: rg-dev}
          dev-win: {extends: base, tags: [dev], target: {vm: vm-win, resourceGroup: rg-dev}}
        """
    /// Stands in the place of ssh: says how it finds the terminal, and what is typed there.
    private static let client = """
        #!/bin/sh
        stty -g > "$HOME/modes"
        for word; do :; done
        echo "client: $word"
        read -r line
        echo "read: $line"
        exit 7
        """

    private let home: TemporaryHome
    private let environment: [String: String]

    init() throws {
        home = try TemporaryHome()
        try home.writeProfiles(Self.profiles)
        environment = home.environment.merging(["TERM": "xterm-256color"]) { $1 }
    }

    private func start(
        _ words: String..., columns: Int = 60, rows: Int = 12, typedAhead: String = "",
        changing variables: [String: String] = [:]
    ) throws -> TerminalCommand {
        try TerminalCommand(
            BuiltProgram.path("bastion-up"), words, environment: environment.merging(variables) { $1 },
            columns: columns, rows: rows, typedAhead: typedAhead)
    }

    /// A picker with all profiles on the screen, and the terminal's modes from before.
    private func opened(columns: Int = 60, rows: Int = 12) throws -> (TerminalCommand, [UInt32]) {
        let before = try PseudoTerminal().settings.allModes
        let picker = try start(columns: columns, rows: rows)
        try picker.wait { $0.isAlternate && $0.text.contains("dev-win") }
        return (picker, before)
    }

    /// That nothing of the picker is left: screen, modes of the terminal, modes of the screen.
    private func expectSane(_ picker: TerminalCommand, _ before: [UInt32]) {
        #expect(picker.terminal.settings.allModes == before)
        #expect(!picker.screen.isAlternate)
        #expect(picker.screen.modes.filter { $0.key != 1049 } == [7: true, 25: true, 2004: false])
        #expect(!picker.screen.text.contains("db-prod"), "\(picker.screen.text)")
    }

    @Test func `filters, moves and shows the details`() throws {
        let (picker, before) = try opened()
        #expect(picker.screen.lines[0] == "> type to filter, Enter connects, Esc leaves               3")
        #expect(picker.screen.lines[1].hasPrefix("> db-prod"))
        #expect(picker.screen.text.contains("about    Database of the shop"))
        try picker.type("dev")
        try picker.wait { $0.lines[0].hasSuffix("2/3") && $0.lines[1].hasPrefix("> dev-linux") }
        #expect(!picker.screen.text.contains("db-prod"))
        try picker.type("\u{1B}[B")
        try picker.wait { $0.lines[2].hasPrefix("> dev-win") && $0.text.contains("target   vm-win") }
        try picker.type("\u{15}")
        try picker.wait { $0.lines[0].hasSuffix(" 3") && $0.lines[1].hasPrefix("> db-prod") }
        try picker.type("\u{1B}")
        #expect(try picker.finish() == 130)
        expectSane(picker, before)
    }

    @Test
    func `connects to the picked one on a terminal as it was, and leaves the rest of the keys to the client`()
        throws
    {
        let cloud = try EmulatedCloud(try SSHServer())
        try cloud.writeProfiles(auth: "{type: ssh-key, key: /dev/null, username: me}")
        try cloud.home.write(Self.client, to: "bin/ssh", permissions: 0o700)
        let variables = cloud.environment.merging([
            "TERM": "xterm-256color", "PATH": "\(cloud.home.path("bin")):\(cloud.environment["PATH"] ?? "")",
        ]) { $1 }
        let before = try PseudoTerminal().settings.allModes
        let picker = try TerminalCommand(BuiltProgram.path("bastion-up"), environment: variables)
        try picker.wait { $0.isAlternate && $0.text.contains("by-address") }
        try picker.type("dev\rhello\n")
        #expect(try picker.finish() == 7)
        #expect(
            picker.screen.text.contains("bastion-up dev-linux\nclient: dev-linux\n"), "\(picker.screen.text)")
        #expect(picker.screen.text.contains("read: hello"), "\(picker.screen.text)")
        let modes = try FileReader.read(cloud.home.path("modes"), limit: 1000).bytes
        let now = try CommandResult.run(
            "sh",
            ["-c", "stty -g < \(try FilePath.real("/proc/self/fd/\(picker.terminal.terminal.rawValue)"))"],
            environment: variables)
        #expect(modes == now.standardOutput)
        expectSane(picker, before)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func `puts the terminal back when a signal ends it`(_ signal: Int32) throws {
        let (picker, before) = try opened()
        picker.send(signal: signal)
        #expect(try picker.finish() == 128 + signal)
        expectSane(picker, before)
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGILL])
    func `puts the terminal back when the program crashes`(_ signal: Int32) throws {
        let before = try PseudoTerminal().settings.allModes
        let picker = try start(changing: ["SWIFT_BACKTRACE": "enable=no"])
        try picker.wait { $0.text.contains("dev-win") }
        picker.send(signal: signal)
        #expect(try picker.finish() == 128 + signal)
        expectSane(picker, before)
    }

    @Test(arguments: ["\u{03}", "\u{04}", "\u{1B}", "\u{1B}\u{1B}", "x\u{7F}\u{03}"])
    func `is left by key with the status of Ctrl-C`(_ keys: String) throws {
        let (picker, before) = try opened()
        try picker.type(keys)
        #expect(try picker.finish() == 130)
        expectSane(picker, before)
    }

    @Test func `tells a bare Escape from a sequence that comes in pieces`() throws {
        let (picker, _) = try opened()
        for piece in ["\u{1B}", "[", "B"] { try picker.type(piece) }
        try picker.wait { $0.lines[2].hasPrefix("> dev-linux") }
        try picker.type("\u{1B}")
        #expect(try picker.finish() == 130)
    }

    @Test func `draws anew for another size`() throws {
        let (picker, _) = try opened()
        try picker.resize(columns: 20, rows: 4)
        try picker.wait { $0.lines[1].hasPrefix("> db-prod") && $0.lines[3].contains("dev-win") }
        try picker.resize(columns: 100, rows: 30)
        try picker.wait { $0.lines[1].contains("Database of the shop") && $0.text.contains("file ") }
        try picker.type("\u{03}")
        #expect(try picker.finish() == 130)
    }

    @Test func `takes what was typed before it was there`() throws {
        let picker = try start(typedAhead: "win\n")
        try picker.wait { $0.text.contains("bastion-up dev-win") }
        picker.send(signal: SIGTERM)
        _ = try picker.finish()
    }

    @Test func `takes a paste as text`() throws {
        let (picker, _) = try opened()
        try picker.type("\u{1B}[200~dev\rwin\u{1B}[201~")
        try picker.wait { $0.lines[0].hasPrefix("> dev win") && $0.lines[1].hasPrefix("> dev-win") }
        try picker.type("\u{03}")
        #expect(try picker.finish() == 130)
    }

    @Test func `stops and goes on as a shell wants it`() throws {
        let before = try PseudoTerminal().settings.allModes
        let shell = try TerminalCommand(
            "bash", ["--norc", "--noprofile", "--noediting", "-i"],
            environment: environment.merging(["PS1": "ready> "]) { $1 }, columns: 60, rows: 12)
        try shell.wait { $0.text.contains("ready>") }
        try shell.type("\(BuiltProgram.path("bastion-up"))\n")
        try shell.wait { $0.isAlternate && $0.text.contains("dev-win") }
        try shell.type("win")
        try shell.wait { $0.lines[1].hasPrefix("> dev-win") }
        // In a write of its own: with the signal the kernel forgets what was not read.
        try shell.type("\u{1A}")
        try shell.wait { !$0.isAlternate && $0.text.contains("Stopped") }
        #expect(shell.terminal.settings.allModes == before)
        try shell.type("fg\n")
        try shell.wait {
            $0.isAlternate && $0.lines[0].hasPrefix("> win") && $0.lines[1].hasPrefix("> dev-win")
        }
        try shell.type("\u{03}")
        try shell.wait { !$0.isAlternate }
        try shell.type("echo status $?; exit\n")
        try shell.wait { $0.text.contains("status 130") }
        _ = try shell.finish()
        #expect(shell.terminal.settings.allModes == before)
    }

    @Test func `draws without colours where none are wanted`() throws {
        let picker = try start("--no-color")
        var seen: [UInt8] = []
        while !String(decoding: seen, as: UTF8.self).contains("dev-win") {
            let bytes = try picker.terminal.read(within: .seconds(20))
            try #require(!bytes.isEmpty)
            seen += bytes
        }
        #expect(!String(decoding: seen, as: UTF8.self).contains(/\u{1B}\[[0-9;]*m/))
        try picker.type("\u{03}")
        #expect(try picker.finish() == 130)
    }

    @Test(arguments: [
        (["--no-input"], [:]), ([], ["TERM": "dumb"]), ([], ["TERM": ""]), (["-q", "--no-input"], [:]),
    ])
    func `lists where nothing can be drawn`(_ words: [String], _ variables: [String: String]) throws {
        let command = try TerminalCommand(
            BuiltProgram.path("bastion-up"), words, environment: environment.merging(variables) { $1 })
        #expect(try command.finish() == 0)
        #expect(command.screen.lines[0].hasPrefix("NAME") && command.screen.text.contains("db-prod"))
        #expect(!command.screen.isAlternate)
    }

    @Test func `lists where there is no terminal`() throws {
        let program = BuiltProgram.path("bastion-up")
        let alone = try CommandResult.run(program, environment: environment)
        let listed = try CommandResult.run(program, ["list"], environment: environment)
        #expect(alone.output == listed.output && alone.output.contains("db-prod") && alone.status == 0)
    }

    @Test func `says how to begin where there are no profiles`() throws {
        try home.writeProfiles("version: 1\n")
        let command = try start(columns: 100, rows: 24)
        #expect(try command.finish() == 0)
        #expect(command.screen.text.contains("There are no profiles yet. 'bastion-up init'"))
        #expect(command.screen.text.contains("/config/bastion-up/profiles/azure.yaml"))
    }
}
