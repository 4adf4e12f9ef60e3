internal import Posix

/// Which rows of the screen have what.
struct PickerLayout: Hashable {
    /// Rows of the list below the line that is typed on.
    let listRows: Int
    /// Rows of the details at the bottom, with the rule above them.
    let footerRows: Int

    /// The details get a third of the screen at most, and nothing where the list would be left with almost none.
    init(rows: Int, detailCount: Int) {
        footerRows = rows >= 6 && detailCount > 0 ? min(1 + detailCount, rows / 3) : 0
        listRows = max(0, rows - 1 - footerRows)
    }
}

extension Picker {
    var layout: PickerLayout { PickerLayout(rows: size.rows, detailCount: detailCount) }

    /// The picture of the present state, as wide and high as the terminal.
    package func frame(style: Style) -> ScreenFrame {
        let layout = layout
        let (prompt, column) = promptLine(style)
        var lines = [prompt] + listLines(layout.listRows, style)
        if layout.footerRows > 0 { lines += footerLines(layout.footerRows, style) }
        return ScreenFrame(lines: Array(lines.prefix(max(1, size.rows))), cursor: (0, column))
    }

    // MARK: the line that is typed on

    /// Before the query and the selected line. A terminal may have a single column.
    private var pointer: String { String("> ".prefix(size.columns)) }
    private static let help = "type to filter, Enter connects, Esc leaves"

    private func promptLine(_ style: Style) -> (text: String, cursor: Int) {
        let room = max(0, size.columns - 3)
        let typed = query.cut(toColumns: room, keepingEnd: true)
        let cursor = min(2 + DisplayWidth.of(typed), max(0, size.columns - 1))
        var text = style.paint(pointer, .accent) + typed
        var left = size.columns - 2 - DisplayWidth.of(typed)
        let remark = remark
        if query.isEmpty, message == nil,
            DisplayWidth.of(Self.help) + DisplayWidth.of(remark.text) + 3 <= left
        {
            text += style.paint(Self.help, .dim)
            left -= DisplayWidth.of(Self.help)
        }
        // A message is worth being cut, a count is not.
        let shown = message == nil ? remark.text : remark.text.cut(toColumns: max(0, left - 2))
        let gap = left - DisplayWidth.of(shown)
        if gap >= 2, !shown.isEmpty {
            text += String(repeating: " ", count: gap) + style.paint(shown, remark.role)
        }
        return (text, cursor)
    }

    private var remark: (text: String, role: Style.Role) {
        if let message { return (message, .warning) }
        guard let items else { return ("reading profiles…", .dim) }
        let counts = matches.count == items.count ? "\(items.count)" : "\(matches.count)/\(items.count)"
        return notice.map { ("\($0)  \(counts)", .warning) } ?? (counts, .dim)
    }

    // MARK: the list

    private func listLines(_ rows: Int, _ style: Style) -> [String] {
        guard let items, rows > 0 else { return Array(repeating: "", count: rows) }
        if matches.isEmpty {
            let text = "  nothing matches".cut(toColumns: size.columns)
            return [style.paint(text, .dim)] + Array(repeating: "", count: rows - 1)
        }
        let filter = PickerFilter(query)
        return (top..<top + rows).map { place in
            guard place < matches.count else { return "" }
            return line(for: items[matches[place]], isSelected: place == selection, filter, style)
        }
    }

    private func line(for item: PickerItem, isSelected: Bool, _ filter: PickerFilter, _ style: Style)
        -> String
    {
        var left = max(0, size.columns - 2)
        var text = isSelected ? style.paint(pointer, .accent) : String("  ".prefix(size.columns))
        let name = item.name.cut(toColumns: left)
        text += paint(name, isSelected, isDim: item.refusal != nil, filter.highlights(in: item), style)
        // Where names are so long that nothing else would fit, the columns behind them start later.
        let nameColumns = max(DisplayWidth.of(name), min(nameWidth, max(16, size.columns * 2 / 5)))
        left -= nameColumns
        var rest = ""
        let placeColumns = min(placeWidth, max(8, size.columns / 4))
        if placeColumns > 0, left >= placeColumns + 2 {
            rest += "  " + item.place.cut(toColumns: placeColumns).padded(toColumns: placeColumns)
            left -= placeColumns + 2
        }
        let mark = item.mark.isEmpty || left < 8 ? "" : item.mark.cut(toColumns: left - 2)
        if !mark.isEmpty { left -= DisplayWidth.of(mark) + 2 }
        let summary = left < 8 ? "" : item.summary.cut(toColumns: left - 2)
        if rest.allSatisfy({ $0 == " " }), mark.isEmpty, summary.isEmpty { return text }
        text += String(repeating: " ", count: nameColumns - DisplayWidth.of(name))
        text += style.paint(rest, .dim)
        if !mark.isEmpty { text += "  " + style.paint(mark, .warning) }
        if !summary.isEmpty { text += "  " + (isSelected ? summary : style.paint(summary, .dim)) }
        return text
    }

    /// The name, with what the query found in it set off.
    private func paint(
        _ name: String, _ isSelected: Bool, isDim: Bool, _ places: Set<Int>, _ style: Style
    ) -> String {
        let role: Style.Role? = isSelected ? .heading : isDim ? .dim : nil
        let plain = { (text: String) in role.map { style.paint(text, $0) } ?? text }
        guard style.isOn, !places.isEmpty else { return plain(name) }
        var text = ""
        var run = ""
        var isFound = false
        for (place, character) in name.enumerated() {
            if places.contains(place) != isFound {
                text += isFound ? style.paint(run, .accent) : plain(run)
                run = ""
                isFound.toggle()
            }
            run.append(character)
        }
        return text + (isFound ? style.paint(run, .accent) : plain(run))
    }

    // MARK: the details

    /// Narrower screens have no room for labels.
    private static let leastLabelledWidth = 30

    private func footerLines(_ rows: Int, _ style: Style) -> [String] {
        let rule = style.paint(String(repeating: "─", count: size.columns), .dim)
        let details = selected?.details ?? []
        let labelWidth = details.reduce(0) { max($0, DisplayWidth.of($1.label)) } + 2
        var lines = [rule]
        for detail in details.prefix(rows - 1) {
            if size.columns < Self.leastLabelledWidth || detail.label.isEmpty {
                lines.append(detail.text.cut(toColumns: size.columns))
            } else {
                let label = style.paint(detail.label.padded(toColumns: labelWidth), .dim)
                lines.append(label + detail.text.cut(toColumns: size.columns - labelWidth))
            }
        }
        return lines + Array(repeating: "", count: rows - lines.count)
    }
}
