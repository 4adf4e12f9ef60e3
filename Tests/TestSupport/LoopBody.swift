internal import Glibc
internal import Posix

/// Runs an asynchronous body on an event loop of its own.
@discardableResult
package func onLoop<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    // As every program of ours does: a peer that is gone is an error, not the end.
    signal(SIGPIPE, SIG_IGN)
    nonisolated(unsafe) var outcome: Result<Value, any Error>?
    _ = try EventLoop.run {
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        return 0
    }
    guard let outcome else { throw LoopEnded() }
    return try outcome.get()
}

/// The loop came back before its body did.
struct LoopEnded: Error {}
