internal import CPosix
internal import Glibc
internal import Posix

/// A program that a test has started on a terminal of its own, as a shell in a new window would be. Ended, at the
/// latest, when the test lets go of it. The calls block their thread.
package final class TerminalCommand: @unchecked Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let id: Int32
    package let terminal: PseudoTerminal
    package private(set) var screen: EmulatedScreen
    private let program: String
    private var ending: ChildProcess.Ending?

    /// - Parameters:
    ///   - environment: all that the program gets.
    ///   - typedAhead: what lies in the terminal when the program starts.
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String], columns: Int = 80,
        rows: Int = 24, typedAhead: String = ""
    ) throws {
        self.program = program
        terminal = try PseudoTerminal(columns: columns, rows: rows)
        screen = EmulatedScreen(columns: columns, rows: rows)
        try terminal.type(typedAhead)
        // setsid(1) makes its standard input the controlling terminal of a new session, and then becomes the program.
        let words = ["setsid", "--ctty", program] + arguments
        let own = terminal.terminal.rawValue
        let maps: [CInt] = [own, 0, own, 1, own, 2]
        let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
        var pid: pid_t = 0
        let failure = CStrings.lend(words) { argv in
            CStrings.lend(variables) { envp in bu_spawn(&pid, words[0], argv, envp, maps, 3, 0) }
        }
        guard failure == 0 else {
            throw Failure(
                description: "cannot start \(program): \(SystemError("spawn", number: failure).reason)")
        }
        id = pid
    }

    deinit {
        if look() == nil {
            kill(id, SIGKILL)
            _ = try? finish(within: .seconds(5))
        }
    }

    package func type(_ text: String) throws { try terminal.type(text) }
    package func send(signal: Int32) { if look() == nil { kill(id, signal) } }

    /// Another size, with an empty screen: the program is expected to draw all of it.
    package func resize(columns: Int, rows: Int) throws {
        let isAlternate = screen.isAlternate
        screen = EmulatedScreen(columns: columns, rows: rows)
        if isAlternate { screen.take(Array("\u{1B}[?1049h".utf8)) }
        try terminal.resize(columns: columns, rows: rows)
    }

    /// Waits until the condition holds for what the terminal shows.
    /// - Throws: when the time is over, with what it shows then.
    package func wait(within limit: Duration = .seconds(20), until isThere: (EmulatedScreen) -> Bool) throws {
        let deadline = Instant.now.advanced(by: limit)
        while !isThere(screen) {
            let bytes = try terminal.read(within: .milliseconds(20))
            screen.take(bytes)
            if bytes.isEmpty, !isThere(screen), Instant.now >= deadline || look() != nil {
                throw Failure(description: "\(program) did not get there; it shows:\n\(screen.text)")
            }
        }
    }

    /// Waits for the end, reading what the program writes. One that takes longer is killed.
    /// - Returns: as a shell shows it: the exit status, or 128 and the signal's number.
    package func finish(within limit: Duration = .seconds(60)) throws -> Int32 {
        let deadline = Instant.now.advanced(by: limit)
        while look() == nil {
            screen.take(try terminal.read(within: .milliseconds(5)))
            if Instant.now >= deadline {
                kill(id, SIGKILL)
                throw Failure(description: "\(program) did not end in \(limit); it shows:\n\(screen.text)")
            }
        }
        while case let bytes = try terminal.read(within: .zero), !bytes.isEmpty { screen.take(bytes) }
        switch ending {
        case .exited(let status): return status
        case .killed(let signal): return 128 + signal
        case nil: return 255
        }
    }

    private func look() -> ChildProcess.Ending? {
        var kind: CInt = 0
        var value: CInt = 0
        guard ending == nil, bu_wait(id, &kind, &value) == 0 else { return ending }
        if kind == 1 { ending = .exited(value) }
        if kind == 2 { ending = .killed(signal: value) }
        return ending
    }
}

/// Text for C, for the time of a call.
enum CStrings {
    static func lend<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
