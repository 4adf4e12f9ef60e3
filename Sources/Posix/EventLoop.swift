internal import CPosix
internal import Glibc
internal import Synchronization

/// A point in time that deadlines are given as; goes on while the machine sleeps.
package typealias Instant = ContinuousClock.Instant

/// The one thread that all asynchronous work of the process runs on: an epoll(7) loop that is a task executor.
///
/// The program enters it once, with `run`. Child tasks inherit it; an unstructured task must name it again.
/// All of its state but the inbox belongs to its thread.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    private let epoll: FileDescriptor
    private let alarm: FileDescriptor
    private var watches: [Watch?] = []
    private var freeSlots: [Int] = []
    private var generation: UInt32 = 0
    private var timers = TimerHeap()
    private var ready: [UnownedJob] = []
    /// Jobs of tasks with high priority.
    private var urgent: [UnownedJob] = []
    /// The jobs that are being run, and how many of them were.
    private var batch: [UnownedJob] = []
    private var position = 0
    private var result: Int32?
    private let inbox = Mutex(Inbox())

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []
        var isAlarmed = false
    }

    private static let alarmToken = UInt64.max
    /// How long jobs run before the loop looks for urgent ones.
    private static let slice = Duration.milliseconds(1)

    private init() throws(SystemError) {
        let epoll = bu_epoll_create()
        guard epoll >= 0 else { throw .last("epoll_create1") }
        self.epoll = FileDescriptor(owning: epoll)
        let alarm = bu_eventfd()
        guard alarm >= 0 else { throw .last("eventfd") }
        self.alarm = FileDescriptor(owning: alarm)
        guard bu_epoll_add(epoll, alarm, Self.alarmToken) == 0 else { throw .last("epoll_ctl") }
    }

    /// Runs the body and all that it starts on the calling thread, and returns its result.
    package static func run(_ body: @escaping @Sendable () async -> Int32) throws(SystemError) -> Int32 {
        let loop = try EventLoop()
        let outer = bu_thread_loop()
        bu_set_thread_loop(Unmanaged.passUnretained(loop).toOpaque())
        defer { bu_set_thread_loop(outer) }
        Task(executorPreference: loop, priority: .medium) { loop.result = await body() }
        return try loop.turn()
    }

    /// The loop that the calling code runs on.
    package static var current: EventLoop {
        guard let pointer = bu_thread_loop() else { preconditionFailure("not on an event loop") }
        return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Whether the calling thread is this loop's.
    package var isCurrent: Bool { bu_thread_loop() == Unmanaged.passUnretained(self).toOpaque() }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { put(job) } else { post { $0.jobs.append(job) } }
    }

    private func put(_ job: UnownedJob) {
        if job.priority.rawValue >= TaskPriority.high.rawValue {
            urgent.append(job)
        } else {
            ready.append(job)
        }
    }

    /// Calls the closure on the loop's thread, soon; from any thread.
    package func submit(_ call: @escaping @Sendable () -> Void) { post { $0.calls.append(call) } }

    private func post(_ put: (inout Inbox) -> Void) {
        let mustRing = inbox.withLock { inbox in
            put(&inbox)
            defer { inbox.isAlarmed = true }
            return !inbox.isAlarmed
        }
        guard mustRing else { return }
        var one: UInt64 = 1
        _ = Glibc.write(alarm.rawValue, &one, 8)
    }
}

// MARK: - The turn of the loop

extension EventLoop {
    private func turn() throws(SystemError) -> Int32 {
        var events = [bu_event](repeating: bu_event(), count: 128)
        while true {
            runReadyJobs()
            if let result { return result }
            let count = bu_epoll_wait(
                epoll.rawValue, &events, CInt(events.count), hasJobs ? 0 : patience())
            if count < 0, errno != EINTR { throw .last("epoll_wait") }
            for event in events.prefix(max(0, Int(count))) { dispatch(event) }
            timers.fire(at: .now)
        }
    }

    private var hasJobs: Bool { !ready.isEmpty || !urgent.isEmpty || position < batch.count }

    /// Runs one batch, or as much of it as fits into a slice of time: what these jobs enqueue runs after the next look
    /// at the descriptors. Urgent jobs overtake the others.
    private func runReadyJobs() {
        if position == batch.count {
            batch.removeAll(keepingCapacity: true)
            position = 0
            swap(&batch, &ready)
        }
        let end = Instant.now.advanced(by: Self.slice)
        repeat {
            runUrgentJobs()
            guard position < batch.count else { return }
            position += 1
            batch[position - 1].runSynchronously(on: asUnownedTaskExecutor())
        } while position == batch.count || Instant.now < end
    }

    private func runUrgentJobs() {
        guard !urgent.isEmpty else { return }
        var jobs: [UnownedJob] = []
        swap(&jobs, &urgent)
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func patience() -> CInt {
        guard let next = timers.next else { return -1 }
        let left = Instant.now.duration(to: next)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        return CInt(clamping: min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func dispatch(_ event: bu_event) {
        if event.token == Self.alarmToken { return empty() }
        let slot = Int(event.token & 0xFFFF_FFFF)
        guard slot < watches.count, let watch = watches[slot], watch.token == event.token else { return }
        watch.note(event.ready)
    }

    private func empty() {
        var count: UInt64 = 0
        _ = Glibc.read(alarm.rawValue, &count, 8)
        let (jobs, calls) = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return (inbox.jobs, inbox.calls)
        }
        for job in jobs { put(job) }
        for call in calls { call() }
    }
}

// MARK: - Descriptors and timers

extension EventLoop {
    /// Reports the descriptor's readiness to `wakeUp` until the watch is cancelled or let go.
    ///
    /// A descriptor that epoll refuses (a regular file) counts as always ready.
    package func watch(_ descriptor: FileDescriptor, waking wakeUp: WakeUp) throws(SystemError) -> Watch {
        precondition(isCurrent, "descriptors are watched on the loop's own thread")
        let slot = freeSlots.popLast() ?? watches.count
        if slot == watches.count { watches.append(nil) }
        generation &+= 1
        let token = UInt64(generation) << 32 | UInt64(slot)
        let watch = Watch(token: token, descriptor: descriptor, loop: self, wakeUp: wakeUp)
        guard bu_epoll_add(epoll.rawValue, descriptor.rawValue, token) == 0 else {
            freeSlots.append(slot)
            if errno == EPERM { return watch }
            throw .last("epoll_ctl")
        }
        watches[slot] = watch
        watch.isRegistered = true
        return watch
    }

    func forget(_ watch: Watch) {
        let slot = Int(watch.token & 0xFFFF_FFFF)
        _ = bu_epoll_remove(epoll.rawValue, watch.descriptor.rawValue)
        watches[slot] = nil
        freeSlots.append(slot)
    }

    func schedule(_ wakeUp: WakeUp, at deadline: Instant) { timers.insert(wakeUp, at: deadline) }

    /// Suspends until the deadline.
    /// - Returns: false if the task was cancelled before.
    @discardableResult
    package static func sleep(until deadline: Instant) async -> Bool {
        await WakeUp().wait(until: deadline) == .deadline
    }
}
