import Terminal
import Testing

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("ñandú", 5), ("窓", 2), ("日本語", 6), ("한글", 4),
        // Korean put together from its letters; Japanese with a mark of its own.
        ("\u{1112}\u{1161}\u{11AB}", 2), ("か\u{3099}", 2), ("ｱ", 1), ("Ａ", 2), ("。", 2),
        ("⌚", 2), ("👩", 2), ("👩‍💻", 2), ("👩‍👩‍👧‍👦", 2), ("👍🏽", 2), ("🇩🇪", 2), ("❤️", 2), ("❤", 1), ("1️⃣", 2),
        ("\u{200B}", 0), ("a\u{200D}b", 2), ("\u{FEFF}x", 1), ("שלום", 4), ("किताब", 5), ("…", 1), ("─", 1),
        ("\u{AD}", 1), ("𠀀", 2),
    ])
    func `counts columns`(_ text: String, _ columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""), ("", 0, ""),
        ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("日本語", 3, "日…"), ("日本語", 2, "…"),
        ("x👩‍💻y", 4, "x👩‍💻y"), ("x👩‍💻yz", 4, "x👩‍💻…"), ("x👩‍💻yz", 3, "x…"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
    ])
    func `cuts between characters`(_ text: String, _ columns: Int, _ expected: String) {
        #expect(text.cut(toColumns: columns) == expected)
        #expect(DisplayWidth.of(text.cut(toColumns: columns)) <= columns)
    }

    @Test(arguments: [("abcdef", 5, "…cdef"), ("日本語", 5, "…本語"), ("日本語", 4, "…語"), ("ab", 2, "ab")])
    func `cuts the beginning off`(_ text: String, _ columns: Int, _ expected: String) {
        #expect(text.cut(toColumns: columns, keepingEnd: true) == expected)
    }

    @Test(arguments: [("ab", 4, "ab  "), ("窓", 4, "窓  "), ("abcd", 2, "abcd")])
    func `fills up with spaces`(_ text: String, _ columns: Int, _ expected: String) {
        #expect(text.padded(toColumns: columns) == expected)
    }
}
