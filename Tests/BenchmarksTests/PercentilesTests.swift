import Testing

@testable import Benchmarks

@Suite struct PercentilesTests {
    @Test(arguments: [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (0.995, 100.0), (1.0, 100.0)])
    func `takes the nearest rank`(share: Double, expected: Double) {
        #expect(Percentiles((1...100).reversed().map(Double.init)).value(at: share) == expected)
    }

    @Test func `is 0 of nothing`() {
        #expect(Percentiles([]).value(at: 0.5) == 0)
        #expect(Percentiles([]).mean == 0)
    }
}
