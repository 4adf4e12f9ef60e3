import Synchronization
import Terminal
import Testing

@Suite struct StyleTests {
    @Test(arguments: [
        (true, ["TERM": "xterm"], false, true),
        (false, ["TERM": "xterm"], false, false),
        (true, ["TERM": "xterm", "NO_COLOR": "1"], false, false),
        (true, ["TERM": "xterm", "NO_COLOR": ""], false, true),
        (true, ["TERM": "xterm"], true, false),
        (true, ["TERM": "dumb"], false, false),
        (true, [:], false, false),
    ])
    func `colours only where they are wanted`(
        _ isTerminal: Bool, _ environment: [String: String], _ flag: Bool, _ isOn: Bool
    ) {
        #expect(Style(isTerminal: isTerminal, environment: environment, noColorFlag: flag).isOn == isOn)
    }

    @Test func `paints and resets`() {
        #expect(Style(isOn: true).paint("no", .error) == "\u{1B}[1;31mno\u{1B}[0m")
        #expect(Style(isOn: false).paint("no", .error) == "no")
        #expect(Style(isOn: true).paint("", .error) == "")
    }
}

@Suite struct StatusLineTests {
    private func draw(width: Int, _ body: (inout StatusLine) -> Void) -> String {
        let written = Mutex("")
        var line = StatusLine(width: { width }, write: { text in written.withLock { $0 += text } })
        body(&line)
        return written.withLock { $0 }
    }

    @Test func `shows one text over the other and goes away`() {
        let written = draw(width: 80) { line in
            line.clear()
            line.show("one")
            line.show("two")
            line.clear()
            line.clear()
        }
        #expect(written == "\r\u{1B}[2Kone\r\u{1B}[2Ktwo\r\u{1B}[2K")
    }

    @Test func `is cut to the width of the terminal`() {
        #expect(draw(width: 8) { $0.show("0123456789") } == "\r\u{1B}[2K0123…")
        #expect(draw(width: 13) { $0.show("0123456789") } == "\r\u{1B}[2K0123456789")
        #expect(draw(width: 8) { $0.show("日本語日本語") } == "\r\u{1B}[2K日本…")
    }

    @Test func `does not let the text drive the terminal`() {
        #expect(draw(width: 80) { $0.show("a\u{1B}[2Jb\n") } == "\r\u{1B}[2Ka\u{FFFD}[2Jb\u{FFFD}")
    }
}
