import TestSupport
import Posix
import Testing

@testable import Transport

@Suite struct WebSocketUpgradeTests {
    /// RFC 6455, section 1.3.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    @Test func `answers the key of the RFC`() {
        #expect(WebSocketUpgrade.accept(for: Self.key) == Self.accept)
        #expect(WebSocketUpgrade.makeKey() != WebSocketUpgrade.makeKey())
    }

    @Test(
        arguments: [
            (["Sec-WebSocket-Accept": accept, "Upgrade": "WebSocket", "Connection": "Upgrade"], true),
            (["sec-websocket-accept": accept], true), ([:], false),
            (["Upgrade": "websocket", "Connection": "Upgrade"], false),
            (["Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOO="], false),
            (["Sec-WebSocket-Accept": accept, "sec-websocket-accept": accept], false),
            (["Sec-WebSocket-Accept": accept, "Upgrade": "h2c"], false),
            (["Sec-WebSocket-Accept": accept, "Sec-WebSocket-Extensions": "permessage-deflate"], false),
            (["Sec-WebSocket-Accept": accept, "Sec-WebSocket-Protocol": "chat"], false),
        ] as [(HTTPHeaders, Bool)])
    func `judges a 101 by the answer to its key`(_ headers: HTTPHeaders, _ isGood: Bool) {
        #expect(WebSocketUpgrade.isAccepted(headers, key: Self.key) == isGood)
    }

    @Test func `makes a request that its own server side takes`() throws {
        let origin = Origin(host: "bst.example", port: 8443)
        let key = WebSocketUpgrade.makeKey()
        let request = WebSocketUpgrade.request(
            "/webtunnelv2/x?X-Node-Id=y", to: origin, key: key, userAgent: "t/1")
        #expect(WebSocketUpgrade.problem(in: request.method, request.headers) == nil)
        #expect(request.headers["Host"] == "bst.example:8443")
        #expect(request.headers["Origin"] == "https://bst.example:8443")
        let response = try WebSocketUpgrade.response(to: request.headers)
        #expect(
            String(decoding: response, as: UTF8.self).contains(
                "Sec-WebSocket-Accept: \(WebSocketUpgrade.accept(for: key))\r\n"))
    }

    @Test func `finds what is wrong with a request`() {
        let good = WebSocketUpgrade.request("/", to: Origin(host: "a"), key: Self.key, userAgent: "t").headers
        #expect(WebSocketUpgrade.problem(in: "POST", good) == .notGET)
        for (name, value, problem) in [
            ("Upgrade", nil, WebSocketUpgrade.RequestProblem.noUpgrade), ("Upgrade", "h2c", .noUpgrade),
            ("Connection", "keep-alive", .noUpgrade), ("Sec-WebSocket-Version", "8", .version),
            ("Sec-WebSocket-Version", nil, .version), ("Sec-WebSocket-Key", nil, .key),
            ("Sec-WebSocket-Key", "c2hvcnQ=", .key), ("Sec-WebSocket-Key", "not base64!", .key),
        ] as [(String, String?, WebSocketUpgrade.RequestProblem)] {
            var headers = good
            headers[name] = value
            #expect(WebSocketUpgrade.problem(in: "GET", headers) == problem)
        }
    }

    /// What a server does with the upgrade, given the right answer to its key.
    static func open(_ answer: @escaping @Sendable (String) -> String) async throws -> Result<
        [UInt8], WebSocketOpeningError
    > {
        let authority = try TestAuthority()
        let (server, context) = (try authority.server(), try authority.client())
        nonisolated(unsafe) var outcome: Result<[UInt8], WebSocketOpeningError> = .success([])
        try await onLoop {
            let serve: @Sendable (TLSConnection) async throws -> Void = { tls in
                let head = try await HTTPConnection(over: tls).readHead(until: soon())
                let accept = WebSocketUpgrade.accept(for: head?.headers["Sec-WebSocket-Key"] ?? "")
                try await tls.writeAll(Array(answer(accept).utf8), until: soon())
                tls.finish()
            }
            try await withTLSServer(server, serve) { port in
                let tls = try await TLSConnection.connect(
                    to: "localhost", port: port, context: context, wakeUp: WakeUp(), until: soon())
                do {
                    outcome = .success(
                        try await WebSocketUpgrade.open(
                            "/webtunnelv2/x", at: Origin(host: "localhost", port: port), over: tls,
                            userAgent: "t/1",
                            until: soon()))
                } catch let error as WebSocketOpeningError { outcome = .failure(error) }
            }
        }
        return outcome
    }

    @Test func `opens and hands on the frames that came along`() async throws {
        #expect(
            try await Self.open { "HTTP/1.1 101 \r\nSec-WebSocket-Accept: \($0)\r\n\r\nframes" }
                == .success(Array("frames".utf8)))
    }

    @Test func `tells the ways of being refused apart`() async throws {
        #expect(
            try await Self.open { _ in "HTTP/1.1 101 \r\nSec-WebSocket-Accept: x\r\n\r\n" }
                == .failure(.wrongAccept))
        let page = "HTTP/1.1 400 Bad Request\r\n\r\n"
        #expect(
            try await Self.open { "HTTP/1.1 101 \r\nSec-WebSocket-Accept: \($0)\r\n\r\n" + page }
                == .failure(.httpInsteadOfFrames))
        let headers: HTTPHeaders = ["Retry-After": "3", "Content-Length": "4"]
        #expect(
            try await Self.open { _ in "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nwait"
            }
                == .failure(.refused(status: 429, headers: headers, excerpt: Array("wait".utf8))))
        #expect(try await Self.open { _ in "" } == .failure(.http(.connection(.closed(.transfer)))))
    }
}
