internal import CPosix
internal import Synchronization

/// A call that blocks its thread, made on a thread of its own while the loop goes on.
package enum BlockingCall {
    package enum Failure: Error, Hashable, Sendable {
        /// The deadline passed (or the task was cancelled); the thread ends by itself when its call returns.
        case timedOut
        case noThread(SystemError)
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Parameter abandon: called once when the deadline passes, to make the call end early (a cancellable).
    package static func run<Value: Sendable>(
        until deadline: Instant, abandon: @Sendable () -> Void = {}, _ body: @escaping @Sendable () -> Value
    ) async throws(Failure) -> Value {
        let outcome = Outcome<Value>()
        let finished = WakeUp()
        let work = Work {
            let value = body()
            outcome.value.withLock { $0 = value }
            finished.signalFromAnywhere()
        }
        let context = Unmanaged.passRetained(work)
        let failure = bu_start_thread(
            { pointer in
                guard let pointer else { return }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
            }, context.toOpaque())
        if failure != 0 {
            context.release()
            throw .noThread(SystemError("pthread_create", number: failure))
        }
        _ = await finished.wait(until: deadline)
        if let value = outcome.value.withLock({ $0 }) { return value }
        abandon()
        throw .timedOut
    }
}
