internal import Azure
internal import Posix

/// The waits for answers to token requests that came too late for their callers. Belongs to its loop's thread.
final class LateAnswers {
    private var waits: [Int: Task<Void, Never>] = [:]
    private var lastNumber = 0
    private let ended = WakeUp()

    var isEmpty: Bool { waits.isEmpty }

    /// Waits beside all else, and then acts.
    /// - Parameter act: given nil where no session was named.
    func await(_ token: Task<TunnelToken?, Never>, then act: @escaping @Sendable (TunnelToken?) -> Void) {
        lastNumber += 1
        let number = lastNumber
        let confined = LoopConfined(self)
        waits[number] = Task(executorPreference: EventLoop.current) {
            let found = await withTaskCancellationHandler {
                await token.value
            } onCancel: {
                token.cancel()
            }
            act(found)
            confined.value.waits[number] = nil
            confined.value.ended.signal()
        }
    }

    /// Waits for all of them, and for what there is of the others after this time. Not torn off by cancellation.
    func finish(within time: Duration) async {
        let deadline = Instant.now.advanced(by: time)
        let confined = LoopConfined(self)
        await EventLoop.shielded {
            while !confined.value.isEmpty {
                guard await confined.value.ended.wait(until: deadline) == .signalled else { break }
            }
            let rest = confined.value.waits.values
            for wait in rest { wait.cancel() }
            for wait in rest { await wait.value }
        }
    }
}
