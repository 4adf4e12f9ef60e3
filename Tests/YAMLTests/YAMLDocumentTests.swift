import Diagnostics
import Testing
import YAML

@Suite struct YAMLDocumentTests {
    private func parse(_ text: String) throws -> YAMLDocument {
        try YAMLDocument.parse(Array(text.utf8), file: "a.yaml")
    }

    @Test func `gives every node its place, in characters`() throws {
        let root = try #require(parse("a: 1\nnäme: {b: [x, 'y z']}\n").root)
        let map = try #require(root["näme"])
        #expect(root.location == SourceLocation(file: "a.yaml", line: 1, column: 1))
        #expect(map.location == SourceLocation(file: "a.yaml", line: 2, column: 7))
        let items = try #require(map["b"])
        #expect(items.elements.map(\.text) == ["x", "y z"])
        #expect(items.elements.map(\.location.column) == [12, 15])
        #expect(items.elements.map(\.isPlain) == [true, false])
    }

    @Test func `keeps the order of pairs and goes past nested collections`() throws {
        let root = try #require(parse("b: {x: [1, {y: 2}]}\na: [[], {}]\nc: 3\n").root)
        #expect(root.pairs.map(\.key.text) == ["b", "a", "c"])
        #expect(root.count == 3)
        #expect(root["a"]?.count == 2)
        #expect(root["c"]?.text == "3")
    }

    @Test func `follows an alias to the value that its anchor marks`() throws {
        let root = try #require(parse("a: &x {k: v}\nb: *x\nc: [*x, *x]\n").root)
        #expect(root["b"]?["k"]?.text == "v")
        #expect(root["b"]?.location.line == 1)
        #expect(root["c"]?.elements.map { $0["k"]?.text } == ["v", "v"])
    }

    @Test(arguments: [
        ("", true), ("~", true), ("null", true), ("''", false), ("nil", false), ("\"null\"", false),
    ])
    func `tells null from text`(_ text: String, _ isNull: Bool) throws {
        let root = try #require(parse("a: \(text)\n").root)
        #expect(root["a"]?.isNull == isNull)
    }

    @Test(arguments: ["", "# only a comment\n", "\u{FEFF}", "---\n...\n"])
    func `reads a file without content`(_ text: String) throws {
        let root = try parse(text).root
        #expect(root == nil || root?.isNull == true)
    }

    @Test func `does not count a byte order mark as a column`() throws {
        let root = try #require(parse("\u{FEFF}a: b\n").root)
        #expect(root.location.column == 1)
    }

    @Test func `knows the lines of a block scalar`() throws {
        let root = try #require(parse("a: |\n  one\n  two\nb: 'x\n  y'\nc: z\n").root)
        #expect(root["a"]?.lines == 1...3)
        #expect(root["b"]?.lines == 4...5)
        #expect(root.lines == 1...6)
    }

    @Test func `finds many keys twice in a large mapping`() {
        let keys = (0..<5000).map { "k\($0): 1" } + ["k7: 2", "k4999: 2", "k7: 3"]
        let (document, problems) = YAMLDocument.read(Array(keys.joined(separator: "\n").utf8), file: "a.yaml")
        #expect(document?.root?.count == 5003)
        #expect(problems.all.map(\.location?.line) == [5001, 5002, 5003])
        #expect(problems.all.last?.message.contains("line 8, column 1") == true)
    }

    @Test func `reports what is wrong with keys and tags in one run`() {
        let text = "a: 1\na: 2\n<<: {b: 1}\nc: !!str d\n[e]: f\n"
        let (document, problems) = YAMLDocument.read(Array(text.utf8), file: "a.yaml")
        #expect(document != nil)
        #expect(
            Set(problems.all.map(\.code)) == [
                "yaml.duplicate-key", "yaml.merge-key", "yaml.tag", "yaml.complex-key",
            ])
        #expect(problems.all.allSatisfy { $0.sourceLine != nil })
    }
}
