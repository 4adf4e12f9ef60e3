internal import Planning
internal import Posix
internal import SSHKeys

/// Answers the questions of the ssh that we launched, and of those that it launches: each expected one once, and
/// nobody else's. scp starts an ssh for each path that it fetches: each of them may ask.
///
/// The question must be one of the texts expected, word for word; `AskpassListener` sees to who asks. What nothing
/// stored answers, the helper may ask a person.
final class AskpassResponder: @unchecked Sendable {
    /// An answer that was asked for; asked for once more, it was wrong.
    private struct Given {
        /// Of `answers`.
        var index: Int
        /// The program that asked.
        var asker: Int32
        var hadSecret: Bool
    }

    private let listener: AskpassListener
    private let answers: [ClientCommand.Answer]
    private let mayAskAtTerminal: Bool
    private let secret: (SecretLabel) async -> SecretBytes?
    private var given: [Given] = []
    /// The process that may ask, with its descendants; known once ssh was started. Each launch may ask anew.
    var client: Int32? {
        get { listener.client }
        set {
            given = []
            listener.client = newValue
        }
    }
    /// The password that the latest launch was given last.
    var givenPassword: SecretLabel? {
        given.last { $0.hadSecret && answers[$0.index].secret.kind == .password }
            .map { answers[$0.index].secret }
    }

    /// - Parameter secret: finds the secret of a label; nil where there is none.
    init(
        at address: SocketAddress, _ answers: [ClientCommand.Answer], mayAskAtTerminal: Bool = false,
        secret: @escaping (SecretLabel) async -> SecretBytes?
    ) throws(SystemError) {
        listener = try AskpassListener(at: address)
        self.answers = answers
        self.mayAskAtTerminal = mayAskAtTerminal
        self.secret = secret
    }

    /// Answers until cancelled.
    func run() async {
        await listener.run { await self.reply(to: $0, of: $1)?.bytes }
    }

    /// Nil: the question stays without an answer.
    private func reply(to prompt: String, of asker: Int32) async -> AskpassReply? {
        let fitting = answers.indices.filter { answers[$0].prompts.contains(prompt) }
        let isNew = { (index: Int) in !self.given.contains { $0.index == index && $0.asker == asker } }
        if let index = fitting.first(where: isNew) {
            given.append(Given(index: index, asker: asker, hadSecret: false))
            if let found = await secret(answers[index].secret) {
                if let last = given.lastIndex(where: { $0.index == index && $0.asker == asker }) {
                    given[last].hadSecret = true
                }
                return .secret(found)
            }
            return mayAskAtTerminal ? .ask(note: "", question: Self.question(answers[index].secret)) : nil
        }
        guard mayAskAtTerminal else { return nil }
        let refused = given.last { $0.hadSecret && $0.asker == asker && fitting.contains($0.index) }.map {
            answers[$0.index]
        }
        let asked = refused ?? fitting.first.map { answers[$0] }
        return .ask(
            note: refused.map { Explanation.refused($0.secret) } ?? "",
            question: asked.flatMap { Self.question($0.secret) })
    }

    /// ssh names a target by its alias, which is long; its words for a key file are good. Only for a question that
    /// is one of the texts expected.
    private static func question(_ label: SecretLabel) -> String? {
        label.kind == .password ? "The \(label.text): " : nil
    }
}
