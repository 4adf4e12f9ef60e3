internal import Glibc
package import Posix

/// Answers the questions of a program of OpenSSH that we started, through this program as its askpass helper.
///
/// The helper finds the socket by its environment. A question must be one of those expected, word for word, and
/// each answer is given once; whoever asks must be this user and a descendant of the program. Belongs to its
/// loop's thread.
package final class AskpassResponder: @unchecked Sendable {
    package struct Answer: Sendable {
        package var prompts: Set<String>
        package var secret: SecretBytes

        package init(to prompts: Set<String>, _ secret: SecretBytes) {
            (self.prompts, self.secret) = (prompts, secret)
        }
    }

    private let listener: Listener
    private let path: String
    private var answers: [Answer]
    /// The process that may ask, with its descendants; known once the program was started.
    package var client: Int32?
    /// How many answers were given out.
    package private(set) var given = 0

    private static let promptLimit = 4096
    private static let patience = Duration.seconds(5)

    /// - Parameter path: of the socket, in a private folder; at most 107 bytes.
    package init(at path: String, answers: [Answer]) throws(SystemError) {
        guard let address = SocketAddress(unixPath: path) else {
            throw SystemError("bind", number: ENAMETOOLONG)
        }
        listener = try Listener(on: address)
        self.path = path
        self.answers = answers
    }

    /// Answers until cancelled; then the socket is gone.
    package func run() async {
        while let accepted = try? await listener.accept() {
            await answer(accepted.descriptor)
            accepted.descriptor.close()
        }
        listener.close()
        unlink(path)
    }

    private func answer(_ descriptor: FileDescriptor) async {
        guard let stream = try? StreamSocket(adopting: descriptor, wakeUp: WakeUp()) else { return }
        defer { stream.close() }
        let deadline = Instant.now.advanced(by: Self.patience)
        guard mayAsk(descriptor), let asked = await stream.readAll(limit: Self.promptLimit, until: deadline)
        else { return }
        let prompt = String(decoding: asked, as: UTF8.self)
        guard let index = answers.firstIndex(where: { $0.prompts.contains(prompt) }) else { return }
        given += 1
        await stream.writeAll(answers.remove(at: index).secret, until: deadline)
    }

    private func mayAsk(_ descriptor: FileDescriptor) -> Bool {
        guard let client, let peer = SocketPeer.process(connectedBy: descriptor),
            peer.userID == SocketPeer.ownUserID
        else { return false }
        return ProcessTable.isProcess(peer.id, descendedFrom: client)
    }
}
