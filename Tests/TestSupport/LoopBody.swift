internal import Glibc
internal import Posix
internal import Synchronization

/// Runs an asynchronous body on an event loop of its own, whose thread is not the caller's: a test that waits keeps no
/// other from running.
@discardableResult
package func onLoop<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
    -> Value
{
    // As every program of ours does: a peer that is gone is an error, not the end.
    signal(SIGPIPE, SIG_IGN)
    await LoopLane.limit.take()
    defer { LoopLane.limit.give() }
    let lane = LoopLane()
    let loop = try await lane.open()
    // The task has the caller's task-local values: what is recorded is recorded for its test.
    let outcome = await Task(executorPreference: loop) { try await body() }.result
    await lane.close()
    return try outcome.get()
}

/// A thread with an event loop.
private final class LoopLane: Sendable {
    /// So many loops at once that machines with few cores keep to the tests' times.
    static let limit = Places(8)

    private struct State {
        var isClosed = false
        var closing: CheckedContinuation<Void, Never>?
        var ended: CheckedContinuation<Void, Never>?
        var hasEnded = false
    }
    private let state = Mutex(State())

    func open() async throws -> EventLoop {
        try await withCheckedThrowingContinuation { continuation in
            startThread {
                do {
                    _ = try EventLoop.run {
                        continuation.resume(returning: EventLoop.current)
                        await self.isToClose()
                        return 0
                    }
                } catch { continuation.resume(throwing: error) }
                self.end()
            }
        }
    }

    private func isToClose() async {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.closing = continuation }
                return state.isClosed
            }
            if isClosed { continuation.resume() }
        }
    }

    private func end() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            return state.ended
        }
        waiting?.resume()
    }

    /// Returns when the thread has left the loop.
    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.closing
        }
        waiting?.resume()
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.ended = continuation }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}

/// A thread that nobody waits for.
package func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, nil,
        { pointer in
            if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        }, work.toOpaque())
    precondition(failure == 0, "no thread to be had")
    pthread_detach(thread)
}

/// So many may be at it at once; the others wait in the order they came.
final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isIn = state.withLock { state in
                if state.free == 0 {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isIn { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
