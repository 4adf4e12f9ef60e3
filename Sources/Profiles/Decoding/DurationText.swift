/// A span of time as profiles write it: a whole number and `ms`, `s`, `m` or `h`.
package enum DurationText {
    static let pattern = "^[0-9]{1,6}(ms|s|m|h)$"

    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...6).contains(digits.count), let number = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3600)
        default: return nil
        }
    }

    /// As `parse` reads it: in seconds, or in milliseconds where they are no whole ones.
    package static func text(_ duration: Duration) -> String {
        let (seconds, rest) = duration.components
        if rest == 0 { return "\(seconds)s" }
        return "\(seconds * 1000 + rest / 1_000_000_000_000_000)ms"
    }
}
