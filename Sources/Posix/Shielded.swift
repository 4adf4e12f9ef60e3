internal import Synchronization

extension EventLoop {
    /// Runs the body where the cancellation of the calling task does not reach it, and waits for it.
    ///
    /// For what must be undone on every way out. The body bounds itself in time.
    package static func shielded<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async
        -> Value
    {
        await Task(executorPreference: EventLoop.current) { await body() }.value
    }

    /// The same for a call that must not be torn off at once: a cancelled caller leaves it this much longer.
    /// - Parameter priority: `high` for what must not wait for the other tasks of a busy loop.
    package static func shielded<Value: Sendable>(
        grace: Duration, priority: TaskPriority = .medium, _ body: @escaping @Sendable () async -> Value
    ) async -> Value {
        let loop = EventLoop.current
        let task = Task(executorPreference: loop, priority: priority) { await body() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            Task(executorPreference: loop) {
                await EventLoop.sleep(until: .now.advanced(by: grace))
                task.cancel()
            }
        }
    }
}

extension EventLoop {
    /// Runs the body in its turn, though the calling task may be an urgent one, and waits for it.
    ///
    /// For long work on the way to something urgent. Waiting for a child task would make it urgent, too.
    package static func unhurried<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async
        -> Value
    {
        let loop = EventLoop.current
        let work = Mutex<(isCancelled: Bool, task: Task<Void, Never>?)>((false, nil))
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let task = Task(executorPreference: loop, priority: .medium) {
                    continuation.resume(returning: await body())
                }
                let isCancelled = work.withLock { work in
                    work.task = task
                    return work.isCancelled
                }
                if isCancelled { task.cancel() }
            }
        } onCancel: {
            let task = work.withLock { work in
                work.isCancelled = true
                return work.task
            }
            task?.cancel()
        }
    }
}

/// A value that belongs to one loop's thread, on its way from one task of that loop to another.
package struct LoopConfined<Value>: @unchecked Sendable {
    package let value: Value
    package init(_ value: Value) { self.value = value }
}
