internal import Profiles

/// Decides whether a client whose tunnel was lost is launched again, and when: capped, jittered back-off.
struct Relaunching {
    /// Relaunches in a row so far; a session that lasted begins the count anew.
    private(set) var attempt = 0
    private let settings: ReconnectSettings

    private static let base = Duration.seconds(1)
    /// A client that ran for this long had a session.
    private static let lasting = Duration.seconds(60)

    init(_ settings: ReconnectSettings) { self.settings = settings }

    /// Nil where no attempt is left.
    ///
    /// - Parameters:
    ///   - duration: how long the client ran.
    ///   - chance: 0 up to 1.
    mutating func delay(after duration: Duration, chance: Double = .random(in: 0..<1)) -> Duration? {
        if duration >= Self.lasting { attempt = 0 }
        guard attempt < settings.attempts else { return nil }
        attempt += 1
        let doubled = Self.base * (1 << min(attempt - 1, 10))
        return min(doubled, settings.maximumDelay) * (0.5 + chance / 2)
    }
}
