import Testing

@testable import Tunnels

/// Runs each test of a suite twice: with relays on the loop, and with each on a thread of its own from its first
/// byte on, back on the loop whenever it pauses for two milliseconds.
struct RelayMode: TestTrait, SuiteTrait, TestScoping {
    @TaskLocal static var pace = RelayPace.Bars()

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await function()
        let busy = RelayPace.Bars(busyBytes: 1, quietBytes: .max, quietWindow: .milliseconds(2))
        try await Self.$pace.withValue(busy) { try await function() }
    }
}

extension Trait where Self == RelayMode {
    static var quietAndBusy: Self { Self() }
}
