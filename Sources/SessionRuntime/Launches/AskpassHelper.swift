internal import Glibc
package import Posix

/// This program in the role of ssh's askpass helper: passes the question to the session that launched ssh, and its
/// answer to ssh. Holds nothing by itself.
package enum AskpassHelper {
    /// The variable that names the session's socket.
    package static let variable = "BASTION_UP_ASKPASS"
    /// The variable by which ssh says that no text is asked for: `confirm` (yes or no) or `none` (a message).
    package static let kindVariable = "SSH_ASKPASS_PROMPT"

    package enum Outcome: Sendable {
        case answered
        /// The session has no answer, and lets a person be asked; the note is shown before. No question: ssh's own.
        case ask(note: String, question: String? = nil)
        case unanswered
    }

    /// A person may have to unlock the keyring.
    private static let patience = Duration.seconds(90)

    /// Asks the session; its answer goes to standard output.
    package static func run(prompt: String, socket path: String) async -> Outcome {
        guard let address = SocketAddress(unixPath: path) else { return .unanswered }
        let deadline = Instant.now.advanced(by: patience)
        guard let stream = try? await StreamSocket.connect(to: address, wakeUp: WakeUp(), until: deadline)
        else { return .unanswered }
        defer { stream.close() }
        let question = SecretBytes(copying: Array(prompt.utf8))
        await stream.writeAll(question, until: deadline)
        stream.finishSending()
        guard var bytes = await stream.readAll(limit: AskpassReply.limit, until: deadline) else {
            return .unanswered
        }
        switch AskpassReply(reading: &bytes) {
        case .secret(let secret): return answer(secret) ? .answered : .unanswered
        case .ask(let note, let question): return .ask(note: note, question: question)
        case nil: return .unanswered
        }
    }

    /// Writes an answer to standard output.
    /// - Returns: whether ssh took it.
    package static func answer(_ secret: SecretBytes) -> Bool {
        let line = SecretBytes(count: secret.count + 1) { memory in
            secret.withBytes { memory.copyBytes(from: $0) }
            memory[memory.count - 1] = UInt8(ascii: "\n")
        }
        return line.withBytes { Glibc.write(1, $0.baseAddress, $0.count) == $0.count }
    }
}
