package import Posix

/// HTTP/1.1 messages over one TLS connection, at either end. Not `Sendable`: one task owns it.
package final class HTTPConnection {
    package let tls: TLSConnection
    package let limits: HTTPLimits
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)
    private var unread = 0..<0
    private var fills = 0

    /// Reads before other tasks of the loop get their turn.
    private static let turn = 8
    /// Interim answers (1xx) before the one that counts; servers send one or two.
    private static let interimLimit = 20

    /// Whether any byte came since `forgetAnswer(keepsNext:)`.
    private(set) var hasAnswer = false
    /// What came of the body of the last answer, if it did not come whole or in order.
    private(set) var brokenBody: [UInt8] = []
    /// The status and fields of the last answer, as soon as its head is there.
    private(set) var answerHead: (status: Int, headers: HTTPHeaders)?
    /// Whether somebody waits for an answer that its own caller has given up.
    var isLeftToLateAnswer = false
    /// All that came of the answer, where that is kept: what breaks the rules of HTTP may still say something.
    private var raw: [UInt8]?
    private static let rawLimit = 64 * 1024
    /// What came of an answer that did not come whole or in order, decoded as far as it could be, then as it was.
    var brokenAnswer: [UInt8] { brokenBody + (raw ?? []) }

    /// - Parameter keepsNext: whether the next answer is kept as it comes.
    func forgetAnswer(keepsNext: Bool) {
        (hasAnswer, brokenBody, answerHead) = (false, [], nil)
        raw = keepsNext ? [] : nil
    }

    /// Reads on after an answer that breaks the rules, for a moment: what it says may come in several pieces.
    func readRest(until deadline: Instant) async {
        let end = min(deadline, .now.advanced(by: .seconds(1)))
        while let count = raw?.count, count < Self.rawLimit, !Task.isCancelled {
            guard (try? await fill(until: end)) == true else { return }
        }
    }

    package init(over tls: TLSConnection, limits: HTTPLimits = HTTPLimits()) {
        self.tls = tls
        self.limits = limits
    }

    deinit { buffer.deallocate() }

    /// Sends bytes as they are.
    package func send(_ bytes: [UInt8], until deadline: Instant) async throws(HTTPError) {
        do { try await tls.writeAll(bytes, until: deadline) } catch { throw .connection(error) }
    }

    /// Sends a request with the fields that it has.
    package func send(_ request: HTTPRequest, until deadline: Instant) async throws(HTTPError) {
        let head = try HTTPSerializer.head(request)
        switch request.body {
        case .none: try await send(head, until: deadline)
        case .bytes(let body): try await send(head + body, until: deadline)
        case .secret(let secret):
            try await send(head, until: deadline)
            do { try await tls.writeAll(secret, until: deadline) } catch { throw .connection(error) }
        }
    }

    /// Sends an answer with `Content-Length`; nothing of the body where the request was HEAD.
    package func send(_ response: HTTPResponse, to method: String = "GET", until deadline: Instant)
        async throws(HTTPError)
    {
        var headers = response.headers
        let isBodiless = response.status < 200 || response.status == 204 || response.status == 304
        if !isBodiless { headers["Content-Length"] = String(response.body.count) }
        let head = try HTTPSerializer.head(
            status: response.status, reason: response.reason, headers: headers)
        let body = isBodiless || method == "HEAD" ? [] : response.body
        try await send(head + body, until: deadline)
    }

    package struct Answer: Sendable {
        package let response: HTTPResponse
        /// Whether the connection can carry another request.
        package let keepsAlive: Bool
    }

    /// Reads the answer to a request of the method; interim answers (1xx but 101) are skipped.
    package func readResponse(to method: String, until deadline: Instant) async throws(HTTPError) -> Answer {
        var interim = 0
        while true {
            guard let head = try await readHead(until: deadline) else {
                throw .connection(.closed(.transfer))
            }
            let line = try checked { () throws(HTTPViolation) in try head.statusLine() }
            if (100..<200).contains(line.status), line.status != 101 {
                interim += 1
                if interim > Self.interimLimit { throw .violation(.interimAnswers) }
                continue
            }
            answerHead = (line.status, head.headers)
            let framing: HTTPBodyFraming
            do {
                framing = try HTTPBodyFraming.response(
                    head.headers, status: line.status, isVersion10: line.isVersion10, to: method)
            } catch {
                brokenBody = Array(buffer[unread])
                throw .violation(error)
            }
            let body = try await readBody(framing, until: deadline)
            let keepsAlive =
                framing != .untilClose && line.status != 101 && unread.isEmpty
                && head.keepsAlive(isVersion10: line.isVersion10)
            var response = HTTPResponse(
                line.status, reason: line.reason, headers: head.headers, body: body)
            if line.status != 101 { response.surplus = Array(buffer[unread]) }
            return Answer(response: response, keepsAlive: keepsAlive)
        }
    }

    /// Reads a message's head.
    /// - Returns: nil when the peer ended the stream before the first byte of one.
    package func readHead(until deadline: Instant) async throws(HTTPError) -> HTTPHead? {
        var collector = HTTPHeadCollector(limits: limits)
        while true {
            if unread.isEmpty, try await fill(until: deadline) == false {
                if collector.hasBegun { throw .cutShort(receivedBytes: collector.byteCount) }
                return nil
            }
            let input = UnsafeRawBufferPointer(rebasing: buffer[unread])
            let head = try checked { () throws(HTTPViolation) in try collector.take(input) }
            unread = (unread.upperBound - collector.unusedCount)..<unread.upperBound
            if let head { return head }
        }
    }

    /// Reads a body.
    package func readBody(_ framing: HTTPBodyFraming, until deadline: Instant)
        async throws(HTTPError) -> [UInt8]
    {
        var decoder = try checked { () throws(HTTPViolation) in
            try HTTPBodyDecoder(framing, limits: limits)
        }
        do throws(HTTPError) {
            while !decoder.isComplete { try await readMore(of: &decoder, until: deadline) }
        } catch {
            brokenBody = decoder.body + Array(buffer[unread])
            throw error
        }
        return decoder.body
    }

    private func readMore(of decoder: inout HTTPBodyDecoder, until deadline: Instant) async throws(HTTPError)
    {
        if unread.isEmpty, try await fill(until: deadline) == false {
            if decoder.end() { return }
            throw .cutShort(receivedBytes: decoder.body.count)
        }
        let input = UnsafeRawBufferPointer(rebasing: buffer[unread])
        let count = try checked { () throws(HTTPViolation) in try decoder.take(input) }
        unread = (unread.lowerBound + count)..<unread.upperBound
    }

    /// The bytes that came behind the last message; they are the caller's now.
    package func takeUnread() -> [UInt8] {
        defer { unread = 0..<0 }
        return Array(buffer[unread])
    }

    /// Whether a connection that lay idle can still be used: the peer has neither ended it nor sent anything.
    package func isStillQuiet() -> Bool {
        guard unread.isEmpty, let progress = try? tls.read(into: buffer) else { return false }
        return progress == .wouldBlock
    }

    /// A peer that never stops sending must neither outlast the deadline nor keep the loop from its other tasks.
    private func fill(until deadline: Instant) async throws(HTTPError) -> Bool {
        fills &+= 1
        if fills.isMultiple(of: Self.turn) {
            await Task.yield()
            if Task.isCancelled { throw .connection(.cancelled) }
            if deadline <= .now { throw .connection(.timedOut(.transfer)) }
        }
        let count: Int
        do { count = try await tls.readSome(into: buffer, until: deadline) } catch {
            throw .connection(error)
        }
        unread = 0..<count
        if count > 0 { hasAnswer = true }
        if let kept = raw?.count, kept < Self.rawLimit { raw?.append(contentsOf: buffer[..<count]) }
        return count > 0
    }

    private func checked<Value>(_ body: () throws(HTTPViolation) -> Value) throws(HTTPError) -> Value {
        do { return try body() } catch { throw .violation(error) }
    }
}
