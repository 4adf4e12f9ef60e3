internal import Diagnostics
internal import Glibc
internal import Posix
internal import SessionRuntime
internal import Terminal

/// This program as ssh's askpass helper: a question of ssh, answered by the session that launched it, or else by the
/// person at the terminal.
struct AskpassQuestion: Sendable {
    /// What is wanted beside an answer (ssh(1), SSH_ASKPASS_PROMPT).
    private enum Kind: Sendable { case text, confirmation, message }

    let prompt: String
    private let kind: Kind

    init(_ prompt: String) {
        self.prompt = prompt
        kind =
            switch getenv(AskpassHelper.kindVariable).map({ String(cString: $0) }) {
            case "confirm": .confirmation
            case "none": .message
            default: .text
            }
    }

    /// - Returns: 0 with the answer on standard output, 1 where there is none.
    func answer(from socket: String) -> Int32 {
        answer { [prompt] in await AskpassHelper.run(prompt: prompt, socket: socket) }
    }

    /// - Parameter find: finds the answer and gives it to ssh, or says that it may be asked for.
    func answer(by find: @escaping @Sendable () async -> AskpassHelper.Outcome) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        if kind == .message { return show() }
        return
            (try? EventLoop.run {
                switch await find() {
                case .answered: 0
                case .ask(let note, let question): ask(note, question) ? 0 : 1
                case .unanswered: 1
                }
            }) ?? 1
    }

    /// - Parameter question: in place of ssh's words, where they are known to ask for this.
    private func ask(_ note: String, _ question: String?) -> Bool {
        if kind == .confirmation { return (try? TerminalInput.confirm(prompt.printable)) == true }
        let before = note.isEmpty ? "" : note.printable + "\n"
        let lines = (question ?? prompt).split(separator: "\n", omittingEmptySubsequences: false).map {
            String($0).printable
        }
        guard let typed = try? Self.typed(before + lines.joined(separator: "\n")) else { return false }
        return AskpassHelper.answer(typed)
    }

    /// The question whether to trust a host key wants a word that is no secret.
    private static func typed(_ prompt: String) throws(TerminalError) -> SecretBytes {
        // What a server asks begins with who asks it: it shall not have a password shown as it is typed.
        guard prompt.contains("(yes/no"), !prompt.hasPrefix("(") else {
            return try TerminalInput.readSecret(prompt: prompt)
        }
        return SecretBytes(copying: Array(try TerminalInput.ask(prompt).utf8))
    }

    /// A message stands until ssh ends us: a key on a token waits to be touched.
    private func show() -> Int32 {
        guard let terminal = try? FileDescriptor.open("/dev/tty", O_WRONLY | O_NOCTTY) else { return 1 }
        try? terminal.writeAll(Array((prompt.printable + "\r\n").utf8))
        while true { pause() }
    }
}
