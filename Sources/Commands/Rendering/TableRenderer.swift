internal import Diagnostics
internal import Terminal

/// Rows in aligned columns: fitted to a terminal's width, whole elsewhere.
struct TableRenderer {
    struct Column {
        /// Which end of a long text may go.
        enum Cut { case nothing, end, start }

        var title: String
        var cut = Cut.nothing
    }

    struct Row {
        var cells: [String]
        var role: Style.Role?
    }

    let columns: [Column]
    var width: Int?
    var style = Style(isOn: false)

    private static let gap = 2
    /// What is left of a column that is cut.
    private static let leastWidth = 8

    /// What is shown of a cell, and how many columns that takes.
    private struct Shown {
        var text: String
        var width: Int

        init(_ text: String) {
            self.text = text.isEmpty ? "-" : text.printable
            width = DisplayWidth.of(self.text)
        }
    }

    /// One line a row below the titles, each with a line break. An empty cell is shown as `-`.
    func text(_ rows: [Row]) -> String {
        let cells = rows.map { $0.cells.map(Shown.init) }
        let widths = fitted(
            columns.indices.map { column in
                cells.reduce(columns[column].title.count) { max($0, $1[column].width) }
            })
        let titles = style.paint(line(columns.map { Shown($0.title) }, widths), .heading) + "\n"
        return zip(rows, cells).reduce(into: titles) { text, row in
            let line = line(row.1, widths)
            text += row.0.role.map { style.paint(line, $0) } ?? line
            text += "\n"
        }
    }

    /// The widths with the widest columns that may be cut made narrower, until a line fits.
    private func fitted(_ natural: [Int]) -> [Int] {
        var widths = natural
        guard let width else { return widths }
        var surplus = widths.reduce(0, +) + Self.gap * (columns.count - 1) - width
        while surplus > 0 {
            let candidates = columns.indices.filter {
                columns[$0].cut != .nothing && widths[$0] > max(Self.leastWidth, columns[$0].title.count)
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            surplus -= 1
        }
        return widths
    }

    private func line(_ cells: [Shown], _ widths: [Int]) -> String {
        var line = ""
        var gap = 0
        for (column, var cell) in cells.enumerated() {
            line += String(repeating: " ", count: gap)
            if cell.width > widths[column] { cell = Self.cut(cell, columns[column].cut, to: widths[column]) }
            line += cell.text
            gap = max(0, Self.gap + widths[column] - cell.width)
        }
        return line
    }

    private static func cut(_ cell: Shown, _ cut: Column.Cut, to width: Int) -> Shown {
        switch cut {
        case .nothing: cell
        case .end: Shown(cell.text.cut(toColumns: width))
        case .start: Shown(cell.text.cut(toColumns: width, keepingEnd: true))
        }
    }
}
