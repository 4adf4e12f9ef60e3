import TestSupport
import Cryptography
import Posix
import Testing

@testable import Transport

@Suite struct HTTPClientTests {
    /// Answers each request of a connection with the next of the texts; ends when they are used up.
    static func answering(_ answers: [String], notes: Notes) -> @Sendable (TLSConnection) async throws -> Void
    {
        { tls in
            let connection = HTTPConnection(over: tls)
            for answer in answers {
                guard let head = try await connection.readHead(until: soon()) else { return }
                let body = try await connection.readBody(
                    try HTTPBodyFraming.request(head.headers), until: soon())
                notes.add(head.startLine + (body.isEmpty ? "" : " " + String(decoding: body, as: UTF8.self)))
                if answer.isEmpty { return }
                try await connection.send(Array(answer.utf8), until: soon())
            }
            tls.finish()
        }
    }

    static func client(_ context: TLSContext, limits: HTTPLimits = HTTPLimits()) -> HTTPClient {
        HTTPClient(
            context: context, proxies: ProxyRules(environment: [:]), userAgent: "test/1", limits: limits)
    }

    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test func `reads answers in each framing over one kept connection`() async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        let notes = Notes()
        let answers = [
            Self.ok,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nuntil the end",
        ]
        try await onLoop {
            try await withTLSServer(server, Self.answering(answers, notes: notes)) { port in
                let client = Self.client(context)
                let origin = Origin(host: "localhost", port: port)
                var seen: [String] = []
                for index in answers.indices {
                    let body: HTTPBody = index == 1 ? .bytes(Array("a=b".utf8)) : .none
                    let response = try await client.send(
                        HTTPRequest(index == 1 ? "POST" : "GET", "/\(index)", body: body), to: origin,
                        until: soon())
                    seen.append("\(response.status) " + String(decoding: response.body, as: UTF8.self))
                }
                #expect(seen == ["200 ok", "201 ok", "204 ", "302 ", "200 until the end"])
            }
        }
        #expect(
            notes.all == [
                "GET /0 HTTP/1.1", "POST /1 HTTP/1.1 a=b", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1",
                "GET /4 HTTP/1.1",
            ])
    }

    /// A head that breaks the rules, and the body that comes later.
    @Test(arguments: [
        "Transfer-Encoding: chunked\r\nContent-Length: 9", "Content-Length: 9\r\nContent-Length: 8",
        "Transfer-Encoding: gzip", "Content-Length: 9\r\n folded", "Content-Length : 9",
        "Content-Length: 99999999999",
    ])
    func `hands on what an answer says that breaks the rules`(_ fields: String) async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        let notes = Notes()
        try await onLoop {
            let serve: @Sendable (TLSConnection) async throws -> Void = { tls in
                let connection = HTTPConnection(over: tls)
                _ = try await connection.readHead(until: soon())
                try await connection.send(Array("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n".utf8), until: soon())
                await Task.yield()
                try await connection.send(Array("the name!".utf8), until: soon())
                tls.finish()
            }
            try await withTLSServer(server, serve) { port in
                var request = HTTPRequest("POST", "/")
                request.onBrokenAnswer = {
                    notes.add(String(decoding: $0, as: UTF8.self))
                    return true
                }
                let sent = request
                let error = await failure(HTTPError.self) {
                    _ = try await Self.client(context).send(
                        sent, to: Origin(host: "localhost", port: port), until: soon())
                }
                guard case .violation = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
        #expect(notes.all.count == 1 && notes.all.allSatisfy { $0.contains("the name!") })
    }

    @Test func `sends the fields that are needed, and a secret body`() async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        try await onLoop {
            let serve: @Sendable (TLSConnection) async throws -> Void = { tls in
                let connection = HTTPConnection(over: tls)
                guard let head = try await connection.readHead(until: soon()) else { return }
                let body = try await connection.readBody(
                    try HTTPBodyFraming.request(head.headers), until: soon())
                let text = head.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
                try await connection.send(HTTPResponse(200, body: Array(text.utf8) + body), until: soon())
            }
            try await withTLSServer(server, serve) { port in
                var plain = Array("secret".utf8)
                let request = HTTPRequest(
                    "POST", "/", headers: ["X": "y", "host": "forged"],
                    body: .secret(SecretBytes(moving: &plain)))
                let response = try await Self.client(context).send(
                    request, to: Origin(host: "localhost", port: port), until: soon())
                #expect(
                    String(decoding: response.body, as: UTF8.self)
                        == "X: y\nHost: localhost:\(port)\nUser-Agent: test/1\nContent-Length: 6secret")
            }
        }
    }

    /// The server reads the second request on the kept connection and closes without a word.
    @Test(arguments: [("GET", nil, true), ("POST", nil, false), ("POST", true, true), ("GET", false, false)])
    func `repeats on a new connection only what may be repeated`(
        _ method: String, _ isRepeatable: Bool?, _ isRepeated: Bool
    ) async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        let notes = Notes()
        try await onLoop {
            try await withTLSServer(server, Self.answering([Self.ok, ""], notes: notes)) { port in
                let client = Self.client(context)
                let origin = Origin(host: "localhost", port: port)
                _ = try await client.send(HTTPRequest("GET", "/first"), to: origin, until: soon())
                let request = HTTPRequest(method, "/second", isRepeatable: isRepeatable)
                if isRepeated {
                    #expect(try await client.send(request, to: origin, until: soon()).status == 200)
                } else {
                    let error = await failure(HTTPError.self) {
                        _ = try await client.send(request, to: origin, until: soon())
                    }
                    guard case .connection = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                }
            }
        }
        let second = "\(method) /second HTTP/1.1"
        #expect(notes.all == ["GET /first HTTP/1.1", second] + (isRepeated ? [second] : []))
    }

    @Test func `leaves a kept connection that the server has ended`() async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        let notes = Notes()
        try await onLoop {
            let closed = WakeUp()
            let serve: @Sendable (TLSConnection) async throws -> Void = { tls in
                try await Self.answering([Self.ok], notes: notes)(tls)
                tls.close()
                closed.signal()
            }
            try await withTLSServer(server, serve) { port in
                let client = Self.client(context)
                let origin = Origin(host: "localhost", port: port)
                for _ in 0..<3 {
                    let request = HTTPRequest("POST", "/", body: .bytes([65]))
                    let response = try await client.send(request, to: origin, until: soon())
                    #expect(response.status == 200)
                    #expect(await closed.wait(until: soon()) == .signalled)
                }
            }
        }
        #expect(notes.all.count == 3)
    }

    @Test func `serves many tasks at once`() async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        try await onLoop {
            let serve: @Sendable (TLSConnection) async throws -> Void = { tls in
                let connection = HTTPConnection(over: tls)
                while let head = try await connection.readHead(until: soon()) {
                    let target = try head.requestLine().target
                    try await connection.send(HTTPResponse(200, body: Array(target.utf8)), until: soon())
                }
            }
            try await withTLSServer(server, serve) { port in
                let client = Self.client(context)
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            let response = try await client.send(
                                HTTPRequest("GET", "/\(number)"), to: Origin(host: "localhost", port: port),
                                until: soon())
                            return response.body == Array("/\(number)".utf8)
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
                await client.closeIdle()
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", HTTPError.cutShort(receivedBytes: 3)),
        ("HTTP/1.1 200 OK\r\nContent-Le", .cutShort(receivedBytes: 27)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", .violation(.bodyTooLong(limit: 10))),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", .violation(.contentLength)),
        ("hello\r\n\r\n", .violation(.startLine)),
    ])
    func `reports an answer that is none`(_ answer: String, _ expected: HTTPError) async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        try await onLoop {
            try await withTLSServer(server, Self.answering([answer], notes: Notes())) { port in
                let client = Self.client(context, limits: HTTPLimits(bodyBytes: 10))
                let error = await failure(HTTPError.self) {
                    _ = try await client.send(
                        HTTPRequest("GET", "/"), to: Origin(host: "localhost", port: port), until: soon())
                }
                #expect(error == expected)
            }
        }
    }

    @Test func `gives a slow answer up at the deadline, and at once when cancelled`() async throws {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        try await onLoop {
            let serve: @Sendable (TLSConnection) async throws -> Void = { tls in
                _ = try await HTTPConnection(over: tls).readHead(until: soon())
                _ = await WakeUp().wait()
            }
            try await withTLSServer(server, serve) { port in
                let client = Self.client(context)
                let origin = Origin(host: "localhost", port: port)
                let error = await failure(HTTPError.self) {
                    let deadline = Instant.now.advanced(by: .milliseconds(300))
                    _ = try await client.send(HTTPRequest("GET", "/"), to: origin, until: deadline)
                }
                #expect(error == .connection(.timedOut(.transfer)))
                await withTaskGroup(of: HTTPError?.self) { group in
                    group.addTask {
                        await failure(HTTPError.self) {
                            _ = try await client.send(HTTPRequest("GET", "/"), to: origin, until: soon())
                        }
                    }
                    group.cancelAll()
                    #expect(await group.next() == .connection(.cancelled))
                }
            }
        }
    }
}
