internal import Diagnostics
internal import Posix
internal import Transport

/// Sends answers over a connection, spoilt where a fault says so.
struct AnswerWriter {
    private let connection: HTTPConnection
    private let framing: Fault.Framing?
    /// The pause after each byte; nil: all at once.
    private let pace: Duration?

    private static let time = Duration.seconds(30)

    init(_ connection: HTTPConnection, framing: Fault.Framing? = nil, pace: Duration? = nil) {
        (self.connection, self.framing, self.pace) = (connection, framing, pace)
    }

    /// - Parameter method: of the request.
    /// - Returns: whether the connection lives on.
    func send(_ answer: Answer, to method: String) async -> Bool {
        do {
            if let framing { return try await send(answer, framing) }
            try await send(answer.isChunked ? try Self.chunked(answer) : try Self.whole(answer, method))
            return true
        } catch { return false }
    }

    /// Sends bytes as they are, at the pace.
    func send(_ bytes: [UInt8]) async throws(HTTPError) {
        guard let pace else { return try await connection.send(bytes, until: .now.advanced(by: Self.time)) }
        for byte in bytes {
            try await connection.send([byte], until: .now.advanced(by: Self.time))
            guard await EventLoop.sleep(until: .now.advanced(by: pace)) else {
                throw .connection(.cancelled)
            }
        }
    }

    private static func whole(_ answer: Answer, _ method: String) throws(HTTPError) -> [UInt8] {
        let isBodiless = answer.status < 200 || [204, 304].contains(answer.status)
        var headers = answer.headers
        if !isBodiless { headers["Content-Length"] = String(answer.body.count) }
        return try head(answer, headers) + (isBodiless || method == "HEAD" ? [] : answer.body)
    }

    private static func chunked(_ answer: Answer) throws(HTTPError) -> [UInt8] {
        // Two chunks: a client that takes the first for the whole is found out.
        let half = answer.body.count / 2
        return try chunkedHead(answer) + HTTPSerializer.chunk(Array(answer.body[..<half]))
            + HTTPSerializer.chunk(Array(answer.body[half...])) + HTTPSerializer.chunk([])
    }

    private static func chunkedHead(_ answer: Answer) throws(HTTPError) -> [UInt8] {
        var headers = answer.headers
        headers["Transfer-Encoding"] = "chunked"
        return try head(answer, headers)
    }

    private static func head(_ answer: Answer, _ headers: HTTPHeaders) throws(HTTPError) -> [UInt8] {
        try HTTPSerializer.head(
            status: answer.status, reason: Answer.reason(answer.status), headers: headers)
    }
}

// MARK: - Spoilt answers

extension AnswerWriter {
    /// - Returns: whether the connection lives on.
    private func send(_ answer: Answer, _ framing: Fault.Framing) async throws(HTTPError) -> Bool {
        let body = answer.body
        switch framing {
        case .shortLength:
            try await send(try Self.head(answer, lengths: [max(0, body.count - 5)]) + body)
            return true
        case .longLength:
            try await send(try Self.head(answer, lengths: [body.count + 100]) + body)
            await holdStill()
        case .cut: try await send(try Self.head(answer, lengths: [body.count + 100]) + body)
        case .twoLengths:
            try await send(try Self.head(answer, lengths: [body.count, body.count + 1]) + body)
        case .badLength: try await send(try Self.head(answer, lengths: [-1]) + body)
        case .badChunk:
            let chunk = HTTPSerializer.chunk(body)
            try await send(try Self.chunkedHead(answer) + chunk + Array("xyz\r\n".utf8))
        case .openChunk:
            try await send(try Self.chunkedHead(answer) + HTTPSerializer.chunk(body))
            await holdStill()
        case .endlessBody:
            try await send(try Self.head(answer, answer.headers) + body)
            try await repeatedly(" ")
        case .endlessHead: try await repeatedly("x-endless: 0123456789\r\n", after: "HTTP/1.1 200 OK\r\n")
        case .endlessInterim: try await repeatedly("HTTP/1.1 103 Early Hints\r\n\r\n")
        case .endlessLines: try await repeatedly("\r\n")
        case .hugeHead:
            var headers = answer.headers
            headers["x-huge"] = String(repeating: "x", count: 1 << 20)
            try await send(try Self.head(answer, headers) + body)
        case .garbage: try await send((0..<256).map { UInt8(truncatingIfNeeded: $0 &* 151 ^ 0x5A) })
        case .silence: await holdStill()
        }
        return false
    }

    private static func head(_ answer: Answer, lengths: [Int]) throws(HTTPError) -> [UInt8] {
        var headers = answer.headers
        for length in lengths { headers.add("Content-Length", String(length)) }
        return try head(answer, headers)
    }

    private func repeatedly(_ text: String, after start: String = "") async throws(HTTPError) {
        let bytes = Array(String(repeating: text, count: 16_384 / text.utf8.count).utf8)
        if !start.isEmpty { try await send(Array(start.utf8)) }
        while !Task.isCancelled {
            try await send(bytes)
            await Task.yield()
        }
    }

    /// Until the client has gone.
    private func holdStill() async {
        while !connection.tls.socket.descriptor.isPeerGone {
            if await connection.tls.wakeUp.wait() == .cancelled { return }
        }
    }
}
