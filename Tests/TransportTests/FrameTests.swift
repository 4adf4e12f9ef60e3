import Cryptography
import Testing

@testable import Transport

/// Feeds bytes in pieces and gathers what comes out; data pieces next to each other are put together.
func decode(
    _ bytes: [UInt8], role: WebSocketRole, pieces: [Int] = [.max], takesFragments: Bool = true
) throws -> [FrameText] {
    var decoder = FrameDecoder(role: role, takesFragments: takesFragments)
    var events: [FrameText] = []
    var rest = bytes[...]
    var turn = 0
    while !rest.isEmpty {
        var piece = Array(rest.prefix(pieces[turn % pieces.count]))
        rest = rest.dropFirst(piece.count)
        turn += 1
        try piece.withUnsafeMutableBytes { buffer in
            var position = 0
            while let event = try decoder.next(buffer, from: &position) {
                guard case .data(let range) = event else {
                    events.append(.event(event))
                    continue
                }
                if case .data(let before) = events.last {
                    events[events.count - 1] = .data(before + buffer[range])
                } else {
                    events.append(.data(Array(buffer[range])))
                }
            }
            #expect(position == buffer.count)
        }
    }
    return events
}

enum FrameText: Hashable {
    case data([UInt8])
    case event(FrameEvent)
}

@Suite struct FrameDecoderTests {
    static let hello = Array("Hello".utf8)

