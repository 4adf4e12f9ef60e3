import Diagnostics
import Posix
import Testing
import Transport

@testable import BastionEmulator

@Suite struct FaultTests {
    @Test(arguments: [
        ("{on: tokens, status: 401}", 401), ("{on: tokens, status: 403}", 403),
        ("{on: tokens, status: 404}", 404),
        ("{on: tokens, status: 500, body: html}", 500), ("{on: tokens, port: 22, status: 503}", 503),
        ("{on: tokens, path: /api/*, status: 418, body: empty}", 418),
        ("{on: tokens, port: 23, status: 503}", 200),
        ("{on: tokens, path: /api, status: 503}", 200), ("{on: delete, status: 503}", 200),
        ("{on: tokens, nth: 2, status: 503}", 200),
    ])
    func `answers a token request with a status`(_ rule: String, _ status: Int) async throws {
        try await EmulatedCloud.run("faults: [\(rule)]\n") { cloud in
            let answer = try await cloud.requestSession(cloud.token())
            #expect(answer.status == status)
            #expect((answer.headers["Content-Type"]?.hasPrefix("text/html") == true) == rule.contains("html"))
        }
    }

    @Test func `answers other roles with a status`() async throws {
        let rules =
            "faults: [{on: sign-in, status: 503, times: 1}, {on: resource-manager, status: 429, retryAfter: 7}]\n"
        try await EmulatedCloud.run(rules) { cloud in
            #expect(try await cloud.signIn().status == 503)
            let answer = try await cloud.manage(hub, token: cloud.token())
            #expect(answer.status == 429)
            #expect(answer.headers["Retry-After"] == "7")
        }
    }

    @Test func `meets some requests and not the others`() async throws {
        let log = try await EmulatedCloud.run("faults: [{on: tokens, nth: 2, times: 2, status: 429}]\n") {
            cloud in
            let token = try await cloud.token()
            var statuses: [Int] = []
            for _ in 1...4 { statuses.append(try await cloud.requestSession(token).status) }
            #expect(statuses == [200, 429, 429, 200])
        }
        #expect(log.count { $0["fault"] == 1 } == 2)
    }

    @Test func `answers late`() async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, delay: 60ms}]\n") { cloud in
            let token = try await cloud.token()
            let start = Instant.now
            #expect(try await cloud.requestSession(token).status == 200)
            #expect(start.duration(to: .now) >= .milliseconds(60))
        }
    }

    @Test func `hangs up without an answer`() async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, hangUp: true}]\n") { cloud in
            let token = try await cloud.token()
            await #expect(throws: HTTPError.self) { try await cloud.requestSession(token) }
        }
    }

    @Test func `refuses an upgrade`() async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, status: 503, times: 1}]\n") { cloud in
            let token = try await cloud.token()
            #expect(try await cloud.refusal(of: cloud.session(token)) == 503)
            #expect(try await cloud.refusal(of: cloud.session(token)) == 101)
        }
    }

    @Test func `leaves out what belongs to an upgrade, and works`() async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, upgrade: missing-headers}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3])
            #expect(try await tunnel.receive(3))
        }
    }

    @Test func `answers an upgrade with the wrong key`() async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, upgrade: wrong-accept}]\n") { cloud in
            let session = try await cloud.session(cloud.token())
            await #expect {
                _ = try await cloud.open(session)
            } throws: { error in
                if case WebSocketOpeningError.wrongAccept = error { true } else { false }
            }
        }
    }

    @Test func `sends a page in place of frames`() async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, upgrade: page}]\n") { cloud in
            let session = try await cloud.session(cloud.token())
            await #expect {
                let tunnel = try await cloud.open(session)
                _ = try await tunnel.end()
            } throws: { error in
                if case WebSocketOpeningError.httpInsteadOfFrames = error { return true }
                return error as? FrameViolation == .httpInsteadOfFrames
            }
        }
    }

    @Test(arguments: ["upgrade: silence", "stallAfter: 0", "stallAfter: 0, direction: up"])
    func `sends nothing more, until the session is deleted`(_ effect: String) async throws {
        let log = try await EmulatedCloud.run("faults: [{on: websocket, \(effect)}]\n") { cloud in
            let session = try await cloud.session(cloud.token())
            let tunnel = try await cloud.open(session)
            try await tunnel.send([1, 2, 3])
            #expect(try await cloud.delete(session) == 204)
            #expect(try await tunnel.end() == .cut)
            #expect(tunnel.received.isEmpty)
        }
        #expect(TunnelTests.closings(log).first?["ending"] == "fault")
    }

    @Test(arguments: [
        ("dropAfter: 100", TestTunnel.End.cut),
        ("closeAfter: 100, code: 4005, reason: enough", .close(code: 4005, reason: "enough")),
        ("closeAfter: 100", .close(code: 1011, reason: "")),
    ])
    func `ends a tunnel after so many bytes down`(_ effect: String, _ end: TestTunnel.End) async throws {
        let log = try await EmulatedCloud.run("faults: [{on: websocket, \(effect)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([UInt8](repeating: 5, count: 300))
            #expect(try await tunnel.end() == end)
            // A reset may overtake what was sent before it.
            #expect(tunnel.received.count == 100 || end == .cut)
        }
        let closing = try #require(TunnelTests.closings(log).first)
        #expect(closing["ending"] == "fault")
        #expect(closing["bytesDown"] == 100)
    }

    @Test func `ends a tunnel after so many bytes up`() async throws {
        let log = try await EmulatedCloud.run("faults: [{on: websocket, dropAfter: 100, direction: up}]\n") {
            cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([UInt8](repeating: 5, count: 300))
            #expect(try await tunnel.end() == .cut)
        }
        #expect(TunnelTests.closings(log).first?["bytesUp"] == 100)
    }

    @Test(arguments: ["fragmented", "empty"])
    func `sends messages that a client must take`(_ shape: String) async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, messages: \(shape)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
            try await tunnel.send(bytes)
            #expect(try await tunnel.receive(1000))
            #expect(tunnel.received == bytes)
        }
    }

    @Test(arguments: [
        ("text", FrameViolation.textMessage), ("masked", .masking), ("oversized", .lengthForm),
    ])
    func `sends messages that no client takes`(_ shape: String, _ violation: FrameViolation) async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, messages: \(shape)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3])
            await #expect(throws: violation) { try await tunnel.receive(3) }
        }
    }
}
