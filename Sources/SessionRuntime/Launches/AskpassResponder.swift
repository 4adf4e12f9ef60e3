internal import Planning
internal import Posix
internal import Tunnels

/// Answers the questions of the ssh that we launched, and of those that it launches: each expected one once, and
/// nobody else's.
///
/// The helper that ssh runs is this program itself; it finds the socket by its environment. The question must be
/// one of the texts expected, word for word; whoever asks must be this user and a descendant of our ssh. What
/// nothing stored answers, the helper may ask a person.
final class AskpassResponder: @unchecked Sendable {
    /// An answer that was asked for; asked for once more, it was wrong.
    private struct Given {
        /// Of `answers`.
        var index: Int
        var hadSecret: Bool
    }

    private let listener: Listener
    private let answers: [ClientCommand.Answer]
    private let mayAskAtTerminal: Bool
    private let secret: (SecretLabel) async -> SecretBytes?
    private var given: [Given] = []
    /// The process that may ask, with its descendants; known once ssh was started. Each launch may ask anew.
    var client: Int32? {
        didSet { given = [] }
    }
    /// The password that the latest launch was given last.
    var givenPassword: SecretLabel? {
        given.last { $0.hadSecret && answers[$0.index].secret.kind == .password }
            .map { answers[$0.index].secret }
    }

    private static let promptLimit = 4096
    private static let patience = Duration.seconds(5)

    /// - Parameter secret: finds the secret of a label; nil where there is none.
    init(
        at address: SocketAddress, _ answers: [ClientCommand.Answer], mayAskAtTerminal: Bool = false,
        secret: @escaping (SecretLabel) async -> SecretBytes?
    ) throws(SystemError) {
        listener = try Listener(on: address)
        self.answers = answers
        self.mayAskAtTerminal = mayAskAtTerminal
        self.secret = secret
    }

    /// Answers until cancelled.
    func run() async {
        while let accepted = try? await listener.accept() {
            await answer(accepted.descriptor)
            accepted.descriptor.close()
        }
        listener.close()
    }

    private func answer(_ descriptor: FileDescriptor) async {
        guard let stream = try? StreamSocket(adopting: descriptor, wakeUp: WakeUp()) else { return }
        defer { stream.close() }
        let deadline = Instant.now.advanced(by: Self.patience)
        guard PeerCheck.verdict(ofUnixPeer: descriptor) == .ours, isDescendant(descriptor),
            let prompt = await stream.readAll(limit: Self.promptLimit, until: deadline),
            let reply = await reply(to: String(decoding: prompt, as: UTF8.self))
        else { return }
        await stream.writeAll(reply.bytes, until: .now.advanced(by: Self.patience))
    }

    /// Nil: the question stays without an answer.
    private func reply(to prompt: String) async -> AskpassReply? {
        let fitting = answers.indices.filter { answers[$0].prompts.contains(prompt) }
        let isNew = { (index: Int) in !self.given.contains { $0.index == index } }
        if let index = fitting.first(where: isNew) {
            given.append(Given(index: index, hadSecret: false))
            if let found = await secret(answers[index].secret) {
                if let last = given.lastIndex(where: { $0.index == index }) { given[last].hadSecret = true }
                return .secret(found)
            }
            return mayAskAtTerminal ? .ask(note: "") : nil
        }
        guard mayAskAtTerminal else { return nil }
        let refused = given.last { $0.hadSecret && fitting.contains($0.index) }.map { answers[$0.index] }
        return .ask(note: refused.map { Explanation.refused($0.secret) } ?? "")
    }

    private func isDescendant(_ descriptor: FileDescriptor) -> Bool {
        guard let client, let peer = SocketPeer.process(connectedBy: descriptor)?.id else { return false }
        return ProcessTable.isProcess(peer, descendedFrom: client)
    }
}