    /// RFC 6455, section 5.7, with binary for text.
    @Test(arguments: [1, 2, 3, 100])
    func `reads the frames of the RFC`(_ piece: Int) throws {
        let masked: [UInt8] = [0x82, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(try decode(masked, role: .server, pieces: [piece]) == [.data(Self.hello)])
        let plain = [0x82, 0x05] + Self.hello
        #expect(try decode(plain, role: .client, pieces: [piece]) == [.data(Self.hello)])
        let fragments: [UInt8] = [0x02, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
        #expect(try decode(fragments, role: .client, pieces: [piece]) == [.data(Self.hello)])
        let ping = [0x89, 0x05] + Self.hello
        #expect(try decode(ping, role: .client, pieces: [piece]) == [.event(.ping(Self.hello))])
        let pong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(try decode(pong, role: .server, pieces: [piece]) == [.event(.pong(Self.hello))])
        for (header, count) in [
            ([0x82, 0x7E, 0x01, 0x00], 256), ([0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
        ] {
            let payload = RandomBytes.generate(count)
            #expect(
                try decode(header.map(UInt8.init) + payload, role: .client, pieces: [piece * 100]) == [
                    .data(payload)
                ])
        }
    }

    @Test func `lets control frames in between fragments and drops empty messages`() throws {
        let bytes: [UInt8] = [0x82, 0, 0x02, 1, 65, 0x89, 0, 0x00, 0, 0x80, 1, 66, 0x88, 0, 0xFF, 0xFF]
        #expect(
            try decode(bytes, role: .client) == [
                .data([65]), .event(.ping([])), .data([66]), .event(.close(code: nil, reason: "")),
            ])
    }

    @Test func `reads code and reason of a close`() throws {
        let bytes = [0x88, 0x06, 0x03, 0xE9] + Array("gone".utf8)
        #expect(try decode(bytes, role: .client) == [.event(.close(code: 1001, reason: "gone"))])
    }

    @Test(
        arguments: [
            ([0xC2, 0x00], FrameViolation.reservedBits(4)), ([0x92, 0x00], .reservedBits(1)),
            ([0x83, 0x00], .unknownOpcode(3)), ([0x8B, 0x00], .unknownOpcode(11)), ([0x82, 0x80], .masking),
            ([0x09, 0x00], .fragmentedControlFrame), ([0x89, 0x7E], .controlFrameTooLong),
            ([0x80, 0x00], .continuationOrder), ([0x02, 0x00, 0x82, 0x00], .continuationOrder),
            ([0x81, 0x00], .textMessage), ([0x82, 0x7E, 0x00, 0x7D], .lengthForm),
            ([0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthForm),
            ([0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthForm), ([0x88, 0x01, 0x03], .closePayload),
            ([0x88, 0x02, 0x03, 0xED], .closePayload), ([0x88, 0x02, 0x03, 0xEE], .closePayload),
            ([0x88, 0x02, 0x03, 0xE7], .closePayload), ([0x88, 0x02, 0x03, 0xF7], .closePayload),
            ([0x88, 0x02, 0x13, 0x88], .closePayload), ([0x88, 0x03, 0x03, 0xE8, 0xFF], .invalidUTF8Reason),
            ([0x48, 0x54, 0x54, 0x50, 0x2F], .httpInsteadOfFrames),
        ] as [([UInt8], FrameViolation)])
    func `refuses what breaks the rules`(_ bytes: [UInt8], _ violation: FrameViolation) {
        for piece in [1, 100] {
            #expect(throws: violation) { try decode(bytes, role: .client, pieces: [piece]) }
        }
    }

    @Test func `refuses as a server what is not masked, and fragments when told to`() {
        #expect(throws: FrameViolation.masking) { try decode([0x82, 0x00], role: .server) }
        let fragment: [UInt8] = [0x02, 0x80, 0, 0, 0, 0]
        #expect(throws: FrameViolation.fragmentedMessage) {
            try decode(fragment, role: .server, takesFragments: false)
        }
        #expect(throws: Never.self) { try decode(fragment, role: .server) }
    }

    @Test func `has a close code for each violation`() {
        #expect(FrameViolation.masking.closeCode == 1002)
        #expect(FrameViolation.textMessage.closeCode == 1003)
        #expect(FrameViolation.invalidUTF8Reason.closeCode == 1007)
    }
}

@Suite struct FrameEncoderTests {
    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_001])
    func `writes what the other role reads, in the shortest form`(_ count: Int) throws {
        let payload = RandomBytes.generate(count)
        let expected: [FrameText] = count == 0 ? [] : [.data(payload)]
        let lengthBytes = count < 126 ? 0 : count <= 65_535 ? 2 : 8
        var client = FrameEncoder(role: .client)
        let up = client.frame(.binary, payload)
        #expect(up.count == 2 + lengthBytes + 4 + count)
        #expect(try decode(up, role: .server) == expected)
        var server = FrameEncoder(role: .server)
        let down = server.frame(.binary, payload)
        #expect(down.count == 2 + lengthBytes + count)
        #expect(try decode(down, role: .client) == expected)
    }

    @Test func `fills one TLS record with the recommended payload, in place`() throws {
        let payload = RandomBytes.generate(FrameEncoder.recordPayload)
        var encoder = FrameEncoder(role: .client)
        var buffer = [UInt8](repeating: 0, count: FrameEncoder.headroom) + payload
        let range = buffer.withUnsafeMutableBytes { encoder.seal(payloadCount: payload.count, in: $0) }
        #expect(range.count == 16_384)
        #expect(range.upperBound == buffer.count)
        #expect(try decode(Array(buffer[range]), role: .server) == [.data(payload)])
    }

    @Test func `masks with a new key each time`() {
        var encoder = FrameEncoder(role: .client)
        let keys = (0..<100).map { _ in Array(encoder.frame(.binary, [0, 0, 0, 0])[2..<6]) }
        #expect(Set(keys).count == 100)
    }

    @Test func `closes with a reason that is cut between characters`() throws {
        var encoder = FrameEncoder(role: .server)
        let frame = encoder.close(1000, reason: String(repeating: "é", count: 100))
        let reason = String(repeating: "é", count: 61)
        #expect(try decode(frame, role: .client) == [.event(.close(code: 1000, reason: reason))])
        let bare = encoder.close(nil)
        #expect(bare == [0x88, 0])
    }
}

@Suite struct FrameFuzzTests {
    @Test(arguments: 0..<40)
    func `gives the same events however the bytes are split`(_ round: Int) throws {
        var random = SplitMix(seed: UInt64(round))
        for role in [WebSocketRole.client, .server] {
            var encoder = FrameEncoder(role: role == .client ? .server : .client)
            var bytes: [UInt8] = []
            for _ in 0..<30 {
                let count = [0, 1, 3, 125, 126, 700, 66_000][Int.random(in: 0..<7, using: &random)]
                let opcode = [FrameOpcode.binary, .binary, .ping, .pong][
                    Int.random(in: 0..<4, using: &random)]
                bytes += encoder.frame(opcode, RandomBytes.generate(opcode.isControl ? count % 126 : count))
            }
            bytes += encoder.close(1000)
            let pieces = (0..<50).map { _ in Int.random(in: 1...9000, using: &random) }
            let whole = try decode(bytes, role: role)
            #expect(try decode(bytes, role: role, pieces: pieces) == whole)
            #expect(whole.last == .event(.close(code: 1000, reason: "")))
        }
    }

    @Test func `never crashes on random bytes`() {
        var random = SplitMix(seed: 1)
        var violations = 0
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bytes[0] = [bytes[0], 0x82, 0x88, 0x89, 0x02, 0x80][Int.random(in: 0..<6, using: &random)]
            let role = Bool.random(using: &random) ? WebSocketRole.client : .server
            do { _ = try decode(bytes, role: role, pieces: [3, 1, 7]) } catch is FrameViolation {
                violations += 1
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(violations > 5000)
    }

    /// Masks piece by piece at every alignment, against the definition.
    @Test func `masks alike at every alignment, phase and length`() {
        let key: UInt32 = 0xDEAD_BEEF
        let keyBytes = withUnsafeBytes(of: key) { Array($0) }
        for offset in 0..<4 {
            for phase in 0..<4 {
                for count in 0..<20 {
                    var memory = [UInt8](repeating: 0x5A, count: offset + count)
                    memory.withUnsafeMutableBytes {
                        FrameMask.apply(
                            key, to: UnsafeMutableRawBufferPointer(rebasing: $0[offset...]), phase: phase)
                    }
                    let expected = (0..<count).map { 0x5A ^ keyBytes[($0 + phase) % 4] }
                    #expect(Array(memory[offset...]) == expected)
                }
            }
        }
    }
}

/// A small generator whose sequence a seed repeats.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
