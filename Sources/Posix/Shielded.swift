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
    package static func shielded<Value: Sendable>(
        grace: Duration, _ body: @escaping @Sendable () async -> Value
    ) async -> Value {
        let loop = EventLoop.current
        let task = Task(executorPreference: loop) { await body() }
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

/// A value that belongs to one loop's thread, on its way from one task of that loop to another.
package struct LoopConfined<Value>: @unchecked Sendable {
    package let value: Value
    package init(_ value: Value) { self.value = value }
}
