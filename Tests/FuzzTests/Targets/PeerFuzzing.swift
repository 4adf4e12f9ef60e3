@testable import SSHKeys
@testable import SessionRuntime

/// What targets and helpers say: an SSH server's beginning, RDP's first answer, an agent, an askpass reply.
enum PeerFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        var rest = Array(bytes.dropFirst())
        switch first % 4 {
        case 0: return hostKey(rest)
        case 1:
            guard let length = RDPNegotiation.length(rest) else { return nil }
            _ = RDPNegotiation.answer(Array(rest.prefix(length)))
            return nil
        case 2: return agent(rest)
        default:
            let isEmpty = rest.isEmpty
            let reply = AskpassReply(reading: &rest)
            return (reply == nil) == isEmpty ? nil : "an answer was lost, or made up"
        }
    }

    /// What was found in a beginning is found in more of the stream too.
    private static func hostKey(_ stream: [UInt8]) -> String? {
        guard let key = ShownHostKey(in: stream) else { return nil }
        guard key.bytes.count <= stream.count, !key.type.isEmpty else { return "a key that was not shown" }
        return ShownHostKey(in: stream + [0, 0, 0, 1]) == key ? nil : "what follows changes the key"
    }

    private static func agent(_ answer: [UInt8]) -> String? {
        let found = answer.withUnsafeBytes { AgentClient.identities($0) } ?? []
        return found.count > answer.count ? "more keys than bytes" : nil
    }
}
