import Posix
import Terminal
import Testing

/// What the tests of the picker share.
enum PickerSample {
    static let items = [
        PickerItem(
            name: "db-prod", place: "10.0.0.7", summary: "Database of the shop  #prod",
            details: [.init("about", "Database of the shop"), .init("target", "10.0.0.7")]),
        PickerItem(
            name: "dev-linux", place: "vm-dev", summary: "Build box  #dev #linux",
            details: [.init("about", "Build box"), .init("target", "vm-dev")]),
        PickerItem(
            name: "dev-win", place: "vm-win", summary: "Office  #dev", mark: "untrusted",
            details: [.init("about", "Office"), .init("target", "vm-win")]),
        PickerItem(
            name: "web", place: "vm-web", summary: "Linux web server", mark: "shadowed",
            details: [.init("about", "Linux web server"), .init("target", "vm-web")],
            refusal: "another 'web' stands above this one"),
    ]

    static func picker(
        _ items: [PickerItem] = items, columns: Int = 60, rows: Int = 10, typing text: String = ""
    ) -> Picker {
        var picker = Picker(size: RawTerminal.Size(columns: columns, rows: rows))
        picker.fill(with: items)
        type(text, into: &picker)
        return picker
    }

    static func type(_ text: String, into picker: inout Picker) {
        for scalar in text.unicodeScalars { _ = picker.press(.character(scalar)) }
    }

    static func numbered(_ count: Int) -> [PickerItem] {
        (0..<count).map { PickerItem(name: "vm-\($0)", details: [.init("about", "number \($0)")]) }
    }
}

@Suite struct PickerTests {
    static let queries: [(String, [String])] = [
        ("", ["db-prod", "dev-linux", "dev-win", "web"]),
        ("dev", ["dev-linux", "dev-win"]),
        // The name itself comes before parts of names, these before the rest of the line.
        ("linux", ["dev-linux", "web"]), ("web", ["web"]), ("win", ["dev-win"]),
        ("DEV Linux", ["dev-linux"]), ("  dev   box ", ["dev-linux"]), ("dev nowhere", []),
        ("vm-", ["dev-linux", "dev-win", "web"]), ("10.0", ["db-prod"]), ("#prod", ["db-prod"]),
        ("shop", ["db-prod"]), ("e", ["dev-linux", "dev-win", "web", "db-prod"]),
        // Letter by letter in the name, behind what is found as it stands.
        ("dvl", ["dev-linux"]), ("dw", ["dev-win"]), ("lx", ["dev-linux"]), ("wb", ["web"]), ("bw", []),
        // Not across the border of two texts.
        ("7database", []), ("office#", []), ("winvm", []),
    ]

    @Test(arguments: queries) func `finds by all words`(_ query: String, _ names: [String]) {
        let picker = PickerSample.picker(typing: query)
        #expect(picker.matches.map { PickerSample.items[$0].name } == names)
        #expect(picker.selection == 0)
    }

    @Test(arguments: queries) func `finds the same however the query came about`(
        _ query: String, _ names: [String]
    ) {
        var picker = PickerSample.picker(typing: query + "x")
        _ = picker.press(.backspace)
        #expect(picker.matches.map { PickerSample.items[$0].name } == names)
        #expect(picker.matches == PickerSample.picker(typing: query).matches)
    }

    @Test func `puts better finds first`() {
        let names = ["my-dev", "xdevx", "dex-v", "dev2", "dev", "other"]
        var items = names.map { PickerItem(name: $0) }
        items[5] = PickerItem(name: "other", summary: "for dev")
        let picker = PickerSample.picker(items, typing: "dev")
        #expect(picker.matches.map { names[$0] } == ["dev", "dev2", "my-dev", "xdevx", "other", "dex-v"])
    }

    @Test func `finds text of any script in either case`() {
        let items = [PickerItem(name: "a", summary: "Büro 窓"), PickerItem(name: "b", summary: "ΣΙΓΜΑ")]
        #expect(PickerSample.picker(items, typing: "BÜRO").matches == [0])
        #expect(PickerSample.picker(items, typing: "窓").matches == [0])
        #expect(PickerSample.picker(items, typing: "σιγμα").matches == [1])
    }

