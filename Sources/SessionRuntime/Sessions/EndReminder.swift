internal import Posix
internal import Synchronization

/// Says so where the end of a run takes longer than a moment.
final class EndReminder: Sendable {
    private static let moment = Duration.seconds(1)

    private let task = Mutex<Task<Void, Never>?>(nil)
    private let loop = EventLoop.current
    private let say: @Sendable () -> Void

    /// On the loop that `say` is called on.
    init(_ say: @escaping @Sendable () -> Void) { self.say = say }

    /// The end has begun. From any thread; the first call counts.
    func begin() {
        task.withLock { task in
            guard task == nil else { return }
            task = Task(executorPreference: loop) { [say] in
                if await EventLoop.sleep(until: .now.advanced(by: Self.moment)) { say() }
            }
        }
    }

    func end() { task.withLock { $0?.cancel() } }
}
