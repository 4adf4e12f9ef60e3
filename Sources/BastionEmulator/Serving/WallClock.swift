internal import Glibc

/// The time of day.
package enum WallClock {
    /// Seconds since 1970.
    package static var seconds: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec
    }

    /// `2026-11-21T04:02:40.123Z`.
    package static var timestamp: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let (day, time) = parts(now.tv_sec)
        return "\(day)T\(time).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }

    /// `2026-11-21 04:02:40Z`, as the sign-in service writes it.
    static var signInTimestamp: String {
        let (day, time) = parts(seconds)
        return "\(day) \(time)Z"
    }

    private static func parts(_ seconds: Int) -> (day: String, time: String) {
        var seconds = seconds
        var fields = tm()
        gmtime_r(&seconds, &fields)
        let day = [Int(fields.tm_year) + 1900, Int(fields.tm_mon) + 1, Int(fields.tm_mday)]
        let time = [Int(fields.tm_hour), Int(fields.tm_min), Int(fields.tm_sec)]
        return (
            day.map { padded($0, 2) }.joined(separator: "-"),
            time.map { padded($0, 2) }.joined(separator: ":")
        )
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
