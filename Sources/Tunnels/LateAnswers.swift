internal import Azure
internal import Posix

/// The waits for answers to token requests that came too late for their callers. Belongs to its loop's thread.
final class LateAnswers {
    private struct Wait {
        let task: Task<Void, Never>
        let since: Instant
    }

    private var waits: [Int: Wait] = [:]
    private var lastNumber = 0
    private let ended = WakeUp()

    /// Waits beside all else, and then acts.
    /// - Parameter act: given nil where no session was named.
    func await(_ token: Task<TunnelToken?, Never>, then act: @escaping @Sendable (TunnelToken?) -> Void) {
        lastNumber += 1
        let number = lastNumber
        let confined = LoopConfined(self)
        let task = Task(executorPreference: EventLoop.current) {
            let found = await withTaskCancellationHandler {
                await token.value
            } onCancel: {
                token.cancel()
            }
            act(found)
            confined.value.waits[number] = nil
            confined.value.ended.signal()
        }
        waits[number] = Wait(task: task, since: .now)
    }

    /// Waits for each so long from when its caller gave it up, and takes what there is of it then. Not torn off by
    /// cancellation.
    func finish(within time: Duration) async {
        let confined = LoopConfined(self)
        await EventLoop.shielded {
            while let last = confined.value.waits.values.map(\.since).max() {
                guard await confined.value.ended.wait(until: last.advanced(by: time)) == .signalled else {
                    break
                }
            }
            let rest = confined.value.waits.values.map(\.task)
            for task in rest { task.cancel() }
            for task in rest { await task.value }
        }
    }
}
