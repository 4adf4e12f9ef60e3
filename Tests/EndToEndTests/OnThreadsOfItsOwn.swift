import Dispatch
import Synchronization
import TestSupport
import Testing

/// Runs the tests of a suite on two threads that no other test waits for: what waits for a program blocks its thread,
/// and the threads that tests share are as few as the cores.
struct OnThreadsOfItsOwn: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingThreads.shared) { try await body() }
    }
}

extension Trait where Self == OnThreadsOfItsOwn {
    static var onThreadsOfItsOwn: Self { Self() }
}

/// Threads that take jobs in the order they came, and that a job may block.
private final class BlockingThreads: TaskExecutor {
    static let shared = BlockingThreads(count: 2)

    private let jobs = Mutex<[UnownedJob]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    init(count: Int) {
        for _ in 0..<count { startThread { self.serve() } }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrivals.signal()
    }

    private func serve() {
        while true {
            arrivals.wait()
            let job = jobs.withLock { $0.removeFirst() }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
