import Testing

@testable import Azure

@Suite struct RetryPolicyTests {
    static let policy = RetryPolicy(base: .seconds(1), cap: .seconds(8), attempts: 6)

    @Test(arguments: [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0)])
    func `doubles up to the cap`(_ failures: Int, _ ceiling: Double) {
        func delay(_ chance: Double) -> Duration? {
            Self.policy.delay(afterFailures: failures, retryAfter: nil, chance: chance, left: .seconds(60))
        }
        #expect(delay(0) == .zero)
        #expect(delay(0.5) == .seconds(ceiling / 2))
    }

    @Test func `waits at least as long as the service asks`() {
        let wait = Self.policy.delay(
            afterFailures: 1, retryAfter: .seconds(20), chance: 0.25, left: .seconds(60))
        #expect(wait == .seconds(20.25))
    }

    @Test func `gives up when the wait would pass the deadline`() {
        #expect(
            Self.policy.delay(afterFailures: 1, retryAfter: .seconds(20), chance: 0, left: .seconds(20))
                == nil)
    }

    @Test func `gives up after the last attempt`() {
        #expect(Self.policy.delay(afterFailures: 6, retryAfter: nil, chance: 0, left: .seconds(60)) == nil)
    }
}
