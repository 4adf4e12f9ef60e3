import Diagnostics
import Testing

@Suite struct DiagnosticTextTests {
    static let place = Diagnostics.SourceLocation(file: "dev.yaml", line: 3, column: 5)

    @Test func `shows place, sentence, code, the line with a caret, and the hint`() {
        var problem = Diagnostic("profile.some-code", "something is wrong", remedy: "mend it", at: Self.place)
        problem.sourceLine = "    hots: hub"
        #expect(
            problem.text == """
                dev.yaml:3:5: error: something is wrong [profile.some-code]
                        hots: hub
                        ^
                hint: mend it
                """)
    }

    @Test func `leaves out what it does not have`() {
        #expect(Diagnostic.warning("a.b", "odd").text == "warning: odd [a.b]")
    }

    @Test(arguments: [
        ("\u{1B}[31mred", "\u{FFFD}[31mred"), ("tab\there", "tab here"), ("a\u{202E}b", "a\u{FFFD}b"),
        ("line\nbreak", "line\u{FFFD}break"), ("plain ünïcode", "plain ünïcode"), ("\u{9B}1m", "\u{FFFD}1m"),
    ])
    func `lets no foreign text drive the terminal`(_ text: String, _ shown: String) {
        #expect(text.printable == shown)
        #expect(Diagnostic("a.b", text).text == "error: \(shown) [a.b]")
    }

    @Test(arguments: [1, 60, 119, 120, 121, 500, 1000, 5000])
    func `keeps the caret under the fault in a long line`(_ column: Int) {
        let place = Diagnostics.SourceLocation(file: "f", line: 1, column: column)
        var problem = Diagnostic("a.b", "x", at: place)
        problem.sourceLine =
            String(repeating: "x", count: column - 1) + "!" + String(repeating: "y", count: 300)
        let lines = problem.text.split(separator: "\n")
        let caret = lines[2].distance(
            from: lines[2].startIndex, to: lines[2].lastIndex(of: "^") ?? lines[2].startIndex)
        #expect(Array(lines[1])[caret] == "!")
        #expect(lines[1].count <= 124)
    }

    @Test func `survives a column beyond the line`() {
        var problem = Diagnostic("a.b", "x", at: Diagnostics.SourceLocation(file: "f", line: 1, column: 99))
        problem.sourceLine = "ab"
        #expect(problem.text.hasSuffix("    ab\n      ^"))
    }
}

@Suite struct ProblemsTests {
    @Test func `is an error only where one of them is`() throws {
        var problems = Problems()
        problems.add(.warning("a.warning", "w"))
        try problems.throwIfAny()
        #expect(problems.exit == Diagnostics.ExitStatus.success)
        problems.add(Diagnostic("a.first", "e", exit: .configuration))
        problems.add(Diagnostic("a.second", "e", exit: .bug))
        let thrown = #expect(throws: Problems.self) { try problems.throwIfAny() }
        #expect(thrown?.all.map(\.code) == ["a.warning", "a.first", "a.second"])
        #expect(thrown?.exit == .configuration)
    }
}

@Suite struct SuggestionTests {
    static let known = ["resourceId", "resourceGroup", "host", "target", "tunnel"]

    @Test(arguments: [
        ("resourcId", "resourceId"), ("RESOURCEID", "resourceId"), ("hsot", "host"), ("tunel", "tunnel"),
        ("taget", "target"),
    ])
    func `finds the word that was meant`(_ typed: String, _ meant: String) {
        #expect(Suggestion.nearest(to: typed, among: Self.known) == meant)
    }

    @Test(arguments: ["", "quite-different", "x", String(repeating: "resourceId", count: 50)])
    func `makes no wild guess`(_ typed: String) {
        #expect(Suggestion.nearest(to: typed, among: Self.known) == nil)
    }
}

@Suite struct RedactionTests {
    @Test(arguments: [
        ("/webtunnelv2/abc%20d?X-Node-Id=n1", "/webtunnelv2/…?X-Node-Id=n1"),
        ("/api/tokens/abc", "/api/tokens/…"),
        ("/omni/webtunnel/abc", "/omni/webtunnel/…"), ("/subscriptions/s", "/subscriptions/s"),
        ("/api/tokens", "/api/tokens"),
    ])
    func `takes tokens out of paths`(_ path: String, _ shown: String) {
        #expect(Redaction.path(path) == shown)
    }
}
