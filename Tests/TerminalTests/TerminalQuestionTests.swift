import Glibc
import Posix
import TestSupport
import Testing

@testable import Terminal

extension PseudoTerminal {
    /// What is shown up to and with the text; the kernel carries it over in its own time.
    fileprivate func shown(through end: String) throws -> String {
        var text = ""
        while !text.hasSuffix(end) {
            let bytes = try read(within: .seconds(10))
            try #require(!bytes.isEmpty, "shown so far: \(text)")
            text += String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    fileprivate var echoes: Bool { settings.c_lflag & tcflag_t(ECHO) != 0 }
}

private func text(_ secret: SecretBytes) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
}

@Suite struct TerminalQuestionTests {
    @Test func `takes a secret without showing it`() throws {
        let pair = try PseudoTerminal()
        let question = try TerminalQuestion(on: pair.terminal, echo: false)
        try question.write("Password: ")
        try pair.type("hunter2\n")
        #expect(text(try question.readLine()) == "hunter2")
        try question.write("end")
        #expect(try pair.shown(through: "end") == "Password: end")
        #expect(!pair.echoes)
    }

    @Test func `shows what is typed where it is no secret`() throws {
        let pair = try PseudoTerminal()
        let question = try TerminalQuestion(on: pair.terminal, echo: true)
        try pair.type("yes\n")
        #expect(text(try question.readLine()) == "yes")
        #expect(try pair.shown(through: "\r\n") == "yes\r\n")
    }

    @Test func `lets the line be corrected`() throws {
        let pair = try PseudoTerminal()
        let question = try TerminalQuestion(on: pair.terminal, echo: false)
        try pair.type("wrong\u{15}rigt\u{7F}ht\n")
        #expect(text(try question.readLine()) == "right")
    }

    @Test func `puts the terminal back`() throws {
        let pair = try PseudoTerminal()
        let before = pair.settings
        do {
            let question = try TerminalQuestion(on: pair.terminal, echo: false)
            try pair.type("x\n")
            _ = try question.readLine()
        }
        #expect(pair.echoes)
        #expect(pair.settings.allModes == before.allModes)
    }

    @Test func `forgets what was typed ahead`() throws {
        let pair = try PseudoTerminal()
        try pair.type("typed ahead\n")
        #expect(try pair.shown(through: "\r\n") == "typed ahead\r\n")
        let question = try TerminalQuestion(on: pair.terminal, echo: false)
        try pair.type("answer\n")
        #expect(text(try question.readLine()) == "answer")
    }

    @Test func `says when the input ends`() throws {
        let pair = try PseudoTerminal()
        let question = try TerminalQuestion(on: pair.terminal, echo: false)
        try pair.type("\u{04}")
        let error = #expect(throws: TerminalError.self) { _ = try question.readLine() }
        #expect(error == .noAnswer)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func `ends the question on a signal, and puts the terminal back`(_ signal: Int32) throws {
        let pair = try PseudoTerminal()
        var ending: TerminalError?
        do throws(TerminalError) {
            let question = try TerminalQuestion(on: pair.terminal, echo: false)
            pthread_kill(pthread_self(), signal)
            _ = try question.readLine()
        } catch { ending = error }
        #expect(ending == .interrupted(signal))
        #expect(pair.echoes)
    }
}

@Suite struct SecretFromStandardInputTests {
    private func read(_ bytes: [UInt8]) throws -> SecretBytes {
        var file = Array("/tmp/bu-secret-test-XXXXXX".utf8CString)
        let descriptor = FileDescriptor(owning: mkstemp(&file))
        defer { unlink(file) }
        try #require(Glibc.write(descriptor.rawValue, bytes, bytes.count) == bytes.count)
        lseek(descriptor.rawValue, 0, SEEK_SET)
        return try TerminalInput.readSecret(from: descriptor.rawValue)
    }

    @Test(arguments: [
        ("pass", "pass"), ("pass\n", "pass"), ("pass\r\n", "pass"), ("pass\n\n", "pass\n"), ("", ""),
        ("\n", ""),
        (" two words ", " two words "), ("a\nb\n", "a\nb"), ("pass\r", "pass\r"),
    ])
    func `takes one newline off the end`(_ input: String, _ secret: String) throws {
        #expect(text(try read(Array(input.utf8))) == secret)
    }

    @Test(arguments: [0, 1, 2]) func `takes 64 KiB`(_ newlineBytes: Int) throws {
        let newline: [UInt8] = [[], [0x0A], [0x0D, 0x0A]][newlineBytes]
        let bytes = [UInt8](repeating: 0x61, count: TerminalInput.secretLimit)
        #expect(try read(bytes + newline).count == bytes.count)
    }

    @Test(arguments: [1, 2, 3, 70_000]) func `refuses more than 64 KiB`(_ excess: Int) throws {
        let bytes = [UInt8](repeating: 0x61, count: TerminalInput.secretLimit + excess)
        let error = #expect(throws: TerminalError.self) { _ = try read(bytes) }
        #expect(error == .tooLong(limit: 65536))
    }
}
