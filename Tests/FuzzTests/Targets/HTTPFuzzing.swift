import Transport

/// HTTP/1.1, as it is read off a connection: heads, framing, bodies, one message after the other.
enum HTTPFuzzing {
    private static let limits = HTTPLimits(headBytes: 2048, fieldCount: 20, bodyBytes: 4096)

    /// Answers. The first byte says to which method, the second how the rest is split.
    static func answer(_ bytes: [UInt8]) -> String? {
        let method = ["GET", "POST", "HEAD"][Int(bytes.first ?? 0) % 3]
        return compare(bytes) { head throws(HTTPViolation) in
            let line = try head.statusLine()
            // What these make of the fields must only not fail.
            _ = RetryAfter.wait(after: head.headers, now: 1_700_000_000)
            _ = WebSocketUpgrade.isAccepted(head.headers, key: "dGhlIHNhbXBsZSBub25jZQ==")
            _ = head.keepsAlive(isVersion10: line.isVersion10)
            return try HTTPBodyFraming.response(
                head.headers, status: line.status, isVersion10: line.isVersion10, to: method)
        }
    }

    /// Requests. The second byte says how they are split; the first one says nothing.
    static func request(_ bytes: [UInt8]) -> String? {
        compare(bytes) { head throws(HTTPViolation) in
            let line = try head.requestLine()
            if WebSocketUpgrade.problem(in: line.method, head.headers) == nil {
                _ = try? WebSocketUpgrade.response(to: head.headers)
            }
            return try HTTPBodyFraming.request(head.headers, isVersion10: line.isVersion10)
        }
    }

    private typealias Judge = (HTTPHead) throws(HTTPViolation) -> HTTPBodyFraming

    private static func compare(_ bytes: [UInt8], _ judge: Judge) -> String? {
        guard bytes.count > 2 else { return nil }
        var whole = Reader()
        whole.read(Pieces(of: bytes[2...], seed: 0), judge)
        for seed in [1, bytes[1]] {
            var split = Reader()
            split.read(Pieces(of: bytes[2...], seed: seed), judge)
            guard split.seen == whole.seen else {
                return "the split changes what is read: \(whole.seen) and \(split.seen)"
            }
        }
        return whole.seen.compactMap(problem).first
    }

    private static func problem(_ sight: Sight) -> String? {
        switch sight {
        case .head(let head):
            if head.headers.fields.count > limits.fieldCount { return "too many fields" }
            // A head that was taken can be written again without becoming another one.
            let isSafe = head.headers.fields.allSatisfy { field in
                !(field.name + field.value).utf8.contains { $0 < 0x20 && $0 != 9 || $0 == 0x7F }
            }
            return isSafe ? nil : "a control character in a field"
        case .body(let body): return body.count > limits.bodyBytes ? "a long body" : nil
        case .violation, .unfinished, .closed: return nil
        }
    }

    private enum Sight: Hashable {
        case head(HTTPHead)
        case body([UInt8])
        case violation(HTTPViolation)
        /// The connection ended in mid-message.
        case unfinished
        case closed
    }

    /// Reads message after message, as `HTTPConnection` does.
    private struct Reader {
        var seen: [Sight] = []
        private var collector = HTTPHeadCollector(limits: limits)
        private var decoder: HTTPBodyDecoder?
        private var isOver = false

        mutating func read(_ pieces: Pieces, _ judge: Judge) {
            do throws(HTTPViolation) {
                for piece in pieces where !isOver {
                    var position = 0
                    while position < piece.count {
                        position += try take(Array(piece[position...]), judge)
                    }
                }
                if var decoder {
                    seen.append(decoder.end() ? .body(decoder.body) : .unfinished)
                } else {
                    seen.append(collector.hasBegun ? .unfinished : .closed)
                }
            } catch { seen.append(.violation(error)) }
        }

        private mutating func take(_ bytes: [UInt8], _ judge: Judge) throws(HTTPViolation) -> Int {
            if var body = decoder {
                let count = try Self.give(bytes) { input throws(HTTPViolation) in try body.take(input) }
                decoder = body
                try finishBody()
                return count
            }
            let head = try Self.give(bytes) { input throws(HTTPViolation) in try collector.take(input) }
            guard let head else { return bytes.count }
            let count = bytes.count - collector.unusedCount
            collector = HTTPHeadCollector(limits: limits)
            seen.append(.head(head))
            decoder = try HTTPBodyDecoder(try judge(head), limits: limits)
            try finishBody()
            return count
        }

        private mutating func finishBody() throws(HTTPViolation) {
            guard let body = decoder, body.isComplete else { return }
            seen.append(.body(body.body))
            decoder = nil
        }

        private static func give<Value>(
            _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(HTTPViolation) -> Value
        ) throws(HTTPViolation) -> Value {
            try bytes.withUnsafeBytes { input -> Result<Value, HTTPViolation> in
                Result { () throws(HTTPViolation) in try body(input) }
            }.get()
        }
    }
}
