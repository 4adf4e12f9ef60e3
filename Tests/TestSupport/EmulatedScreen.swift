/// What a terminal would show: as much of one as the programs here make use of. A character takes one column.
package struct EmulatedScreen {
    private struct Picture {
        var rows: [[Character]]
        var row = 0
        var column = 0
    }

    private let columns: Int
    private var main: Picture
    private var alternate: Picture
    private var pending: [UInt8] = []
    /// Whether the alternate screen is shown.
    package private(set) var isAlternate = false
    /// Whether lines are wrapped, the cursor is seen, pastes are marked: as a terminal is found at first.
    package private(set) var modes: [Int: Bool] = [7: true, 25: true, 2004: false]

    package init(columns: Int, rows: Int) {
        self.columns = columns
        let empty = Picture(rows: Array(repeating: Array(repeating: " ", count: columns), count: rows))
        (main, alternate) = (empty, empty)
    }

    /// The lines that are shown, without spaces at their ends.
    package var lines: [String] {
        (isAlternate ? alternate : main).rows.map { row in
            var line = String(row)
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    package var text: String { lines.joined(separator: "\n") }

    package mutating func take(_ bytes: [UInt8]) {
        pending += bytes
        while let (part, rest) = nextPart() {
            pending = rest
            var picture = isAlternate ? alternate : main
            let wasAlternate = isAlternate
            apply(part, to: &picture)
            if wasAlternate { alternate = picture } else { main = picture }
        }
    }

    private enum Part {
        case character(Character)
        case control(UInt8)
        case sequence(parameters: String, final: Character)
    }

    /// The next whole character or sequence and what stands behind it; nil while it is not all there.
    private func nextPart() -> (Part, [UInt8])? {
        guard let first = pending.first else { return nil }
        if first == 0x1B {
            guard pending.count > 1 else { return nil }
            guard pending[1] == 0x5B else { return (.control(0), Array(pending.dropFirst(2))) }
            guard let end = pending.dropFirst(2).firstIndex(where: { $0 >= 0x40 }) else { return nil }
            let parameters = String(decoding: pending[2..<end], as: UTF8.self)
            let final = Character(Unicode.Scalar(pending[end]))
            return (.sequence(parameters: parameters, final: final), Array(pending[(end + 1)...]))
        }
        if first < 0x20 { return (.control(first), Array(pending.dropFirst())) }
        let count = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard pending.count >= count else { return nil }
        let text = String(decoding: pending.prefix(count), as: UTF8.self)
        return (.character(text.first ?? "?"), Array(pending.dropFirst(count)))
    }

    private mutating func apply(_ part: Part, to picture: inout Picture) {
        switch part {
        case .character(let character):
            if picture.column >= columns {
                guard modes[7] == true else { return }
                picture.column = 0
                lineFeed(&picture)
            }
            picture.rows[picture.row][picture.column] = character
            picture.column += 1
        case .control(0x0D): picture.column = 0
        case .control(0x0A): lineFeed(&picture)
        case .control(0x08): picture.column = max(0, picture.column - 1)
        case .control: break
        case .sequence(let parameters, let final): apply(parameters, final, to: &picture)
        }
    }

    private mutating func apply(_ parameters: String, _ final: Character, to picture: inout Picture) {
        switch final {
        case "H":
            let place = parameters.split(separator: ";").compactMap { Int($0) }
            picture.row = min((place.first ?? 1) - 1, picture.rows.count - 1)
            picture.column = min((place.dropFirst().first ?? 1) - 1, columns - 1)
        case "K":
            let start = parameters == "2" ? 0 : min(picture.column, columns)
            for column in start..<columns { picture.rows[picture.row][column] = " " }
        case "J":
            let start = parameters == "2" ? 0 : picture.row
            for row in start..<picture.rows.count {
                picture.rows[row] = Array(repeating: " ", count: columns)
            }
        case "h", "l":
            guard let mode = Int(parameters.dropFirst()) else { return }
            modes[mode] = final == "h"
            if mode == 1049 { isAlternate = final == "h" }
        default: break
        }
    }

    private func lineFeed(_ picture: inout Picture) {
        if picture.row + 1 < picture.rows.count {
            picture.row += 1
        } else {
            picture.rows.removeFirst()
            picture.rows.append(Array(repeating: " ", count: columns))
        }
    }
}
