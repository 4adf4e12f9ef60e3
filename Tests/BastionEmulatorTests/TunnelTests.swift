import Diagnostics
import Posix
import Testing
import Transport

@testable import BastionEmulator

@Suite struct TunnelTests {
    static func closings(_ log: [JSON]) -> [JSON] { log.filter { $0["event"] == "websocket-closed" } }

    @Test(arguments: [[:], DataPlaneTests.ipTarget])
    func `carries bytes to the target and back, and counts them`(_ target: [String: String]) async throws {
        var bytes = (0..<2048).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        while bytes.count < 2_000_000 { bytes += bytes }
        bytes.removeLast(bytes.count - 2_000_000)
        let log = try await EmulatedCloud.run { [bytes] cloud in
            let session = try await cloud.session(cloud.token(), target)
            let tunnel = try await cloud.open(session)
            for start in stride(from: 0, to: bytes.count, by: 50_000) {
                try await tunnel.send(Array(bytes[start..<start + 50_000]))
                #expect(try await tunnel.receive(start + 50_000))
            }
            #expect(tunnel.received == bytes)
            try await tunnel.send(Array("hello".utf8), .ping)
            #expect(try await tunnel.pong() == Array("hello".utf8))
            try await tunnel.close(1000)
            #expect(try await tunnel.end() == .close(code: 1000, reason: ""))
            #expect(try await cloud.delete(session) == 204)
        }
        let closing = try #require(Self.closings(log).first)
        #expect(closing["ending"] == "client-closed")
        #expect(closing["bytesUp"] == 2_000_000)
        #expect(closing["bytesDown"] == 2_000_000)
        #expect(closing["codeReceived"] == 1000)
    }

    @Test func `holds the client back while the echo is not read`() async throws {
        try await EmulatedCloud.run { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            let frame = [UInt8](repeating: 7, count: 60_000)
            var sent = 0
            // Without back-pressure this would never end.
            while sent < 4000 {
                do { try await write(frame, to: tunnel) } catch { break }
                sent += 1
            }
            #expect(sent < 4000)
        }
    }

    private func write(_ bytes: [UInt8], to tunnel: TestTunnel) async throws {
        var encoder = FrameEncoder(role: .client)
        try await tunnel.tls.writeAll(
            encoder.frame(.binary, bytes), until: .now.advanced(by: .milliseconds(200)))
    }

    @Test func `closes with 1000 when the target ends`() async throws {
        let log = try await EmulatedCloud.run { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send(Array("bye".utf8))
            #expect(try await tunnel.end() == .close(code: 1000, reason: ""))
        }
        #expect(Self.closings(log).first?["ending"] == "target-closed")
    }

    @Test(arguments: [("", 1011), ("limits: {unreachableTargetCode: 4001}\n", 4001)])
    func `closes right after the upgrade when the target's port is closed`(_ yaml: String, _ code: UInt16)
        async throws
    {
        let log = try await EmulatedCloud.run(yaml) { cloud in
            let token = try await cloud.token()
            for port in ["\(closedPort)", "4242"] {
                let tunnel = try await cloud.open(cloud.session(token, ["workloadHostPort": port]))
                #expect(try await tunnel.end() == .close(code: code, reason: ""))
            }
        }
        #expect(Self.closings(log).map { $0["ending"] } == ["target-unreachable", "target-unreachable"])
    }

