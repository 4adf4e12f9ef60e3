internal import CPosix
internal import Synchronization

/// A piece of work on a thread of its own, which the loop waits for to its end.
package enum OwnThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs the body on a new thread. Cancellation of the task raises the interruption, which the body must heed
    /// soon: it is waited for in any case, so that what it uses is its alone.
    /// - Throws: where there is no thread to be had; the body did not run then.
    package static func run(
        interruptedBy interruption: Interruption, _ body: @escaping @Sendable () -> Void
    ) async throws(SystemError) {
        let ended = WakeUp()
        let work = Unmanaged.passRetained(
            Work {
                body()
                ended.signalFromAnywhere()
            })
        let failure = bu_start_thread(
            { pointer in
                guard let pointer else { return }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
            }, work.toOpaque())
        if failure != 0 {
            work.release()
            throw SystemError("pthread_create", number: failure)
        }
        if await ended.wait() == .cancelled {
            interruption.raise()
            await EventLoop.shielded { _ = await ended.wait() }
        }
    }
}
