import Testing

@testable import Azure

/// What a power cut may make of a ledger file: whatever is whole in it counts, and nothing else does.
@Suite struct LedgerDamageTests {
    /// The lines of a file: four sessions, of which the second is gone and the fourth has no answer.
    private struct Sample {
        var lines: [[UInt8]] = []
        let entries: [Int: LedgerEntry]

        init() throws {
            entries = [
                1: try SessionLedgerTests.entry("first"), 2: try SessionLedgerTests.entry("second"),
                3: try SessionLedgerTests.entry("third"),
            ]
            let all =
                [
                    LedgerLine(number: 1, asked: 1000), LedgerLine(number: 1, opened: entries[1]),
                    LedgerLine(number: 2, asked: 1000), LedgerLine(number: 2, opened: entries[2]),
                    LedgerLine(number: 2), LedgerLine(number: 3, asked: 1000),
                    LedgerLine(number: 3, opened: entries[3]), LedgerLine(number: 4, asked: 1000),
                ]
            lines = try all.map { try #require($0.bytes) }
        }

        var bytes: [UInt8] { Array(lines.joined()) }

        /// The sessions that a file still tells of whose bytes are whole outside of a range.
        func whole(without damage: Range<Int>) -> [Int: LedgerEntry] {
            var open: [Int: LedgerEntry] = [:]
            var start = 0
            for (index, line) in lines.enumerated() {
                // The line breaks around it need not be there.
                let text = (start + 1)..<(start + line.count - 1)
                start += line.count
                guard !text.overlaps(damage) else { continue }
                switch index {
                case 1: open[1] = entries[1]
                case 3: open[2] = entries[2]
                case 4: open[2] = nil
                case 6: open[3] = entries[3]
                default: break
                }
            }
            return open
        }

        /// - Returns: whether all that is whole was found, and only what was ever written.
        func agrees(_ found: [Int: LedgerEntry], without damage: Range<Int>) -> Bool {
            whole(without: damage).allSatisfy { found[$0.key] == $0.value }
                && found.allSatisfy { entries[$0.key] == $0.value }
        }
    }

    @Test func `tells which sessions are open`() throws {
        let remains = LedgerRemains(try Sample().bytes)
        #expect(Set(remains.open.keys) == [1, 3])
        #expect(remains.unanswered == [4])
    }

    @Test func `loses nothing that is whole to an end that was cut off`() throws {
        let sample = try Sample()
        let bytes = sample.bytes
        for end in 0...bytes.count {
            let found = LedgerRemains(Array(bytes[..<end])).open
            let agrees = sample.agrees(found, without: end..<bytes.count)
            #expect(agrees, "cut off at \(end)")
        }
    }

    /// A file system that had noted the size and not written the data gives zeroes.
    @Test(arguments: [1, 16, 100, 512])
    func `loses nothing that is whole to blocks of zeroes`(_ size: Int) throws {
        let sample = try Sample()
        let bytes = sample.bytes
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let damage = start..<min(start + size, bytes.count)
            var damaged = bytes
            for place in damage { damaged[place] = 0 }
            let agrees = sample.agrees(LedgerRemains(damaged).open, without: damage)
            #expect(agrees, "zeroes at \(damage)")
        }
    }

    @Test(
        arguments: [
            "\u{0}\u{0}\u{0}", "{", "}", #"{"number":1"#, #"{"number":"1"}"#, #"{"number":1e99}"#, "[1]",
            "null",
            #"{"number":1,"opened":{"endpoint":"e"}}"#, String(repeating: "[", count: 100_000),
        ])
    func `takes no harm from garbage before, between and behind the lines`(_ garbage: String) throws {
        let sample = try Sample()
        for place in 0...sample.lines.count {
            var lines = sample.lines
            lines.insert(Array(garbage.utf8), at: place)
            #expect(LedgerRemains(Array(lines.joined())).open.keys.sorted() == [1, 3], "garbage at \(place)")
        }
    }

    @Test(arguments: [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xFF, 0xFE], [0x80]] as [[UInt8]])
    func `takes no harm from half a character`(_ garbage: [UInt8]) throws {
        let sample = try Sample()
        for place in 0...sample.lines.count {
            var lines = sample.lines
            lines.insert(garbage, at: place)
            #expect(LedgerRemains(Array(lines.joined())).open.keys.sorted() == [1, 3], "garbage at \(place)")
        }
    }

    @Test func `reads a file whose lines stand twice`() throws {
        let sample = try Sample()
        let found = LedgerRemains(Array(sample.lines.flatMap { $0 + $0 }))
        #expect(found.open.keys.sorted() == [1, 3])
        #expect(LedgerRemains(sample.bytes + sample.bytes).open.keys.sorted() == [1, 3])
    }
}
