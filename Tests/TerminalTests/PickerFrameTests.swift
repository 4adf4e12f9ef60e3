import Posix
import Terminal
import Testing

@Suite struct PickerFrameTests {
    private func lines(_ picker: Picker) -> [String] { picker.frame(style: Style(isOn: false)).lines }

    @Test func `shows the list and the details of the selected one`() {
        let picker = PickerSample.picker(columns: 60, rows: 10)
        #expect(
            lines(picker) == [
                "> type to filter, Enter connects, Esc leaves               4",
                "> db-prod    10.0.0.7  Database of the shop  #prod",
                "  dev-linux  vm-dev    Build box  #dev #linux",
                "  dev-win    vm-win    untrusted  Office  #dev",
                "  web        vm-web    shadowed  Linux web server",
                "", "",
                "────────────────────────────────────────────────────────────",
                "about   Database of the shop",
                "target  10.0.0.7",
            ])
    }

    @Test func `counts what is found`() {
        #expect(
            lines(PickerSample.picker(columns: 30, rows: 4, typing: "dev")) == [
                "> dev                      2/4", "> dev-linux  vm-dev    Build …",
                "  dev-win    vm-win    untrus…", "",
            ])
    }

    @Test func `has room for little on a small screen`() {
        #expect(
            lines(PickerSample.picker(columns: 20, rows: 3, typing: "dev"))
                == ["> dev            2/4", "> dev-linux  Build …", "  dev-win    untrus…"])
        #expect(
            lines(PickerSample.picker(columns: 20, rows: 6))[4...] == [
                "────────────────────", "Database of the shop",
            ])
        #expect(lines(PickerSample.picker(columns: 8, rows: 2)) == [">      4", "> db-pr…"])
    }

    @Test func `says that nothing matches, or that profiles are still read`() {
        #expect(lines(PickerSample.picker(columns: 40, rows: 3, typing: "x y"))[1] == "  nothing matches")
        let empty = Picker(size: RawTerminal.Size(columns: 40, rows: 3))
        #expect(lines(empty) == [">                      reading profiles…", "", ""])
    }

    @Test func `shows the notice and the reason of a refusal`() {
        var picker = Picker(size: RawTerminal.Size(columns: 60, rows: 4))
        picker.fill(with: PickerSample.items, notice: "2 problems")
        #expect(lines(picker)[0] == "> type to filter, Enter connects, Esc leaves   2 problems  4")
        PickerSample.type("web", into: &picker)
        _ = picker.press(.enter)
        #expect(lines(picker)[0] == "> web                    another 'web' stands above this one")
        picker.resize(to: RawTerminal.Size(columns: 24, rows: 4))
        #expect(lines(picker)[0] == "> web  another 'web' st…")
    }

    @Test func `keeps the end of a long query in sight`() {
        let picker = PickerSample.picker(columns: 12, rows: 3, typing: "0123456789abcdef")
        let frame = picker.frame(style: Style(isOn: false))
        #expect(frame.lines[0] == "> …89abcdef")
        #expect(frame.cursor == (0, 11))
    }

    /// Names and texts that terminals are troubled by.
    static let awkward = [
        PickerItem(name: "日本語のとても長い名前です", place: "窓", summary: "説明文がここにあります"),
        PickerItem(name: "👩‍💻👩‍👩‍👧‍👦", place: "e\u{301}e\u{301}", summary: "ends in the middle of 窓窓窓窓窓窓窓窓窓窓"),
        PickerItem(
            name: "red\u{1B}[31m", place: "bell\u{07}\u{9B}2J", summary: "line\nbreak\u{202E}turned",
            mark: "a\rb", details: [.init("about", "\u{1B}]0;title\u{07}")], refusal: "no\u{1B}c"),
        PickerItem(name: String(repeating: "x", count: 300), summary: String(repeating: "y", count: 300)),
    ]

    @Test(arguments: 1...90) func `never draws beyond the screen`(_ columns: Int) {
        var beyond: [String] = []
        for rows in 1...14 {
            var picker = PickerSample.picker(Self.awkward + PickerSample.items, columns: columns, rows: rows)
            for query in ["", "e", "\u{200D}窓"] {
                _ = picker.press(.control("u"))
                PickerSample.type(query, into: &picker)
                for key in [Key.down, .down, .enter] {
                    _ = picker.press(key)
                    let frame = picker.frame(style: Style(isOn: false))
                    let isWithin = frame.cursor.row == 0 && frame.cursor.column < columns
                    if frame.lines.count != rows || !isWithin { beyond.append("\(rows) rows: \(frame)") }
                    beyond += frame.lines.filter { DisplayWidth.of($0) > columns }
                }
            }
        }
        #expect(beyond == [])
    }

    @Test func `lets no control character through`() {
        let picker = PickerSample.picker(Self.awkward, columns: 200, rows: 20, typing: "red")
        for isOn in [false, true] {
            let text = picker.frame(style: Style(isOn: isOn)).lines.joined()
            let styles = text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
            #expect(styles.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            #expect(!styles.unicodeScalars.contains("\u{202E}"))
            #expect(text.contains("\u{FFFD}") && text.contains("\u{1B}[1m") == isOn)
        }
    }

    @Test func `sets off what was found in a name`() {
        let picker = PickerSample.picker(columns: 60, rows: 3, typing: "lin")
        let frame = picker.frame(style: Style(isOn: true))
        #expect(
            frame.lines[1].hasPrefix(
                "\u{1B}[36m> \u{1B}[0m\u{1B}[1mdev-\u{1B}[0m\u{1B}[36mlin\u{1B}[0m\u{1B}[1mux\u{1B}[0m"))
    }
}

@Suite struct ScreenFrameTests {
    private func frame(_ lines: [String], _ column: Int = 0) -> ScreenFrame {
        ScreenFrame(lines: lines, cursor: (0, column))
    }

    @Test func `draws every row at first, then what changed`() {
        let first = frame(["a", "b"], 1)
        #expect(
            first.drawn(over: nil)
                == "\u{1B}[?25l\u{1B}[1;1H\u{1B}[2Ka\u{1B}[2;1H\u{1B}[2Kb\u{1B}[1;2H\u{1B}[?25h")
        #expect(
            frame(["a", "c"], 1).drawn(over: first)
                == "\u{1B}[?25l\u{1B}[2;1H\u{1B}[2Kc\u{1B}[1;2H\u{1B}[?25h")
        #expect(frame(["a", "b"], 2).drawn(over: first) == "\u{1B}[1;3H")
        #expect(
            frame(["a"], 0).drawn(over: first)
                == "\u{1B}[?25l\u{1B}[2;1H\u{1B}[2K\u{1B}[1;1H\u{1B}[?25h")
    }
}
