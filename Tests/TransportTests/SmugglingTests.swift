import Testing

@testable import Transport

/// Shapes of messages that two readers may understand in two ways, and what is decided about each.
///
/// Sections are those of RFC 9112 where nothing else is said.
@Suite struct SmugglingTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let section: String
        let name: String
        /// Field lines, each with its end.
        let fields: String
        var body = ""
        /// Nil is an answer or a request whose body is `expected`.
        let violation: HTTPViolation?
        var expected = ""
        var version = "HTTP/1.1"
        var testDescription: String { "\(section) \(name)" }
    }

    static let chunkedHello = "5\r\nhello\r\n0\r\n\r\n"

    static let shapes: [Shape] = [
        Shape(
            section: "6.1", name: "coding and length",
            fields: "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            body: chunkedHello, violation: .contentLength),
        Shape(
            section: "6.1", name: "length and coding",
            fields: "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            body: chunkedHello, violation: .contentLength),
        Shape(
            section: "6.1", name: "chunked, identity", fields: "Transfer-Encoding: chunked, identity\r\n",
            body: chunkedHello, violation: .transferCoding),
        Shape(
            section: "6.1", name: "identity", fields: "Transfer-Encoding: identity\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "gzip, chunked", fields: "Transfer-Encoding: gzip, chunked\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "chunked twice",
            fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "two fields",
            fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "no coding", fields: "Transfer-Encoding:\r\nContent-Length: 5\r\n",
            violation: .contentLength),
        Shape(
            section: "6.1", name: "an empty coding", fields: "Transfer-Encoding: \r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "a longer word", fields: "Transfer-Encoding: xchunked\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "a quoted word", fields: "Transfer-Encoding: \"chunked\"\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "a parameter", fields: "Transfer-Encoding: chunked;q=1\r\n",
            violation: .transferCoding),
        Shape(
            section: "6.1", name: "vertical tab", fields: "Transfer-Encoding: \u{B}chunked\r\n",
            violation: .field),
        Shape(
            section: "6.1", name: "HTTP/1.0 knows no coding", fields: "Transfer-Encoding: chunked\r\n",
            body: chunkedHello, violation: .transferCoding, version: "HTTP/1.0"),
        Shape(
            section: "9110 5.6.1", name: "empty members, any case",
            fields: "Transfer-Encoding: , Chunked,\r\n",
            body: chunkedHello, violation: nil, expected: "hello"),

        Shape(
            section: "6.3", name: "lengths that differ", fields: "Content-Length: 5\r\nContent-Length: 6\r\n",
            violation: .contentLength),
        Shape(
            section: "6.3", name: "a list that differs", fields: "Content-Length: 5, 6\r\n",
            violation: .contentLength),
        Shape(
            section: "6.3", name: "the same in other digits",
            fields: "Content-Length: 5\r\nContent-Length: 05\r\n",
            violation: .contentLength),
        Shape(
            section: "6.3", name: "a list with an empty member", fields: "Content-Length: 5,\r\n",
            violation: .contentLength),
        Shape(
            section: "6.3", name: "the same length twice",
            fields: "Content-Length: 5\r\ncontent-length: 5, 5\r\n",
            body: "hello", violation: nil, expected: "hello"),
        Shape(section: "6.2", name: "no length", fields: "Content-Length:\r\n", violation: .contentLength),
        Shape(section: "6.2", name: "negative", fields: "Content-Length: -5\r\n", violation: .contentLength),
        Shape(section: "6.2", name: "plus", fields: "Content-Length: +5\r\n", violation: .contentLength),
        Shape(
            section: "6.2", name: "hexadecimal", fields: "Content-Length: 0x5\r\n", violation: .contentLength),
        Shape(
            section: "6.2", name: "a space inside", fields: "Content-Length: 5 5\r\n",
            violation: .contentLength),
        Shape(
            section: "6.2", name: "a fraction", fields: "Content-Length: 5.0\r\n", violation: .contentLength),
        Shape(
            section: "6.2", name: "underscore", fields: "Content-Length: 1_0\r\n", violation: .contentLength),
        Shape(
            section: "6.2", name: "beyond 64 bits", fields: "Content-Length: 18446744073709551621\r\n",
            violation: .contentLength),
        Shape(
            section: "6.2", name: "digits of another script", fields: "Content-Length: \u{0665}\r\n",
            violation: .contentLength),
        Shape(
            section: "6.2", name: "more than is taken", fields: "Content-Length: 101\r\n",
            violation: .bodyTooLong(limit: 100)),

        Shape(
            section: "5.2", name: "folded", fields: "X: a\r\n Content-Length: 5\r\n",
            violation: .obsoleteFolding),
        Shape(
            section: "5.2", name: "folded with a tab", fields: "Transfer-Encoding:\r\n\tchunked\r\n",
            violation: .obsoleteFolding),
        Shape(
            section: "5.2", name: "a first line that is folded", fields: " X: a\r\n",
            violation: .obsoleteFolding),
        Shape(
            section: "5.1", name: "space before the colon", fields: "Content-Length : 5\r\n",
            violation: .field),
        Shape(
            section: "5.1", name: "tab before the colon", fields: "Content-Length\t: 5\r\n", violation: .field
        ),
        Shape(section: "5.1", name: "no colon", fields: "Content-Length 5\r\n", violation: .field),
        Shape(section: "5.1", name: "no name", fields: ": 5\r\n", violation: .field),
        Shape(
            section: "9110 5.1", name: "a name that is no token", fields: "Content(Length): 5\r\n",
            violation: .field),
        Shape(
            section: "9110 5.5", name: "NUL in a name", fields: "Content-Length\u{0}: 5\r\n",
            violation: .field),
        Shape(section: "9110 5.5", name: "NUL in a value", fields: "X: a\u{0}b\r\n", violation: .field),
        Shape(
            section: "2.2", name: "bare CR in a value", fields: "X: a\rContent-Length: 5\r\n",
            violation: .lineEnd),
        Shape(
            section: "2.2", name: "bare LF in a value", fields: "X: a\nContent-Length: 5\r\n",
            violation: .lineEnd),
        Shape(section: "2.2", name: "CR CR LF", fields: "X: a\r\r\n", violation: .lineEnd),
        Shape(section: "2.2", name: "the head ended by LF", fields: "X: a\r\n\n", violation: .lineEnd),
        Shape(
            section: "5", name: "a flood of fields", fields: String(repeating: "a:b\r\n", count: 30),
            violation: .tooManyFields),
        Shape(
            section: "5", name: "a long field", fields: "X: " + String(repeating: "a", count: 2000),
            violation: .headTooLong),
        Shape(
            section: "5", name: "an endless name", fields: String(repeating: "a", count: 2000),
            violation: .headTooLong),

        chunked("7.1", "no size", "\r\n", .chunk),
        chunked("7.1", "a size that is no number", "z\r\n", .chunk),
        chunked("7.1", "a negative size", "-1\r\n", .chunk),
        chunked("7.1", "a signed size", "+5\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked("7.1", "a prefixed size", "0x5\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked("7.1", "a size behind a space", " 5\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked("7.1", "a size beyond 32 bits", "100000005\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked("7.1", "a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked(
            "7.1", "a chunk beyond the limit", "ffffffff\r\n" + String(repeating: "x", count: 101),
            .bodyTooLong(limit: 100)),
        chunked("7.1", "a chunk that is longer than it says", "5\r\nhelloo\r\n0\r\n\r\n", .chunk),
        chunked("7.1", "a chunk that is shorter than it says", "6\r\nhello\r\n0\r\n\r\n", .lineEnd),
        chunked("7.1", "bare LF behind a size", "5\nhello\r\n0\r\n\r\n", .lineEnd),
        chunked("7.1", "bare LF behind a chunk", "5\r\nhello\n0\r\n\r\n", .lineEnd),
        chunked("7.1", "bare CR behind a size", "5\rhello\r\n0\r\n\r\n", .lineEnd),
        chunked("7.1", "CR CR LF behind a chunk", "5\r\nhello\r\r\n0\r\n\r\n", .lineEnd),
        chunked("7.1.1", "bare LF in an extension", "5;a\nx\r\nhello\r\n0\r\n\r\n", .lineEnd),
        chunked("7.1.1", "bare CR in an extension", "5;a\rx\r\nhello\r\n0\r\n\r\n", .lineEnd),
        chunked("7.1.1", "NUL in an extension", "5;a\u{0}\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked("7.1.1", "an extension without its mark", "5 a\r\nhello\r\n0\r\n\r\n", .chunk),
        chunked("7.1.1", "an endless extension", "5;" + String(repeating: "a", count: 2000), .chunk),
        chunked(
            "7.1.1", "extensions on ever so many chunks",
            String(repeating: "1;" + String(repeating: "a", count: 100) + "\r\nx\r\n", count: 20), .chunk),
        chunked("7.1.2", "a trailer that is no field", "0\r\nx\r\n\r\n", .field),
        chunked("7.1.2", "a folded trailer", "0\r\nX: a\r\n b\r\n\r\n", .obsoleteFolding),
        chunked("7.1.2", "a trailer ended by LF", "0\r\nX: a\n\r\n", .lineEnd),
        chunked(
            "7.1.2", "a flood of trailers", "0\r\n" + String(repeating: "a:b\r\n", count: 30), .tooManyFields),
        chunked("7.1.2", "a long trailer", "0\r\nX: " + String(repeating: "a", count: 2000), .headTooLong),
        chunked(
            "7.1.2", "trailers change nothing", "5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n", nil, "hello"),
        chunked("7.1.1", "extensions change nothing", "5;a=\"b\";c\r\nhello\r\n000 ;d\r\n\r\n", nil, "hello"),
    ]

    private static func chunked(
        _ section: String, _ name: String, _ body: String, _ violation: HTTPViolation?,
        _ expected: String = ""
    ) -> Shape {
        Shape(
            section: section, name: name, fields: "Transfer-Encoding: chunked\r\n", body: body,
            violation: violation, expected: expected)
    }

    /// Reads one message in pieces of the size.
    private static func read(
        _ text: String, pieces: Int, _ framing: (HTTPHead) throws -> HTTPBodyFraming
    ) throws -> String {
        let limits = HTTPLimits(headBytes: 1000, fieldCount: 20, bodyBytes: 100)
        var collector = HTTPHeadCollector(limits: limits)
        var decoder: HTTPBodyDecoder?
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty, decoder?.isComplete != true {
            let piece = Array(rest.prefix(pieces))
            if decoder != nil {
                rest = rest.dropFirst(try piece.withUnsafeBytes { try decoder?.take($0) } ?? 0)
                continue
            }
            let head = try piece.withUnsafeBytes { try collector.take($0) }
            rest = rest.dropFirst(piece.count - collector.unusedCount)
            if let head { decoder = try HTTPBodyDecoder(try framing(head), limits: limits) }
        }
        return String(decoding: try #require(decoder).body, as: UTF8.self)
    }

    @Test(arguments: shapes)
    func `an answer has one meaning or none`(_ shape: Shape) throws {
        let text = "\(shape.version) 200 OK\r\n\(shape.fields)\r\n\(shape.body)"
        try Self.check(shape, text) { head in
            let line = try head.statusLine()
            return try HTTPBodyFraming.response(
                head.headers, status: line.status, isVersion10: line.isVersion10, to: "GET")
        }
    }

    @Test(arguments: shapes)
    func `a request has one meaning or none`(_ shape: Shape) throws {
        let text = "POST / \(shape.version)\r\n\(shape.fields)\r\n\(shape.body)"
        try Self.check(shape, text) { head in
            try HTTPBodyFraming.request(head.headers, isVersion10: head.requestLine().isVersion10)
        }
    }

    private static func check(
        _ shape: Shape, _ text: String, _ framing: (HTTPHead) throws -> HTTPBodyFraming
    ) throws {
        for pieces in [1, 2, 3, 7, text.utf8.count] {
            if let violation = shape.violation {
                #expect(throws: violation) { try read(text, pieces: pieces, framing) }
            } else {
                #expect(try read(text, pieces: pieces, framing) == shape.expected)
            }
        }
    }

    @Test func `an answer without a body has none, whatever it says`() throws {
        let fields: HTTPHeaders = ["Content-Length": "5", "Transfer-Encoding": "chunked"]
        for (status, method) in [(204, "GET"), (304, "GET"), (200, "HEAD"), (101, "GET")] {
            #expect(try HTTPBodyFraming.response(fields, status: status, to: method) == .none)
        }
        #expect(try HTTPBodyFraming.response([:], status: 200, to: "GET") == .untilClose)
        #expect(try HTTPBodyFraming.request([:]) == .none)
        #expect(try HTTPBodyFraming.request(["Content-Length": "0"]) == .length(0))
    }
}
