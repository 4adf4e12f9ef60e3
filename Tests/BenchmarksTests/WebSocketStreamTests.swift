import Testing

@testable import Benchmarks

@Suite struct WebSocketStreamTests {
    /// Gives the bytes it was made with in pieces, and keeps what is sent.
    private final class Script: ByteStream {
        private var rest: ArraySlice<UInt8>
        private let piece: Int
        private(set) var sent: [UInt8] = []
        private(set) var writes = 0

        init(_ bytes: [UInt8] = [], piece: Int = .max) { (rest, self.piece) = (bytes[...], piece) }

        func receive(into buffer: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
            let part = rest.prefix(min(piece, buffer.count))
            buffer.copyBytes(from: part)
            rest = rest.dropFirst(part.count)
            return part.count
        }

        func sendAll(_ bytes: UnsafeRawBufferPointer) throws(StreamFailure) {
            sent += bytes
            writes += 1
        }

        func discard(_ count: UInt64) throws(StreamFailure) {}
        func give(_ count: UInt64) throws(StreamFailure) {}
        func finish() {}
    }

    private func masked(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let key: [UInt8] = [1, 2, 3, 4]
        return [0x80 | opcode, 0x80 | UInt8(payload.count)] + key
            + payload.enumerated().map { $1 ^ key[$0 & 3] }
    }

    @Test(arguments: [1, 3, 1000])
    func `is the payload of its messages, whatever the pieces they come in`(piece: Int) throws {
        let script = Script(
            masked(2, Array("abcde".utf8)) + masked(9, [7]) + masked(2, []) + masked(2, Array("fg".utf8))
                + masked(8, [3, 0xE8]), piece: piece)
        let stream = WebSocketStream(over: script, as: .server, early: [], messages: .init())
        #expect(try stream.receive(exactly: 7) == Array("abcdefg".utf8))
        #expect(try stream.receive(exactly: 1) == nil)
        #expect(script.sent == [0x8A, 1, 7, 0x88, 2, 3, 0xE8])
    }

    @Test(arguments: [MessageShape(size: 1000, arePacked: true), MessageShape(size: 70_000, arePacked: true)])
    func `packs messages into full records that read back`(shape: MessageShape) throws {
        let script = Script()
        try WebSocketStream(over: script, as: .server, early: [], messages: shape).give(100_000)
        #expect(script.writes == (script.sent.count + 16_383) / 16_384)
        let back = WebSocketStream(
            over: Script(script.sent), as: .client, early: [], messages: .init())
        #expect(try back.receive(exactly: 100_000) == [UInt8](repeating: 0, count: 100_000))
        #expect(try back.receive(exactly: 1) == nil)
    }

    @Test func `writes a message at a time where it is told to`() throws {
        let script = Script()
        let shape = MessageShape(size: 300, arePacked: false)
        try WebSocketStream(over: script, as: .client, early: [], messages: shape).give(700)
        #expect(script.writes == 3)
        let back = WebSocketStream(over: Script(script.sent), as: .server, early: [], messages: .init())
        try back.discard(699)
        #expect(try back.receive(exactly: 1) == [0])
        #expect(try back.receive(exactly: 1) == nil)
    }

    @Test func `refuses a frame without mask`() {
        let stream = WebSocketStream(over: Script([0x82, 1, 0]), as: .server, early: [], messages: .init())
        #expect(throws: StreamFailure.self) { try stream.receive(exactly: 1) }
    }
}
