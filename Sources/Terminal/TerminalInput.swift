internal import Glibc
package import Posix

/// Questions on the controlling terminal, whatever standard input and output are.
///
/// The calls block their thread while the user thinks. To be made on the loop's own thread, before connections are
/// open: on another thread the loop's signal router would take the signals that must first put the terminal back.
package enum TerminalInput {
    /// The longest secret that is taken, in bytes.
    package static let secretLimit = 64 << 10

    /// Whether there is a terminal to ask on.
    package static var isAvailable: Bool { (try? open()) != nil }

    /// Asks for a line without showing what is typed.
    ///
    /// The terminal's own line editing stays on. It is put back on every way out, signals included. While it asks,
    /// SIGINT and the like end the question, not the process: what comes of them is the caller's business.
    /// The terminal's line holds at most 4095 bytes (termios(3), canonical mode).
    package static func readSecret(prompt: String) throws(TerminalError) -> SecretBytes {
        let terminal = try open()
        let question = try TerminalQuestion(on: terminal, echo: false)
        try question.write(prompt)
        let secret = try question.readLine()
        try question.write("\n")
        return secret
    }

    /// Asks for one line, which is shown while it is typed; without blanks at its ends, and perhaps empty.
    /// - Throws: `tooLong` above 4095 bytes, which is what a terminal's line holds.
    package static func ask(_ prompt: String) throws(TerminalError) -> String {
        let terminal = try open()
        let question = try TerminalQuestion(on: terminal, echo: true)
        try question.write(prompt)
        let line: String
        do { line = try question.readLine().withBytes { String(decoding: $0, as: UTF8.self) } } catch {
            // What follows begins on a line of its own.
            try question.write("\n")
            throw error
        }
        let isBlank = { (character: Character) in character.isWhitespace }
        guard let last = line.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(line[...last].drop(while: isBlank))
    }

    /// Asks for yes or no until one of them is given; Enter alone means the default.
    package static func confirm(_ text: String, default answer: Bool = false) throws(TerminalError) -> Bool {
        let terminal = try open()
        let question = try TerminalQuestion(on: terminal, echo: true)
        while true {
            try question.write("\(text) [\(answer ? "Y/n" : "y/N")] ")
            let line = try question.readLine().withBytes { String(decoding: $0, as: UTF8.self) }
            switch line.lowercased() {
            case "y", "yes": return true
            case "n", "no": return false
            case "": return answer
            default: continue
            }
        }
    }

    /// Reads a secret from standard input to its end, without one newline (LF or CRLF) that may stand last.
    /// - Throws: `tooLong` above 64 KiB.
    package static func readSecretFromStandardInput() throws(TerminalError) -> SecretBytes {
        try readSecret(from: 0)
    }

    static func readSecret(from descriptor: CInt) throws(TerminalError) -> SecretBytes {
        // One byte more than is allowed tells "exactly the limit" from "more"; two for the newline.
        var space = [UInt8](repeating: 0, count: secretLimit + 3)
        defer { SecretBytes.wipe(&space) }
        var count = 0
        while count < space.count {
            let read = space.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count)
            }
            if read == 0 { break }
            if read > 0 {
                count += read
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if errno != EINTR {
                throw .system(.last("read"))
            }
        }
        if count > 0, count <= space.count, space[count - 1] == 0x0A {
            count -= 1
            if count > 0, space[count - 1] == 0x0D { count -= 1 }
        }
        guard count <= secretLimit else { throw .tooLong(limit: secretLimit) }
        return space.withUnsafeBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    private static func open() throws(TerminalError) -> FileDescriptor {
        do { return try FileDescriptor.open("/dev/tty", O_RDWR | O_NOCTTY) } catch { throw .noTerminal }
    }
}