    static let edits: [([Key], String)] = [
        ([.character("a"), .character("b"), .backspace], "a"), ([.backspace], ""),
        ([.character("e"), .character("\u{301}"), .backspace], ""),
        ([.character("a"), .character(" "), .character("b"), .control("w")], "a "),
        ([.character("a"), .character(" "), .character(" "), .deleteWord], ""),
        ([.character("a"), .control("u"), .character("c")], "c"),
        ([.character("a"), .left, .right, .tab, .delete, .control("x"), .character("b")], "ab"),
    ]

    @Test(arguments: edits) func `edits what is typed`(_ keys: [Key], _ query: String) {
        var picker = PickerSample.picker()
        for key in keys { #expect(picker.press(key) == nil) }
        #expect(picker.query == query)
    }

    static let moves: [([Key], Int)] = [
        ([.up], 0), ([.down], 1), ([.down, .down, .up], 1), ([.control("n"), .control("j")], 2),
        ([.control("n"), .control("n"), .control("p")], 1), ([.down, .down, .control("k")], 1),
        ([.pageDown], 6), ([.pageDown, .pageDown, .pageUp], 6), ([.pageUp], 0), ([.end], 99),
        ([.end, .down], 99),
        ([.end, .home], 0), ([.end, .pageUp], 93),
    ]

    @Test(arguments: moves) func `moves within the list`(_ keys: [Key], _ selection: Int) {
        var picker = PickerSample.picker(PickerSample.numbered(100), rows: 9)
        for key in keys { #expect(picker.press(key) == nil) }
        #expect(picker.selection == selection)
        #expect((picker.top..<picker.top + 6).contains(selection))
    }

    @Test func `picks the selected one`() {
        var picker = PickerSample.picker(typing: "dev")
        _ = picker.press(.down)
        #expect(picker.press(.enter) == .picked(2))
    }

    @Test(arguments: [Key.escape, .control("c"), .control("d"), .control("g")])
    func `is left without a choice`(_ key: Key) {
        var picker = PickerSample.picker()
        #expect(picker.press(key) == .left)
    }

    @Test func `picks nothing where nothing matches`() {
        var picker = PickerSample.picker(typing: "nowhere")
        #expect(picker.press(.enter) == nil)
        #expect(picker.press(.down) == nil && picker.press(.pageUp) == nil && picker.selection == 0)
    }

    @Test func `says why one cannot be picked, until the next key`() {
        var picker = PickerSample.picker(typing: "web")
        #expect(picker.press(.enter) == nil)
        #expect(picker.message == "another 'web' stands above this one")
        _ = picker.press(.down)
        #expect(picker.message == nil)
    }

    @Test func `takes what is typed before the items are there`() {
        var picker = Picker(size: RawTerminal.Size(columns: 60, rows: 10))
        PickerSample.type("win", into: &picker)
        #expect(picker.press(.enter) == .tooEarly)
        picker.fill(with: PickerSample.items)
        #expect(picker.press(.enter) == .picked(2))
    }

    @Test func `begins at the top when the query changes`() {
        var picker = PickerSample.picker(PickerSample.numbered(100), rows: 9)
        _ = picker.press(.end)
        #expect(picker.top == 94)
        _ = picker.press(.character("v"))
        #expect(picker.selection == 0 && picker.top == 0)
    }

    @Test(arguments: [1, 2, 3, 5, 8, 30, 200])
    func `keeps the selection in sight when the size changes`(_ rows: Int) {
        var picker = PickerSample.picker(PickerSample.numbered(100), rows: 20)
        _ = picker.press(.end)
        _ = picker.press(.up)
        picker.resize(to: RawTerminal.Size(columns: 40, rows: rows))
        #expect(picker.selection == 98)
        let shown = picker.frame(style: Style(isOn: false)).lines
        #expect(rows == 1 || shown.contains { $0.hasPrefix("> vm-98") }, "\(shown)")
    }
}
