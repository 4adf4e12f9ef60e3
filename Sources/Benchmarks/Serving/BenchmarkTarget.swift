/// What stands at the far end of every stream: takes, gives and echoes as it is told.
struct BenchmarkTarget: Sendable {
    let sessions: SessionCount

    /// Serves until the stream ends.
    func serve(_ stream: any ByteStream) throws(StreamFailure) {
        while let bytes = try stream.receive(exactly: StreamOrder.size) {
            guard let order = StreamOrder(bytes) else { throw .violation("what came is no order") }
            switch order.kind {
            case .take:
                try stream.discard(order.count)
                try stream.sendAll([1])
            case .give: try stream.give(order.count)
            case .echo: try echo(order.count, stream)
            case .count:
                let (open, opened) = sessions.both
                try stream.sendAll(StreamOrder.bytes(of: open) + StreamOrder.bytes(of: opened))
            }
        }
    }

    private func echo(_ count: UInt64, _ stream: any ByteStream) throws(StreamFailure) {
        let block = Block(16 * 1024)
        var left = count
        while left > 0 {
            let received = try stream.receive(into: block.bytes)
            if received == 0 { throw .ended }
            try stream.sendAll(UnsafeRawBufferPointer(rebasing: block.bytes[..<received]))
            left -= min(left, UInt64(received))
        }
    }
}
