import Testing

@testable import Transport

@Suite struct HTTPHeadTests {
    /// Feeds a text in pieces of the size.
    static func collect(_ text: String, pieces: Int, limits: HTTPLimits = HTTPLimits()) throws -> (
        HTTPHead?, unused: Int
    ) {
        var collector = HTTPHeadCollector(limits: limits)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            let head = try piece.withUnsafeBytes { try collector.take($0) }
            if let head { return (head, collector.unusedCount + rest.count) }
        }
        return (nil, 0)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `reads a head however it comes in`(_ pieces: Int) throws {
        let text = "\r\nHTTP/1.1 200 OK\r\nA: 1\r\nb:\t two words \r\nA:3\r\nEmpty:\r\n\r\nbody"
        let (found, unused) = try Self.collect(text, pieces: pieces)
        let head = try #require(found)
        #expect(head.startLine == "HTTP/1.1 200 OK")
        #expect(head.headers["a"] == "1")
        #expect(head.headers.values(of: "A") == ["1", "3"])
        #expect(head.headers["B"] == "two words")
        #expect(head.headers["empty"] == "")
        #expect(head.headers["none"] == nil)
        #expect(unused == 4)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nA: 1\r\n b\r\n\r\n", HTTPViolation.obsoleteFolding),
        ("HTTP/1.1 200 OK\r\n A: 1\r\n\r\n", .obsoleteFolding), ("HTTP/1.1 200 OK\r\nA : 1\r\n\r\n", .field),
        ("HTTP/1.1 200 OK\r\nA\r\n\r\n", .field), ("HTTP/1.1 200 OK\r\n: 1\r\n\r\n", .field),
        ("HTTP/1.1 200 OK\r\nA: x\u{0}y\r\n\r\n", .field), ("HTTP/1.1 200 OK\r\nA: x\ry\r\n\r\n", .lineEnd),
        ("HTTP/1.1 200 OK\nA: x\r\n\r\n", .lineEnd), ("HTTP/1.1 200 OK\r\nA: x\n\r\n", .lineEnd),
        ("HTTP/1.1 200 OK\r\nA: x\r\n\n", .lineEnd), ("HTTP/1.1 200 OK\r\r\n\r\n", .lineEnd),
        ("\nHTTP/1.1 200 OK\r\n\r\n", .lineEnd), ("\rHTTP/1.1 200 OK\r\n\r\n", .lineEnd),
        ("HTTP/1.1 2\u{1}0 OK\r\n\r\n", .startLine),
    ])
    func `refuses a malformed head`(_ text: String, _ violation: HTTPViolation) {
        #expect(throws: violation) { try Self.collect(text, pieces: 5) }
    }

    @Test func `limits the size and the count of fields`() throws {
        let limits = HTTPLimits(headBytes: 64, fieldCount: 3)
        let long = "HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 64)
        #expect(throws: HTTPViolation.headTooLong) { try Self.collect(long, pieces: 10, limits: limits) }
        let empty = String(repeating: "\r\n", count: 40) + "HTTP/1.1 200 OK\r\n\r\n"
        #expect(throws: HTTPViolation.startLine) { try Self.collect(empty, pieces: 10, limits: limits) }
        let three = "HTTP/1.1 200 OK\r\na:1\r\na:2\r\na:3\r\n"
        #expect(try Self.collect(three + "\r\n", pieces: 10, limits: limits).0 != nil)
        #expect(throws: HTTPViolation.tooManyFields) {
            try Self.collect(three + "a:4\r\n\r\n", pieces: 10, limits: limits)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200, "OK", false), ("HTTP/1.0 404 Not Found", 404, "Not Found", true),
        ("HTTP/1.1 101", 101, "", false), ("HTTP/1.1 599 ", 599, "", false),
    ])
    func `understands a status line`(_ line: String, _ status: Int, _ reason: String, _ isVersion10: Bool)
        throws
    {
        let head = try #require(try Self.collect(line + "\r\n\r\n", pieces: 99).0)
        #expect(
            try head.statusLine()
                == HTTPHead.StatusLine(status: status, reason: reason, isVersion10: isVersion10))
    }

    @Test(arguments: [
        "HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 X", "HTTP/1.1 +20 OK",
        "HTTP/1.1",
        "ICY 200 OK", "HTTP/1.1  200 OK",
    ])
    func `refuses a status line`(_ line: String) throws {
        let head = try #require(try Self.collect(line + "\r\n\r\n", pieces: 99).0)
        #expect(throws: HTTPViolation.startLine) { try head.statusLine() }
    }

    @Test func `understands a request line and refuses others`() throws {
        let head = try #require(try Self.collect("POST /a?b HTTP/1.1\r\n\r\n", pieces: 99).0)
        #expect(
            try head.requestLine()
                == HTTPHead.RequestLine(method: "POST", target: "/a?b", isVersion10: false))
        for line in ["GET /", "GET  HTTP/1.1", "G(T / HTTP/1.1", "GET / x HTTP/1.1", "GET / HTTP/3"] {
            let head = try #require(try Self.collect(line + "\r\n\r\n", pieces: 99).0)
            #expect(throws: HTTPViolation.startLine) { try head.requestLine() }
        }
    }

    @Test(arguments: [
        ("", false, true), ("Connection: close\r\n", false, false),
        ("Connection: x, Close\r\n", false, false),
        ("", true, false), ("Connection: Keep-Alive\r\n", true, true),
        ("Connection: keep-alive, close\r\n", true, false),
    ])
    func `knows whether the connection lives on`(_ field: String, _ isVersion10: Bool, _ expected: Bool)
        throws
    {
        let head = try #require(try Self.collect("HTTP/1.1 200 OK\r\n\(field)\r\n", pieces: 99).0)
        #expect(head.keepsAlive(isVersion10: isVersion10) == expected)
    }

    @Test func `refuses to send what would inject a field`() {
        for value in ["a\r\nX: y", "a\ny", "a\ry", "a\u{0}", "a\u{7F}"] {
            #expect(throws: HTTPError.invalidRequest("Name")) {
                try HTTPSerializer.head(HTTPRequest("GET", "/", headers: ["Name": value]))
            }
        }
        #expect(throws: HTTPError.invalidRequest("Na")) {
            try HTTPSerializer.head(HTTPRequest("GET", "/", headers: ["N a": "x"]))
        }
        for target in ["x", "", "/a b", "/a\r\nX: y", "/é"] {
            #expect(throws: HTTPError.invalidRequest("target")) {
                try HTTPSerializer.head(HTTPRequest("GET", target))
            }
        }
        #expect(throws: HTTPError.invalidRequest("method")) {
            try HTTPSerializer.head(HTTPRequest("G T", "/"))
        }
    }

    @Test func `writes a head in order`() throws {
        let head = try HTTPSerializer.head(HTTPRequest("GET", "/x", headers: ["B": "1", "A": "2"]))
        #expect(String(decoding: head, as: UTF8.self) == "GET /x HTTP/1.1\r\nB: 1\r\nA: 2\r\n\r\n")
        #expect(
            String(decoding: HTTPSerializer.chunk(Array("0123456789abcdef".utf8)), as: UTF8.self)
                == "10\r\n0123456789abcdef\r\n")
        #expect(HTTPSerializer.chunk([]) == Array("0\r\n\r\n".utf8))
    }
}

