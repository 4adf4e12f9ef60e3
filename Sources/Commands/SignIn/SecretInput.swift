internal import Diagnostics
internal import Glibc
internal import Posix
internal import SessionRuntime
internal import Terminal

/// Where a secret that the user gives comes from: the terminal, without echo, or standard input. Never argv.
struct SecretInput {
    let context: CommandContext

    /// - Parameters:
    ///   - what: for the prompt: "password of me for dev".
    ///   - isRepeated: asks twice at the terminal, for what cannot be tried out.
    /// - Throws: `secret.empty`, `secret.mismatch` (65), `secret.no-input` (77), or the signal that ended the question.
    func read(_ what: String, isRepeated: Bool) throws(Diagnostic) -> SecretBytes {
        let secret: SecretBytes
        do throws(TerminalError) {
            secret =
                context.surroundings.hasTerminalInput
                ? try ask(what, isRepeated: isRepeated) : try fromStandardInput()
        } catch { throw Self.words(error, what) }
        try Self.check(secret, what)
        return secret
    }

    /// The text of a private key: from a file, else from standard input. A key has many lines, so no terminal is asked.
    /// - Throws: `secret.no-input` (77), `secret.unreadable` (66), `secret.too-long` (65).
    func readKey(_ what: String, file: String?, profile: String) throws(Diagnostic) -> SecretBytes {
        if let file {
            do { return try FileReader.readSecret(file, limit: TerminalInput.secretLimit) } catch {
                throw Diagnostic(
                    "secret.unreadable", "the file of the \(what) cannot be read: \(error)",
                    remedy: "give the path of a private key file", exit: .noSuchProfile)
            }
        }
        guard !context.surroundings.hasTerminalInput else {
            throw Diagnostic(
                "secret.no-input", "the \(what) has many lines, which cannot be typed",
                remedy: "bastion-up secret set \(profile) --private-key < KEYFILE", exit: .notPermitted)
        }
        do { return try fromStandardInput() } catch { throw Self.words(error, what) }
    }

    static func check(_ secret: SecretBytes, _ what: String) throws(Diagnostic) {
        guard secret.isEmpty else { return }
        throw Diagnostic(
            "secret.empty", "the \(what) is empty",
            remedy: "nothing was stored; give a secret that has content")
    }

    static func areEqual(_ left: SecretBytes, _ right: SecretBytes) -> Bool {
        left.withBytes { left in right.withBytes { left.elementsEqual($0) } }
    }

    private func ask(_ what: String, isRepeated: Bool) throws(TerminalError) -> SecretBytes {
        guard context.mayAsk else { throw .noTerminal }
        while true {
            let secret = try TerminalInput.readSecret(prompt: "The \(what): ")
            guard isRepeated, !secret.isEmpty else { return secret }
            let again = try TerminalInput.readSecret(prompt: "Once more: ")
            if Self.areEqual(secret, again) { return secret }
            context.say("the two differ; try again")
        }
    }

    private func fromStandardInput() throws(TerminalError) -> SecretBytes {
        try waitForStandardInput()
        return try TerminalInput.readSecretFromStandardInput()
    }

    /// A writer may take its time; signals that ask us to end are heard meanwhile.
    private func waitForStandardInput() throws(TerminalError) {
        let signals: HeldSignals
        do { signals = try HeldSignals() } catch { throw .system(error) }
        var ready = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        while ready[0].revents == 0 {
            if poll(&ready, 2, -1) < 0, errno != EINTR { throw .system(.last("poll")) }
            if let signal = signals.next() { throw .interrupted(signal) }
        }
    }

    static func words(_ error: TerminalError, _ what: String) -> Diagnostic {
        switch error {
        case .noTerminal:
            Diagnostic(
                "secret.no-input", "the \(what) cannot be asked for: there is no terminal, or --no-input",
                remedy: "write it to standard input", exit: .notPermitted)
        case .noAnswer:
            Diagnostic("secret.empty", "the \(what) was not given", remedy: "nothing was stored; try again")
        case .interrupted(let signal):
            Diagnostic("session.cancelled", "ended by a signal", exit: .signal(signal))
        case .tooLong(let limit):
            Diagnostic(
                "secret.too-long", "the \(what) is longer than \(limit) bytes",
                remedy: "check what was written to standard input")
        case .system(let error):
            Diagnostic(
                "system.failed", "the system refused: \(error)", remedy: "write the secret to standard input",
                exit: .systemError)
        }
    }
}
