import Testing

@testable import SessionRuntime

@Suite struct ShownHostKeyTests {
    /// An uint32 and what it counts.
    private static func field(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt32(bytes.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + bytes
    }

    private static func packet(_ payload: [UInt8], padding: Int = 6) -> [UInt8] {
        field([UInt8(padding)] + payload + [UInt8](repeating: 0xFF, count: padding))
    }

    private static let banner = Array("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8)
    private static let key = field(Array("ssh-ed25519".utf8)) + field([UInt8](repeating: 7, count: 32))
    private static let lists = packet([20] + [UInt8](repeating: 65, count: 1000))

    private static func reply(_ number: UInt8, _ key: [UInt8] = key) -> [UInt8] {
        packet([number] + field(key) + field([1, 2, 3]) + field([4]))
    }

    private static let streams: [[UInt8]] = [
        banner + lists + reply(31),
        Array("Welcome\r\nto the lab\n".utf8) + banner + lists + reply(31) + [0x55, 0x99],
        // A group of the server's choice has the number of the other methods' reply.
        banner + lists + packet([31] + field([0] + [UInt8](repeating: 0xC7, count: 256)) + field([2]))
            + reply(33),
    ]

    @Test(arguments: streams)
    func `finds the key in what a server says first`(_ stream: [UInt8]) throws {
        let found = try #require(ShownHostKey(in: stream))
        #expect(found.type == "ssh-ed25519")
        #expect(found.bytes == Self.key)
    }

    @Test(arguments: streams)
    func `finds nothing in any shorter beginning, and never crashes`(_ stream: [UInt8]) {
        let whole = stream.count - (stream.suffix(2) == [0x55, 0x99] ? 2 : 0)
        for count in 0..<whole { #expect(ShownHostKey(in: Array(stream.prefix(count))) == nil) }
    }

    @Test(arguments: [
        Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), banner, banner + lists,
        banner + [0xFF, 0xFF, 0xFF, 0xFF] + reply(31), banner + [0, 0, 0, 1, 9] + reply(31),
        banner + packet([], padding: 200).prefix(9), banner + reply(31, []),
        banner + reply(31, field([0x1B, 0x5B])), banner + reply(32),
    ])
    func `finds nothing where there is nothing`(_ stream: [UInt8]) {
        #expect(ShownHostKey(in: stream) == nil)
    }
}
