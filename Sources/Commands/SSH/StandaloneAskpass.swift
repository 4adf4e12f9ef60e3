internal import Diagnostics
internal import Glibc
internal import Keyring
internal import Planning
internal import Posix
internal import SessionRuntime
internal import Terminal

/// This program as the askpass helper of an ssh that somebody else started (`SSH_ASKPASS`): answers from the keyring
/// what ssh asks for one of our targets, and asks everything else at the terminal.
enum StandaloneAskpass {
    /// The name by which ssh runs it: `SSH_ASKPASS` takes no arguments.
    static let programName = "bastion-up-askpass"

    /// The questions of ssh-askpass(1) that want no text.
    private enum Kind: String {
        case confirm
        case touch = "none"
    }

    /// - Parameter words: ssh's question, alone.
    /// - Returns: 0 with the answer on standard output, 1 where there is none.
    static func run(_ words: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let prompt = words.joined(separator: " ")
        switch getenv("SSH_ASKPASS_PROMPT").flatMap({ Kind(rawValue: String(cString: $0)) }) {
        case .confirm: return (try? TerminalInput.confirm(prompt.printable)) == true ? 0 : 1
        case .touch: return tell(prompt)
        case nil: return (try? EventLoop.run { await answer(prompt) }) ?? 1
        }
    }

    /// Something to do, as to touch a key: shown until ssh ends us.
    private static func tell(_ prompt: String) -> Int32 {
        TerminalOutput.standardError.write(prompt.printable + "\n")
        while true { pause() }
    }

    private static func answer(_ prompt: String) async -> Int32 {
        let surroundings = Surroundings.ofProcess()
        if let label = SecretLabel.asked(by: prompt),
            let secret = try? await surroundings.secrets.lookup(
                SecretAttributes(label), by: AzureAccess.deadlines(surroundings))
        {
            return write(secret)
        }
        guard let typed = try? ask(prompt) else { return 1 }
        return write(typed)
    }

    /// What is no secret is shown while it is typed: ssh's question about a host key.
    private static func ask(_ prompt: String) throws(TerminalError) -> SecretBytes {
        let shown = prompt.split(separator: "\n", omittingEmptySubsequences: false).map {
            String($0).printable
        }
        .joined(separator: "\n")
        guard prompt.contains("(yes/no") else { return try TerminalInput.readSecret(prompt: shown) }
        return try TerminalInput.readLine(prompt: shown)
    }

    private static func write(_ secret: SecretBytes) -> Int32 {
        let isWritten: Bool = secret.withBytes { bytes in
            Glibc.write(1, bytes.baseAddress, bytes.count) == bytes.count
        }
        return isWritten && Glibc.write(1, "\n", 1) == 1 ? 0 : 1
    }
}
