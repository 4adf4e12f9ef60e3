import Posix
import Testing

@testable import Tunnels

@Suite struct RelayPaceTests {
    private static let bars = RelayPace.Bars(
        busyBytes: 1000, busyWindow: .milliseconds(50), quietBytes: 100, quietWindow: .milliseconds(500))
    private let start = Instant.now

    private func after(_ milliseconds: Int) -> Instant { start.advanced(by: .milliseconds(milliseconds)) }

    /// Bytes moved until a time in milliseconds, and whether that is busy.
    @Test(arguments: [
        [(10, 999, false)],
        [(10, 1000, true)],
        [(60, 900, false), (70, 1800, false), (80, 1900, true)],
        [(49, 500, false), (51, 900, false), (120, 1500, false), (160, 2400, false)],
    ])
    func `is busy that moves so much within one window`(_ moves: [(Int, UInt64, Bool)]) {
        var pace = RelayPace(Self.bars, total: 0, now: start)
        for (time, total, expected) in moves {
            #expect(pace.isBusy(total: total, now: after(time)) == expected, "at \(time) ms")
        }
    }

    @Test(arguments: [
        [(400, 0, false), (500, 50, true)],
        [(500, 100, false), (999, 100, false), (1000, 199, true)],
        [(700, 5000, false), (1200, 5099, true)],
    ])
    func `is quiet again that moves less in a whole window`(_ moves: [(Int, UInt64, Bool)]) {
        var pace = RelayPace(Self.bars, total: 0, now: start)
        for (time, total, expected) in moves {
            #expect(pace.isQuiet(total: total, now: after(time)) == expected, "at \(time) ms")
        }
    }
}
