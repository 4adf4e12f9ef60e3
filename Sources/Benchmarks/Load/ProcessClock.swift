internal import Glibc

/// The processor time that a process has used: user and system, of all its threads, those that have ended too.
struct ProcessClock: Sendable {
    private let clock: clockid_t

    /// - Returns: nil where there is no such process.
    init?(of process: Int32) {
        var clock = clockid_t()
        guard clock_getcpuclockid(process, &clock) == 0 else { return nil }
        self.clock = clock
    }

    /// In seconds; 0 once the process has ended.
    var seconds: Double {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