    @Test func `opens one tunnel a ticket, on the right node`() async throws {
        try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            #expect(try await cloud.refusal(of: session, node: "elsewhere") == 404)
            let tunnel = try await cloud.open(session)
            #expect(try await cloud.refusal(of: session) == 404)
            try await tunnel.close()
            #expect(try await tunnel.end() == .close(code: 1000, reason: ""))
        }
    }

    @Test func `refuses a ticket that came too late`() async throws {
        try await EmulatedCloud.run("limits: {webSocketTokenLifetime: 0s}\n") { cloud in
            let session = try await cloud.session(cloud.token())
            #expect(try await cloud.refusal(of: session) == 404)
        }
    }

    @Test(
        arguments: [
            (["Origin": "https://evil.example"], 403), (["Sec-WebSocket-Version": "8"], 426),
            (["Sec-WebSocket-Key": "short"], 400), (["Upgrade": "h2c"], 400),
        ] as [(HTTPHeaders, Int)])
    func `refuses an upgrade that is not in order`(_ headers: HTTPHeaders, _ status: Int) async throws {
        try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            let (tls, origin) = try await cloud.connect()
            let target = "/webtunnelv2/\(session.websocketToken)?X-Node-Id=\(session.nodeId)"
            var request = WebSocketUpgrade.request(
                target, to: origin, key: WebSocketUpgrade.makeKey(), userAgent: "test")
            for field in headers.fields { request.headers[field.name] = field.value }
            let connection = HTTPConnection(over: tls)
            try await connection.send(request, until: cloud.deadline)
            let answer = try await connection.readResponse(to: "GET", until: cloud.deadline)
            #expect(answer.response.status == status)
            #expect(try await cloud.refusal(of: session) == 101)
        }
    }

    @Test func `takes an upgrade without Origin`() async throws {
        try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            let (tls, origin) = try await cloud.connect()
            let target = "/webtunnelv2/\(session.websocketToken)?X-Node-Id=\(session.nodeId)"
            var request = WebSocketUpgrade.request(
                target, to: origin, key: WebSocketUpgrade.makeKey(), userAgent: "test")
            request.headers["Origin"] = nil
            let connection = HTTPConnection(over: tls)
            try await connection.send(request, until: cloud.deadline)
            #expect(
                try await connection.readResponse(to: "GET", until: cloud.deadline).response.status == 101)
        }
    }

    static let violations: [(frames: [UInt8], code: UInt16, violation: String)] = [
        ([0x02, 0x81, 0, 0, 0, 0, 1], 1002, "fragmentedMessage"),
        ([0x82, 0x01, 1], 1002, "masking"),
        ([0x81, 0x81, 0, 0, 0, 0, 65], 1003, "textMessage"),
        ([0xC2, 0x80, 0, 0, 0, 0], 1002, "reservedBits(4)"),
    ]

    @Test(arguments: violations)
    func `closes on frames that the service does not take`(
        _ frames: [UInt8], _ code: UInt16, _ violation: String
    )
        async throws
    {
        let log = try await EmulatedCloud.run { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.sendRaw(frames)
            #expect(try await tunnel.end() == .close(code: code, reason: ""))
        }
        let closing = try #require(Self.closings(log).first)
        #expect(closing["ending"] == "violation")
        #expect(closing["violation"] == .text(violation))
        #expect(closing["codeSent"] == .integer(Int(code)))
    }

    @Test func `cuts a live tunnel when its session is deleted`() async throws {
        let log = try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            let tunnel = try await cloud.open(session)
            try await tunnel.send([1])
            #expect(try await tunnel.receive(1))
            #expect(try await cloud.delete(session) == 204)
            #expect(try await tunnel.end() == .cut)
        }
        #expect(Self.closings(log).first?["ending"] == "deleted")
    }

    @Test func `notices a client that goes without a word`() async throws {
        let log = try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            let tunnel = try await cloud.open(session)
            try await tunnel.send([1])
            #expect(try await tunnel.receive(1))
            tunnel.tls.close()
            // The next answer comes when the emulator had its turn; the log is complete at the end.
            _ = try await cloud.delete(session)
        }
        let ending = Self.closings(log).first?["ending"]
        #expect(ending == "client-gone" || ending == "deleted")
    }

    @Test func `ends a silent tunnel where a limit says so`() async throws {
        let log = try await EmulatedCloud.run("limits: {idleTimeout: 50ms}\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            #expect(try await tunnel.end() == .close(code: 1001, reason: ""))
        }
        #expect(Self.closings(log).first?["ending"] == "idle")
    }

    @Test func `logs a session's life in order`() async throws {
        let log = try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            let tunnel = try await cloud.open(session)
            try await tunnel.send([1, 2, 3])
            #expect(try await tunnel.receive(3))
            try await tunnel.close()
            _ = try await tunnel.end()
            _ = try await cloud.delete(session)
        }
        let ofSession = log.filter { $0["session"] == "s1" }
        #expect(
            ofSession.map { $0["event"] } == [
                "session-opened", "request", "session-answered", "request", "websocket-opened",
                "websocket-closed", "session-deleted", "request",
            ])
        #expect(ofSession.first { $0["event"] == "session-deleted" }?["bytesDown"] == 3)
    }
}