@Suite struct HTTPBodyDecoderTests {
    static func decode(
        _ text: String, _ framing: HTTPBodyFraming, pieces: Int, limits: HTTPLimits = HTTPLimits()
    ) throws -> (decoder: HTTPBodyDecoder, unused: Int) {
        var decoder = try HTTPBodyDecoder(framing, limits: limits)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty, !decoder.isComplete {
            let piece = Array(rest.prefix(pieces))
            let count = try piece.withUnsafeBytes { try decoder.take($0) }
            #expect(count == piece.count || decoder.isComplete)
            rest = rest.dropFirst(count)
        }
        return (decoder, rest.count)
    }

    @Test(arguments: [1, 2, 5, 1000])
    func `takes a body off however it comes in`(_ pieces: Int) throws {
        let chunked = "5\r\nhello\r\n1;x=\"y\"\r\n \r\n00A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nnext"
        let (decoder, unused) = try Self.decode(chunked, .chunked, pieces: pieces)
        #expect(decoder.isComplete)
        #expect(decoder.body == Array("hello 0123456789".utf8))
        #expect(unused == 4)
        let counted = try Self.decode("hellonext", .length(5), pieces: pieces)
        #expect(counted.decoder.isComplete)
        #expect(counted.decoder.body == Array("hello".utf8))
        #expect(counted.unused == 4)
        var open = try Self.decode("hello", .untilClose, pieces: pieces).decoder
        #expect(!open.isComplete)
        let isComplete = open.end()
        #expect(isComplete)
        #expect(open.body == Array("hello".utf8))
    }

    @Test(arguments: [
        "x\r\n", "\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", "fffffffff\r\n", "1\r\nab\r\n", "1\r\na0\r\n",
        " 1\r\n",
        "1 1\r\n", "1\u{0}\r\n", "1;\u{0}\r\n", "1,1\r\n",
    ])
    func `refuses malformed chunks`(_ text: String) {
        #expect(throws: HTTPViolation.chunk) { try Self.decode(text, .chunked, pieces: 3) }
    }

    @Test func `limits the body in every framing`() throws {
        let limits = HTTPLimits(headBytes: 50, bodyBytes: 8)
        let tooLong = HTTPViolation.bodyTooLong(limit: 8)
        #expect(throws: tooLong) { try HTTPBodyDecoder(.length(9), limits: limits) }
        #expect(throws: tooLong) { try Self.decode("123456789", .untilClose, pieces: 4, limits: limits) }
        #expect(throws: tooLong) {
            try Self.decode("5\r\n12345\r\n5\r\n12345\r\n", .chunked, pieces: 4, limits: limits)
        }
        #expect(throws: HTTPViolation.headTooLong) {
            try Self.decode(
                "0\r\n" + String(repeating: "a: b\r\n", count: 20), .chunked, pieces: 4, limits: limits)
        }
        #expect(try Self.decode("12345678", .length(8), pieces: 4, limits: limits).decoder.isComplete)
    }

    @Test(arguments: [.length(5), .chunked] as [HTTPBodyFraming])
    func `knows a body that was cut short`(_ framing: HTTPBodyFraming) throws {
        var decoder = try Self.decode("4\r\n", framing, pieces: 9).decoder
        let isComplete = decoder.end()
        #expect(!isComplete)
    }
}
