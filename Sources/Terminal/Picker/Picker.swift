package import Posix

/// A list to pick one item from, filtered by what is typed: keys in, state out. Pure; `frame` draws it.
package struct Picker: Sendable {
    package enum Outcome: Hashable, Sendable {
        /// The number of the item.
        case picked(Int)
        case left
        /// Enter, before there are any items: to be pressed again when they are there.
        case tooEarly
    }

    /// Nil until they are known.
    package private(set) var items: [PickerItem]?
    package private(set) var query = ""
    /// The numbers of the items that the query finds, best first.
    package private(set) var matches: [Int] = []
    /// Which of `matches` is selected.
    package private(set) var selection = 0
    /// Which of `matches` stands in the first line of the list.
    package private(set) var top = 0
    /// In place of the counts, until the next key: why nothing happened.
    package private(set) var message: String?
    /// Said while nothing else is: that some items are missing.
    package private(set) var notice: String?
    package private(set) var size: RawTerminal.Size
    /// The most details that an item has.
    private(set) var detailCount = 0
    /// Columns that the widest name and the widest place take.
    private(set) var nameWidth = 0
    private(set) var placeWidth = 0

    package init(size: RawTerminal.Size) { self.size = size }

    /// Lays the items out. What was typed before counts.
    package mutating func fill(with items: [PickerItem], notice: String? = nil) {
        self.items = items
        self.notice = notice
        detailCount = items.reduce(0) { max($0, $1.details.count) }
        nameWidth = items.reduce(0) { max($0, DisplayWidth.of($1.name)) }
        placeWidth = items.reduce(0) { max($0, DisplayWidth.of($1.place)) }
        filter()
    }

    package mutating func resize(to size: RawTerminal.Size) {
        self.size = size
        keepSelectionInSight()
    }

    /// The item that Enter picks.
    package var selected: PickerItem? {
        guard let items, matches.indices.contains(selection) else { return nil }
        return items[matches[selection]]
    }

    /// Takes a key.
    /// - Returns: nil while the picking goes on.
    package mutating func press(_ key: Key) -> Outcome? {
        message = nil
        switch key {
        case .enter: return pick()
        case .escape, .control("c"), .control("d"), .control("g"): return .left
        case .up, .control("p"), .control("k"): move(by: -1)
        case .down, .control("n"), .control("j"): move(by: 1)
        case .pageUp: move(by: -max(1, layout.listRows))
        case .pageDown: move(by: max(1, layout.listRows))
        case .home: move(by: -matches.count)
        case .end: move(by: matches.count)
        default: edit(key)
        }
        return nil
    }

    private mutating func pick() -> Outcome? {
        guard items != nil else { return .tooEarly }
        guard let selected else { return nil }
        if let refusal = selected.refusal {
            message = refusal
            return nil
        }
        return .picked(matches[selection])
    }

    private mutating func move(by distance: Int) {
        selection = min(max(0, selection + distance), max(0, matches.count - 1))
        keepSelectionInSight()
    }

    private mutating func keepSelectionInSight() {
        let rows = max(1, layout.listRows)
        top = min(top, selection, max(0, matches.count - rows))
        top = max(top, selection - rows + 1)
    }
}

// MARK: - The query

extension Picker {
    /// More is not taken: nothing has names that long.
    private static let queryLimit = 1000

    private mutating func edit(_ key: Key) {
        let before = query
        switch key {
        case .character(let scalar):
            if query.unicodeScalars.count < Self.queryLimit { query.unicodeScalars.append(scalar) }
        case .backspace: _ = query.popLast()
        case .control("u"): query = ""
        case .control("w"), .deleteWord: deleteWord()
        default: return
        }
        guard query != before else { return }
        // What a longer query finds, its beginning found as well. (Outside ASCII a letter may change the case of the
        // one before it.)
        let isLonger = query.hasPrefix(before) && query.utf8.allSatisfy { $0 < 0x80 }
        filter(among: isLonger ? matches.sorted() : nil)
    }

    private mutating func deleteWord() {
        while query.last?.isWhitespace == true { query.removeLast() }
        while query.last?.isWhitespace == false { query.removeLast() }
    }

    private mutating func filter(among numbers: [Int]? = nil) {
        guard let items else { return }
        matches = PickerFilter(query).matches(in: items, among: numbers)
        selection = 0
        top = 0
    }
}
