import Diagnostics
import Glibc
import Posix
import Testing
import Transport

@testable import BastionEmulator

/// Faults of tunnels that are open.
@Suite struct SpoiltTunnelTests {
    @Test(arguments: [
        ("reserved-bits", FrameViolation.reservedBits(4)), ("unknown-opcode", .unknownOpcode(3)),
        ("long-form", .lengthForm), ("continuation", .continuationOrder), ("interrupted", .continuationOrder),
        ("fragmented-ping", .fragmentedControlFrame), ("long-ping", .controlFrameTooLong),
    ])
    func `sends messages that no client takes`(_ shape: String, _ violation: FrameViolation) async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, messages: \(shape)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3])
            await #expect(throws: violation) { _ = try await tunnel.end() }
        }
    }

    @Test func `pings before each message`() async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, messages: pings}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3])
            #expect(try await tunnel.receive(3))
            #expect(tunnel.received == [1, 2, 3])
        }
    }

    @Test func `stops in the middle of a message`() async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, messages: half}]\n") { cloud in
            let tunnel = try await cloud.hurried.open(cloud.session(cloud.token()))
            try await tunnel.send([UInt8](repeating: 1, count: 100))
            await #expect(throws: TestTimeout.self) { _ = try await tunnel.receive(100) }
            #expect((1..<100).contains(tunnel.received.count))
        }
    }

    @Test(arguments: [
        ("closing: empty", TestTunnel.End.close(code: nil, reason: "")),
        ("code: 1000, closing: bytes-behind", .close(code: 1000, reason: "")),
        ("code: 4000, reason: why, closing: stays-open", .close(code: 4000, reason: "why")),
    ])
    func `closes oddly`(_ effect: String, _ end: TestTunnel.End) async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, closeAfter: 0, \(effect)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            #expect(try await tunnel.end() == end)
        }
    }

    @Test(arguments: [
        ("closing: one-byte", FrameViolation.closePayload), ("code: 999", .closePayload),
        ("code: 1006", .closePayload), ("closing: bad-reason", .invalidUTF8Reason),
    ])
    func `closes as nobody may`(_ effect: String, _ violation: FrameViolation) async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, closeAfter: 0, \(effect)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            await #expect(throws: violation) { _ = try await tunnel.end() }
        }
    }

    @Test(arguments: ["endAfter: 3", "finishAfter: 3", "garbleAfter: 3"])
    func `ends without a close frame`(_ effect: String) async throws {
        let log = try await EmulatedCloud.run("faults: [{on: websocket, \(effect)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3, 4])
            #expect(try await tunnel.end() == .cut)
            #expect(tunnel.received == [1, 2, 3])
        }
        #expect(TunnelTests.closings(log).first?["ending"] == "fault")
    }

    @Test func `goes on down while it takes nothing up`() async throws {
        let rule = "{on: websocket, stallAfter: 5, direction: up, stall: up}"
        try await EmulatedCloud.run("faults: [\(rule)]\n") { cloud in
            let tunnel = try await cloud.hurried.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3, 4, 5])
            #expect(try await tunnel.receive(5))
            try await tunnel.send([6])
            await #expect(throws: TestTimeout.self) { _ = try await tunnel.receive(6) }
        }
    }

    @Test func `goes on up while it sends nothing down`() async throws {
        let log = try await EmulatedCloud.run("faults: [{on: websocket, stallAfter: 2, stall: down}]\n") {
            cloud in
            let tunnel = try await cloud.hurried.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3, 4, 5])
            await #expect(throws: TestTimeout.self) { _ = try await tunnel.receive(3) }
            #expect(tunnel.received == [1, 2])
            try await tunnel.send([UInt8](repeating: 6, count: 995))
            tunnel.tls.finish()
            tunnel.tls.close()
        }
        let closing = try #require(TunnelTests.closings(log).first)
        #expect(closing["bytesDown"] == 2 && closing["bytesUp"] == 1000)
    }

    @Test(arguments: ["pings", "pongs", "empty", "fragments"])
    func `sends frames without data and without end`(_ kind: String) async throws {
        try await EmulatedCloud.run("faults: [{on: websocket, floodAfter: 3, flood: \(kind)}]\n") { cloud in
            let tunnel = try await cloud.open(cloud.session(cloud.token()))
            try await tunnel.send([1, 2, 3, 4])
            #expect(try await tunnel.receive(3))
            var count = 0
            while count < 300_000 {
                let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 1)
                defer { space.deallocate() }
                count += try await tunnel.tls.readSome(into: space, until: cloud.deadline)
            }
            #expect(tunnel.received == [1, 2, 3])
        }
    }
}
