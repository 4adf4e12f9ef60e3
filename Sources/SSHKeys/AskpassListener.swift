package import Posix

/// Where a program of OpenSSH that we started asks us, through this program as its askpass helper, and nobody else.
///
/// The helper finds the socket by its environment. Whoever asks must be this user and a descendant of the program.
/// Belongs to its loop's thread.
package final class AskpassListener: @unchecked Sendable {
    private let listener: Listener
    /// The process that may ask, with its descendants; known once it was started.
    package var client: Int32?

    private static let promptLimit = 4096
    private static let patience = Duration.seconds(5)

    /// - Parameter address: of a socket in a private folder.
    package init(at address: SocketAddress) throws(SystemError) { listener = try Listener(on: address) }

    /// Answers until cancelled, one question after the other.
    /// - Parameter reply: to a whole prompt of the program with this id; nil: none. It may take its time.
    package func run(_ reply: (String, Int32) async -> SecretBytes?) async {
        while let accepted = try? await listener.accept() {
            await answer(accepted.descriptor, reply)
            accepted.descriptor.close()
        }
        listener.close()
    }

    private func answer(_ descriptor: FileDescriptor, _ reply: (String, Int32) async -> SecretBytes?) async {
        guard let stream = try? StreamSocket(adopting: descriptor, wakeUp: WakeUp()) else { return }
        defer { stream.close() }
        let deadline = Instant.now.advanced(by: Self.patience)
        guard let asker = asker(at: descriptor),
            let prompt = await stream.readAll(limit: Self.promptLimit, until: deadline),
            let answer = await reply(String(decoding: prompt, as: UTF8.self), asker)
        else { return }
        await stream.writeAll(answer, until: .now.advanced(by: Self.patience))
    }

    /// The program that started the helper; nil for a stranger.
    private func asker(at descriptor: FileDescriptor) -> Int32? {
        guard let client, let peer = SocketPeer.process(connectedBy: descriptor),
            peer.userID == SocketPeer.ownUserID, ProcessTable.isProcess(peer.id, descendedFrom: client)
        else { return nil }
        return peer.id == client ? client : ProcessTable.parent(of: peer.id)
    }
}
