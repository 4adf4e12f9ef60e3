internal import Posix

/// What the keeper of an agent and whoever started it tell each other, a byte each. An end without `loaded` means
/// that the agent stays without its identity.
struct KeeperLink {
    enum Message: UInt8 {
        /// From the keeper: the agent takes identities.
        case ready = 0x72
        /// To the keeper: it has its identity, and shall live.
        case loaded = 0x6C
    }

    private let stream: StreamSocket

    init(_ descriptor: FileDescriptor) throws(SSHKeyError) {
        do { stream = try StreamSocket(adopting: descriptor, wakeUp: WakeUp()) } catch {
            throw .system(error)
        }
    }

    /// Nil where the other end is gone, the deadline passed, or the task was cancelled.
    func receive(until deadline: Instant) async -> Message? {
        var byte: UInt8 = 0
        while true {
            let progress = withUnsafeMutableBytes(of: &byte) { try? stream.read(into: $0) }
            switch progress {
            case .done: return Message(rawValue: byte)
            case .wouldBlock: if await stream.wakeUp.wait(until: deadline) != .signalled { return nil }
            case .ended, nil: return nil
            }
        }
    }

    func send(_ message: Message) {
        var byte = message.rawValue
        // One byte always fits into a socket that nothing was written to.
        _ = withUnsafeBytes(of: &byte) { try? stream.write($0) }
    }

    func close() { stream.close() }
}
