package import Posix

/// Answers the questions of a program of OpenSSH that we started: each expected one once, and nobody else.
///
/// The helper that it runs is this program itself; it finds the socket by its environment. The question must be
/// one of the texts expected, word for word; whoever asks must be this user and a descendant of the program.
/// Belongs to its loop's thread.
/// - Parameter Label: names a secret.
package final class AskpassResponder<Label: Hashable & Sendable>: @unchecked Sendable {
    /// Whole prompts, to be compared exactly, and what they ask for.
    package typealias Answer = (prompts: [String], secret: Label)

    private let listener: Listener
    private let answers: [Answer]
    private let secret: (Label) async -> SecretBytes?
    private var given: Set<Label> = []
    /// The process that may ask, with its descendants; known once it was started. Each launch may ask anew.
    package var client: Int32? {
        didSet { given = [] }
    }
    /// Whether the latest launch was given a secret.
    package var hasAnswered: Bool { !given.isEmpty }

    private var promptLimit: Int { 4096 }
    private var patience: Duration { .seconds(5) }

    /// - Parameter secret: finds the secret of a label; nil where there is none.
    package init(
        at address: SocketAddress, _ answers: [Answer], secret: @escaping (Label) async -> SecretBytes?
    ) throws(SystemError) {
        listener = try Listener(on: address)
        self.answers = answers
        self.secret = secret
    }

    /// Answers until cancelled.
    package func run() async {
        while let accepted = try? await listener.accept() {
            await answer(accepted.descriptor)
            accepted.descriptor.close()
        }
        listener.close()
    }

    private func answer(_ descriptor: FileDescriptor) async {
        guard let stream = try? StreamSocket(adopting: descriptor, wakeUp: WakeUp()) else { return }
        defer { stream.close() }
        let deadline = Instant.now.advanced(by: patience)
        guard mayAsk(descriptor),
            let prompt = await stream.readAll(limit: promptLimit, until: deadline),
            let label = label(for: String(decoding: prompt, as: UTF8.self)), !given.contains(label)
        else { return }
        given.insert(label)
        guard let secret = await secret(label) else { return }
        await stream.writeAll(secret, until: .now.advanced(by: patience))
    }

    private func label(for prompt: String) -> Label? {
        answers.first { $0.prompts.contains(prompt) }?.secret
    }

    private func mayAsk(_ descriptor: FileDescriptor) -> Bool {
        guard let client, let peer = SocketPeer.process(connectedBy: descriptor),
            peer.userID == SocketPeer.ownUserID
        else { return false }
        return ProcessTable.isProcess(peer.id, descendedFrom: client)
    }
}
