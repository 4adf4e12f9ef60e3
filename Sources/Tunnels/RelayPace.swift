internal import Posix

/// Tells whether a relay is busy enough for a thread of its own, by the bytes that it has moved. Pure: time comes in.
struct RelayPace: Sendable {
    /// The bar to become quiet again is a tenth of the bar to become busy, so that a relay does not go to and fro.
    struct Bars: Sendable {
        /// 4 MiB within 50 ms: 80 MiB/s, more than most networks give to one connection.
        var busyBytes: UInt64 = 4 * 1024 * 1024
        var busyWindow = Duration.milliseconds(50)
        /// Less than 4 MiB in half a second.
        var quietBytes: UInt64 = 4 * 1024 * 1024
        var quietWindow = Duration.milliseconds(500)
    }

    private let bars: Bars
    private var windowStart: Instant
    private var bytesAtStart: UInt64

    /// - Parameter total: bytes moved in both directions since the relay began.
    init(_ bars: Bars, total: UInt64, now: Instant) {
        self.bars = bars
        windowStart = now
        bytesAtStart = total
    }

    mutating func isBusy(total: UInt64, now: Instant) -> Bool {
        if total - bytesAtStart >= bars.busyBytes { return true }
        if windowStart.duration(to: now) >= bars.busyWindow { begin(total, now) }
        return false
    }

    mutating func isQuiet(total: UInt64, now: Instant) -> Bool {
        guard windowStart.duration(to: now) >= bars.quietWindow else { return false }
        defer { begin(total, now) }
        return total - bytesAtStart < bars.quietBytes
    }

    /// When a busy relay that moves nothing is to be looked at again.
    var windowEnd: Instant { windowStart.advanced(by: bars.quietWindow) }

    private mutating func begin(_ total: UInt64, _ now: Instant) {
        windowStart = now
        bytesAtStart = total
    }
}
