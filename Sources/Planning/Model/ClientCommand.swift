/// A client program to launch: words, never a shell line. Secrets stand in it by label.
package struct ClientCommand: Hashable, Sendable {
    package struct Variable: Hashable, Sendable {
        package var name: String
        package var value: Word

        package init(_ name: String, _ value: Word) { (self.name, self.value) = (name, value) }
    }

    /// What the askpass helper may answer: this secret, to one of these prompts, once for each launch.
    package struct Answer: Hashable, Sendable {
        package var secret: SecretLabel
        /// Whole prompts, to be compared exactly.
        package var prompts: [String]
        /// Whether it is certain to be asked for, so that it is looked up before the launch and, where it is
        /// missing, asked for. Otherwise it is looked up when the question comes.
        package var isNeeded: Bool

        package init(secret: SecretLabel, prompts: [String], isNeeded: Bool = true) {
            (self.secret, self.prompts, self.isNeeded) = (secret, prompts, isNeeded)
        }
    }

    /// How a client that asks no helper is given its secret.
    package enum SecretInput: Hashable, Sendable {
        /// One line on a pipe that is the client's standard input.
        case standardInput(SecretLabel)
        /// One line on a pipe that the client has under this number.
        case descriptor(SecretLabel, Int32)
        /// The arguments do not stand in argv but on a pipe that the client has under this number, one a line,
        /// and behind them the secret with this prefix. Argv is the one argument that names the pipe.
        case argumentList(SecretLabel, Int32, prefix: String, argument: String)

        package var secret: SecretLabel {
            switch self {
            case .standardInput(let label), .descriptor(let label, _), .argumentList(let label, _, _, _):
                label
            }
        }
    }

    /// A file without secrets in the session's private folder, written before the launch.
    package struct PrivateFile: Hashable, Sendable {
        package enum Content: Hashable, Sendable {
            case text(String)
            /// A command for sh(1), which becomes the program that it names.
            case command([Word])
        }

        package var file: RuntimeFile
        package var content: Content

        package init(_ file: RuntimeFile, _ text: String) { (self.file, content) = (file, .text(text)) }

        package init(_ file: RuntimeFile, command: [Word]) {
            (self.file, content) = (file, .command(command))
        }

        /// What is written; nil where a hole has no value, which is a bug of the caller.
        package func text(filledBy filling: Word.Filling) -> String? {
            switch content {
            case .text(let text): return text
            case .command(let words):
                let filled = words.compactMap { $0.filled(by: filling) }
                guard filled.count == words.count else { return nil }
                return "exec " + filled.map(Quoting.shell.quoted).joined(separator: " ") + "\n"
            }
        }
    }

    /// A key that a private agent holds for the client; the public part lies in a private file.
    package struct Identity: Hashable, Sendable {
        package var key: SecretLabel
        /// Asked for only where the key is encrypted.
        package var passphrase: SecretLabel
        package var publicKey: RuntimeFile

        package init(key: SecretLabel, passphrase: SecretLabel, publicKey: RuntimeFile) {
            (self.key, self.passphrase, self.publicKey) = (key, passphrase, publicKey)
        }
    }

    /// What the client's exit status means.
    package enum StatusReading: Hashable, Sendable {
        /// It is handed on as it is; the client's failures of its own have this one.
        case own(failure: Int32)
        /// It is handed on as it is; the client's failures of its own have one of these.
        case anyOf(Set<Int32>)
        /// It is handed on as it is; nothing is known of the program but that success is 0.
        case unknown
        /// FreeRDP's list of codes.
        case freeRDP
    }

    /// Where the client's standard input, output and error go.
    package enum Output: Hashable, Sendable {
        /// Where ours go.
        case terminal
        /// Input: nowhere, unless a secret comes by it. Output: to us, who keep the last lines of what is a log for
        /// the case that it fails.
        case kept
    }

    /// Absolute.
    package var program: String
    /// Without the program's own name.
    package var arguments: [Word]
    /// Added to the environment that the client inherits.
    package var environment: [Variable]
    package var answers: [Answer] = []
    /// Whether a question that nothing stored answers is asked at the terminal.
    package var mayAskAtTerminal = false
    package var secretInput: SecretInput?
    package var files: [PrivateFile] = []
    package var identities: [Identity] = []
    package var output = Output.terminal
    /// Whether the user added arguments.
    package var hasExtraArguments = false
    /// What the target must prove to be, where the client is told it on its command line.
    package var certificate: CertificateCheck?
    package var statusReading: StatusReading
    /// Whether something must come from the target soon, whoever speaks first, so that silence is a failure.
    package var expectsFirstByte = true

    package init(
        program: String, arguments: [Word], environment: [Variable] = [], answers: [Answer] = [],
        statusReading: StatusReading = .own(failure: 255)
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.answers = answers
        self.statusReading = statusReading
    }

    /// Whether it is told a host key that is not known yet.
    package var needsHostKey: Bool { arguments.contains { $0.pieces.contains(.hostKey) } }

    /// The secrets that are looked up before the launch, in the order in which they are asked for.
    package var neededSecrets: [SecretLabel] {
        answers.filter(\.isNeeded).map(\.secret) + identities.map(\.key)
            + [secretInput?.secret].compactMap(\.self)
    }
}
