import Terminal
import Testing

@testable import Commands

@Suite struct TableRendererTests {
    private static let columns = [
        TableRenderer.Column(title: "NAME"), TableRenderer.Column(title: "TARGET", cut: .end),
        TableRenderer.Column(title: "FILE", cut: .start),
    ]
    private static let rows = [
        TableRenderer.Row(cells: ["a", "some-long-target", "/folder/of/some/file.yaml"]),
        TableRenderer.Row(cells: ["longer", "", "/b.yaml"]),
    ]

    @Test func `aligns columns, without spaces at the end of a line`() {
        #expect(
            TableRenderer(columns: Self.columns).text(Self.rows) == """
                NAME    TARGET            FILE
                a       some-long-target  /folder/of/some/file.yaml
                longer  -                 /b.yaml

                """)
    }

    @Test func `cuts the widest columns until a line fits, each at its end`() {
        #expect(
            TableRenderer(columns: Self.columns, width: 32).text(Self.rows) == """
                NAME    TARGET       FILE
                a       some-long-…  …/file.yaml
                longer  -            /b.yaml

                """)
    }

    @Test(arguments: [1, 10, 20, 33, 50, 200])
    func `keeps to the width, or to what it must show`(_ width: Int) {
        let lines = TableRenderer(columns: Self.columns, width: width).text(Self.rows).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= max(width, 6 + 2 + 8 + 2 + 8) })
    }

    @Test func `aligns by columns, not by characters`() {
        let rows = [["窓", "説明", "/a"], ["ab", "c", "/説明説明.yaml"]].map { TableRenderer.Row(cells: $0) }
        #expect(
            TableRenderer(columns: Self.columns, width: 23).text(rows) == """
                NAME  TARGET  FILE
                窓    説明    /a
                ab    c       …明.yaml

                """)
    }

    @Test func `paints rows, and cleans text of foreign origin`() {
        let rows = [TableRenderer.Row(cells: ["\u{1B}[2J", "b", "c"], role: .dim)]
        let painted = TableRenderer(columns: Self.columns, style: Style(isOn: true)).text(rows)
        #expect(painted == "\u{1B}[1mNAME  TARGET  FILE\u{1B}[0m\n\u{1B}[2m\u{FFFD}[2J  b       c\u{1B}[0m\n")
    }
}
