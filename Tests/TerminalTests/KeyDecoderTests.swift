import Terminal
import Testing

@Suite struct KeyDecoderTests {
    /// All keys of the bytes, the last one perhaps by the passing of time.
    private func keys(_ bytes: [UInt8]) -> [Key] {
        var decoder = KeyDecoder()
        var keys = bytes.compactMap { decoder.feed($0) }
        if let last = decoder.timePassed() { keys.append(last) }
        return keys
    }

    private func keys(_ text: String) -> [Key] { keys(Array(text.utf8)) }

    static let sequences: [(String, [Key])] = [
        ("a~", [.character("a"), .character("~")]), ("\r", [.enter]), ("\n", [.control("j")]), ("\t", [.tab]),
        ("\u{7F}\u{08}", [.backspace, .backspace]), ("\u{03}\u{04}", [.control("c"), .control("d")]),
        ("\u{15}\u{17}", [.control("u"), .control("w")]), ("\u{0E}\u{10}", [.control("n"), .control("p")]),
        ("\u{00}\u{1C}\u{1F}", []),
        ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
        ("\u{1B}OA\u{1B}OB\u{1B}OH\u{1B}OF", [.up, .down, .home, .end]), ("\u{1B}OM", [.enter]),
        ("\u{1B}[H\u{1B}[F\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end, .home, .end]),
        ("\u{1B}[5~\u{1B}[6~\u{1B}[3~", [.pageUp, .pageDown, .delete]),
        ("\u{1B}[1;5A\u{1B}[6;3~", [.up, .pageDown]),
        ("\u{1B}\u{7F}", [.deleteWord]), ("\u{1B}", [.escape]), ("\u{1B}\u{1B}", [.escape, .escape]),
        ("\u{1B}\u{1B}[A", [.escape, .up]),
        // What is not known is swallowed whole, and what follows counts.
        ("\u{1B}[15~x", [.character("x")]), ("\u{1B}[[Ax", [.character("x")]),
        ("\u{1B}[<0;3;4Mx", [.character("x")]), ("\u{1B}[?1;2cx", [.character("x")]),
        ("\u{1B}fx", [.character("x")]), ("\u{1B}[12\u{18}x", [.character("x")]),
        ("\u{1B}[12\u{1B}[Bx", [.down, .character("x")]),
        ("\u{1B}]11;rgb:ff/ff/ff\u{07}x", [.character("x")]),
        ("\u{1B}]11;rgb:ff/ff/ff\u{1B}\\x", [.character("x")]), ("\u{1B}Pq\u{1B}\\x", [.character("x")]),
        // Cut off: nothing, and no harm to what comes later.
        ("\u{1B}[1;", []), ("\u{1B}O", []), ("\u{1B}]0;title", []),
        // A paste is text, whatever is in it.
        (
            "\u{1B}[200~a\r\nb\t\u{03}c\u{1B}[201~\r",
            [
                .character("a"), .character(" "), .character(" "), .character("b"), .character(" "),
                .character("c"), .enter,
            ]
        ),
        ("é窓👩", [.character("é"), .character("窓"), .character("👩")]), ("\u{9B}x", [.character("x")]),
    ]

    @Test(arguments: sequences) func `finds the keys in the bytes`(_ text: String, _ expected: [Key]) {
        #expect(keys(text) == expected)
    }

    static let broken: [([UInt8], [Key])] = [
        ([0xFF, 0x61], [.character("a")]), ([0xC3, 0x61], [.character("a")]),
        ([0xE7, 0xAA, 0x1B, 0x5B, 0x41], [.up]), ([0xC0, 0x80, 0x61], [.character("a")]),
        ([0xE0, 0x80, 0x80, 0x61], [.character("a")]), ([0xED, 0xA0, 0x80, 0x61], [.character("a")]),
        ([0xF5, 0x80, 0x61], [.character("a")]), ([0x80, 0xBF, 0x61], [.character("a")]),
    ]

    @Test(arguments: broken) func `drops what is no UTF-8`(_ bytes: [UInt8], _ expected: [Key]) {
        #expect(keys(bytes) == expected)
    }

    @Test func `waits only behind an Escape`() {
        var decoder = KeyDecoder()
        #expect(!decoder.isWaiting && decoder.timePassed() == nil)
        #expect(decoder.feed(0xE7) == nil && !decoder.isWaiting)
        #expect(decoder.feed(0x1B) == nil && decoder.isWaiting)
        #expect(decoder.feed(0x5B) == nil && decoder.isWaiting)
        #expect(decoder.feed(0x41) == .up && !decoder.isWaiting)
    }

    @Test func `gives up a sequence without end`() {
        var decoder = KeyDecoder()
        let parameters = Array(repeating: UInt8(0x31), count: 100_000)
        #expect(([0x1B, 0x5B] + parameters).allSatisfy { decoder.feed($0) == nil })
        #expect(decoder.feed(0x42) == .down)
    }
}
