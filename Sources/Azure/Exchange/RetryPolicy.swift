/// When to try again: exponential back-off with a cap and full jitter, never before the service allows it and
/// never past the deadline. Pure: time and chance come in.
package struct RetryPolicy: Hashable, Sendable {
    /// The longest wait after the first failure; doubles with each further one.
    package var base: Duration
    /// The longest wait of all, unless the service asks for more.
    package var cap: Duration
    /// How often to try in all; 1 or more.
    package var attempts: Int

    package init(base: Duration = .milliseconds(500), cap: Duration = .seconds(20), attempts: Int = 6) {
        self.base = base
        self.cap = cap
        self.attempts = attempts
    }

    /// How long to wait after a failure.
    /// - Parameters:
    ///   - failures: how many there were, 1 or more.
    ///   - retryAfter: what the service asked for.
    ///   - chance: evenly spread over 0..<1.
    ///   - left: the time until the deadline.
    /// - Returns: nil if there is to be no other try.
    package func delay(afterFailures failures: Int, retryAfter: Duration?, chance: Double, left: Duration)
        -> Duration?
    {
        guard failures < attempts else { return nil }
        var ceiling = base
        for _ in 1..<max(1, failures) where ceiling < cap { ceiling = ceiling * 2 }
        let jitter = min(ceiling, cap) * chance
        // All clients that were told the same time would come back at once: jitter on top of it, too.
        let wait = retryAfter.map { $0 + base * chance } ?? jitter
        return wait < left ? wait : nil
    }
}
