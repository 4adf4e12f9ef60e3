internal import Planning
internal import Posix
internal import Tunnels

/// Answers the questions of the ssh that we launched: each expected one once, and nobody else. scp starts an ssh
/// for each file that it fetches: each of them may ask.
///
/// The helper that ssh runs is this program itself; it finds the socket by its environment. The question must be
/// one of the texts expected, word for word; whoever asks must be this user and a descendant of our ssh.
final class AskpassResponder: @unchecked Sendable {
    private let listener: Listener
    private let answers: [ClientCommand.Answer]
    private let secret: (SecretLabel) async -> SecretBytes?
    private var given: Set<Given> = []
    /// The process that may ask, with its descendants; known once ssh was started. Each launch may ask anew.
    var client: Int32? {
        didSet { given = [] }
    }
    /// Whether the latest launch was given a secret.
    var hasAnswered: Bool { !given.isEmpty }

    private struct Given: Hashable {
        let secret: SecretLabel
        /// The ssh that asked.
        let asker: Int32
    }

    private static let promptLimit = 4096
    private static let patience = Duration.seconds(5)

    /// - Parameter secret: finds the secret of a label; nil where there is none.
    init(
        at address: SocketAddress, _ answers: [ClientCommand.Answer],
        secret: @escaping (SecretLabel) async -> SecretBytes?
    ) throws(SystemError) {
        listener = try Listener(on: address)
        self.answers = answers
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
        guard PeerCheck.verdict(ofUnixPeer: descriptor) == .ours, let asker = asker(descriptor),
            let prompt = await stream.readAll(limit: Self.promptLimit, until: deadline),
            let label = label(for: String(decoding: prompt, as: UTF8.self)),
            given.insert(Given(secret: label, asker: asker)).inserted
        else { return }
        guard let secret = await secret(label) else { return }
        await stream.writeAll(secret, until: .now.advanced(by: Self.patience))
    }

    private func label(for prompt: String) -> SecretLabel? {
        answers.first { $0.prompts.contains(prompt) }?.secret
    }

    /// The ssh that started the helper at the other end, if both descend from our client; nil otherwise.
    private func asker(_ descriptor: FileDescriptor) -> Int32? {
        guard let client, let helper = SocketPeer.process(connectedBy: descriptor)?.id else { return nil }
        var process = helper
        for _ in 0..<16 {
            if process == client { return helper == client ? client : ProcessTable.parent(of: helper) }
            guard let parent = ProcessTable.parent(of: process), parent > 1 else { return nil }
            process = parent
        }
        return nil
    }
}

/// What /proc says of processes.
enum ProcessTable {
    /// The parent's id: the second field behind the name, which stands in parentheses and may hold any character.
    static func parent(of process: Int32) -> Int32? {
        guard let contents = try? FileReader.read("/proc/\(process)/stat", limit: 4096) else { return nil }
        let text = String(decoding: contents.bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }
}
