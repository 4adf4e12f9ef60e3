/// Where one task waits: for a signal, a deadline or its own cancellation. The only way anything here waits.
///
/// A signal that comes while nobody waits is kept, once. One task may wait at a time. Belongs to its loop's thread.
package final class WakeUp: @unchecked Sendable {
    package enum Reason: Hashable, Sendable { case signalled, deadline, cancelled }

    private let loop: EventLoop
    private var waiter: UnsafeContinuation<Reason, Never>?
    private var isSignalled = false
    /// How often somebody waited: tells the present wait from one that a late cancellation was meant for.
    private var waits: UInt64 = 0
    /// When the present wait ends by itself.
    private(set) var deadline: Instant?
    /// The earliest time at which the loop's timers look at this again.
    var scheduled: Instant?

    /// A wake-up of the loop that the caller runs on.
    package init() { loop = .current }

    /// Resumes the waiter, or lets the next wait return at once. On the loop's thread.
    package func signal() {
        if waiter == nil { isSignalled = true } else { resume(.signalled) }
    }

    /// The same from any thread.
    package func signalFromAnywhere() { loop.submit { self.signal() } }

    /// Suspends until signalled, until the deadline, or until the task is cancelled.
    package func wait(until deadline: Instant? = nil) async -> Reason {
        if Task.isCancelled { return .cancelled }
        if isSignalled {
            isSignalled = false
            return .signalled
        }
        waits &+= 1
        let wait = waits
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                precondition(waiter == nil, "two tasks wait at one wake-up")
                // On an actor there may be turns of the loop between the call and here.
                if isSignalled || Task.isCancelled {
                    let reason: Reason = Task.isCancelled ? .cancelled : .signalled
                    if reason == .signalled { isSignalled = false }
                    return continuation.resume(returning: reason)
                }
                waiter = continuation
                self.deadline = deadline
                if let deadline, scheduled.map({ deadline < $0 }) ?? true {
                    loop.schedule(self, at: deadline)
                }
            }
        } onCancel: {
            // By then another task may wait here.
            loop.submit { if self.waits == wait { self.resume(.cancelled) } }
        }
    }

    /// Called by the timers when `scheduled` has passed.
    /// - Returns: when to look again, if the wait has meanwhile been prolonged.
    func timePassed(now: Instant) -> Instant? {
        scheduled = nil
        guard waiter != nil, let deadline else { return nil }
        if deadline > now { return deadline }
        resume(.deadline)
        return nil
    }

    private func resume(_ reason: Reason) {
        guard let waiter else { return }
        self.waiter = nil
        deadline = nil
        waiter.resume(returning: reason)
    }
}
