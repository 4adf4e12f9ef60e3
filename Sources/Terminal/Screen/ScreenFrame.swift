/// A picture of the whole screen: a line for each row from the top, and where the cursor stands.
package struct ScreenFrame: Hashable, Sendable {
    /// No wider than the screen and no more than its rows; with styles, but no other control characters.
    package var lines: [String]
    /// From 0.
    package var cursor: (row: Int, column: Int) { (cursorRow, cursorColumn) }
    private let cursorRow: Int
    private let cursorColumn: Int

    package init(lines: [String], cursor: (row: Int, column: Int)) {
        self.lines = lines
        (cursorRow, cursorColumn) = cursor
    }

    /// What takes the terminal from an earlier picture to this one: only the rows that differ are drawn.
    package func drawn(over before: ScreenFrame?) -> String {
        var text = ""
        for row in 0..<max(lines.count, before?.lines.count ?? 0) {
            let line = row < lines.count ? lines[row] : ""
            if let before, row < before.lines.count, before.lines[row] == line { continue }
            text += "\u{1B}[\(row + 1);1H\u{1B}[2K\(line)"
        }
        let place = "\u{1B}[\(cursorRow + 1);\(cursorColumn + 1)H"
        return text.isEmpty ? place : "\u{1B}[?25l\(text)\(place)\u{1B}[?25h"
    }
}
