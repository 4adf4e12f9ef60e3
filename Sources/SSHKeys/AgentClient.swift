internal import Cryptography
package import Posix

/// Speaks with an ssh agent at its socket (draft-miller-ssh-agent), as far as asking which identities it has.
package struct AgentClient: Sendable {
    package struct Identity: Hashable, Sendable {
        /// As in a `.pub` file: type, key in Base64, comment.
        package let publicKeyLine: String
    }

    package let socket: String

    /// - Parameter socket: its path.
    package init(socket: String) { self.socket = socket }

    /// SSH_AGENTC_REQUEST_IDENTITIES, and SSH_AGENT_IDENTITIES_ANSWER.
    private static let requestIdentities: [UInt8] = [0, 0, 0, 1, 11]
    private static let identitiesAnswer: UInt32 = 12
    private static let answerLimit = 256 << 10

    /// What the agent has; nil where no agent of this user answers.
    package func identities(until deadline: Instant) async -> [Identity]? {
        guard let stream = await connect(until: deadline) else { return nil }
        defer { stream.close() }
        await stream.writeAll(SecretBytes(copying: Self.requestIdentities), until: deadline)
        guard let head = await stream.read(count: 4, until: deadline) else { return nil }
        let count = head.reduce(0) { $0 << 8 | Int($1) }
        guard (5...Self.answerLimit).contains(count),
            let answer = await stream.read(count: count, until: deadline)
        else { return nil }
        return answer.withUnsafeBytes { Self.identities($0) }
    }

    /// The process that listens at the socket; nil where there is none, or it is another user's.
    package func owner(until deadline: Instant) async -> Int32? {
        guard let stream = await connect(until: deadline) else { return nil }
        defer { stream.close() }
        return SocketPeer.process(connectedBy: stream.descriptor)?.id
    }

    private func connect(until deadline: Instant) async -> StreamSocket? {
        guard let address = SocketAddress(unixPath: socket),
            let stream = try? await StreamSocket.connect(to: address, wakeUp: WakeUp(), until: deadline)
        else { return nil }
        guard SocketPeer.process(connectedBy: stream.descriptor)?.userID == SocketPeer.ownUserID else {
            stream.close()
            return nil
        }
        return stream
    }

    static func identities(_ answer: UnsafeRawBufferPointer) -> [Identity]? {
        guard answer.first == UInt8(identitiesAnswer) else { return nil }
        var reader = FieldReader(answer.dropFirst())
        guard let count = reader.number() else { return nil }
        var found: [Identity] = []
        while found.count < count {
            guard let blob = reader.field(), let comment = reader.field() else { return nil }
            var parts = FieldReader(blob)
            guard let type = parts.field() else { return nil }
            let words = [
                String(decoding: type, as: UTF8.self), Base64.encode(blob),
                String(decoding: comment, as: UTF8.self),
            ]
            found.append(Identity(publicKeyLine: words.filter { !$0.isEmpty }.joined(separator: " ")))
        }
        return found
    }
}

extension StreamSocket {
    /// Reads so many bytes; nil where the other end, the deadline or a failure comes before them.
    fileprivate func read(count: Int, until deadline: Instant) async -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let progress = bytes.withUnsafeMutableBytes {
                try? read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            switch progress {
            case .done(let more): filled += more
            case .wouldBlock: if await wakeUp.wait(until: deadline) != .signalled { return nil }
            case .ended, nil: return nil
            }
        }
        return bytes
    }
}
