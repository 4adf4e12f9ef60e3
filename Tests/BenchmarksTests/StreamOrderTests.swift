import Testing

@testable import Benchmarks

@Suite struct StreamOrderTests {
    @Test(arguments: StreamOrder.Kind.allCases, [0, 1, 255, 1 << 30, UInt64.max])
    func `reads back as it was written`(kind: StreamOrder.Kind, count: UInt64) {
        let order = StreamOrder(kind, count)
        #expect(order.bytes.count == StreamOrder.size)
        #expect(StreamOrder(order.bytes) == order)
    }

    @Test func `refuses what is no order`() {
        #expect(StreamOrder([0x74]) == nil)
        #expect(StreamOrder([0x00] + StreamOrder.bytes(of: 1)) == nil)
    }
}
