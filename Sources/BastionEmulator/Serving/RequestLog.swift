package import Diagnostics
internal import Cryptography
internal import Glibc
package import Posix
internal import Synchronization

/// What happened, one JSON object a line. No token and no secret is ever in it.
///
/// Events: `request`, `session-opened`, `session-continued`, `session-answered`, `websocket-opened`,
/// `websocket-closed`, `session-deleted`, `session-leaked-at-exit`, `violation`.
package final class RequestLog: Sendable {
    private struct State {
        var file: FileDescriptor?
        var kept: [JSON]?
    }

    private let state: Mutex<State>

    /// Appends to a file that only the user can read.
    package init(appendingTo path: String) throws(SystemError) {
        let file = try FileDescriptor.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
        state = Mutex(State(file: file, kept: nil))
    }

    /// Keeps the entries in memory, for tests.
    package init() { state = Mutex(State(file: nil, kept: [])) }

    /// The entries so far, where they are kept.
    package var entries: [JSON] { state.withLock { $0.kept ?? [] } }

    func write(_ event: String, _ members: [JSON.Member]) {
        let start = [
            JSON.Member(name: "time", value: .text(WallClock.timestamp)),
            JSON.Member(name: "event", value: .text(event)),
        ]
        let entry = JSON.object(start + members.filter { $0.value != .null })
        state.withLock { state in
            state.kept?.append(entry)
            guard let file = state.file else { return }
            // One write a line: lines of several processes do not mix. A full disk must not stop the service.
            let line = Array((entry.compact + "\n").utf8)
            _ = try? line.withUnsafeBytes { bytes throws(SystemError) in try file.write(bytes) }
        }
    }

    func write(_ event: String, _ members: KeyValuePairs<String, JSON>) {
        write(event, members.map { JSON.Member(name: $0.key, value: $0.value) })
    }

    /// A mark that stands for a secret: equal for equal ones, and nothing can be learned from it.
    static func mark(_ secret: String) -> String {
        "#" + Hex.encode(Digest.sha256(Array(secret.utf8)).prefix(6))
    }
}
