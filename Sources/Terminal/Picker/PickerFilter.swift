/// What was typed into a picker, as words that all must be found. Pure.
///
/// A word is found as it stands in any searched text, in either case, or letter by letter in the name (`dvl` finds
/// `dev-linux`). Better finds come first: the name itself, its beginning, the beginning of one of its parts,
/// elsewhere in the name, elsewhere at all, letter by letter. Items that are found equally well keep their order.
struct PickerFilter {
    private let words: [[UInt8]]

    init(_ query: String) {
        words = query.lowercased().split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
    }

    /// The numbers of the items that are found, best first.
    ///
    /// - Parameter numbers: of the items to look at, in their order; nil for all.
    func matches(in items: [PickerItem], among numbers: [Int]? = nil) -> [Int] {
        guard !words.isEmpty else { return Array(items.indices) }
        var byRank: [[Int]] = []
        for number in numbers ?? Array(items.indices) {
            guard let rank = rank(of: items[number]) else { continue }
            while byRank.count <= rank { byRank.append([]) }
            byRank[rank].append(number)
        }
        return byRank.flatMap { $0 }
    }

    /// How far from perfect a find is; nil where it is none.
    private func rank(of item: PickerItem) -> Int? {
        var sum = 0
        for word in words {
            guard let rank = Self.rank(of: word, in: item) else { return nil }
            sum += rank
        }
        return sum
    }

    private static func rank(of word: [UInt8], in item: PickerItem) -> Int? {
        let all = item.searched
        let name = item.searchedName
        if let place = find(word, in: all, name) {
            if place == 0 { return word.count == name.count ? 0 : 1 }
            if isBoundary(all[place - 1]) { return 2 }
            // A later one may begin a part of the name.
            var next = place + 1
            while let later = find(word, in: all, next..<name.upperBound) {
                if isBoundary(all[later - 1]) { return 2 }
                next = later + 1
            }
            return 3
        }
        if find(word, in: all, name.upperBound..<all.count) != nil { return 4 }
        return letters(of: word, in: all, name) == nil ? nil : 5
    }

    private static func isBoundary(_ byte: UInt8) -> Bool { byte == 0x2D || byte == 0x2E || byte == 0x5F }

    /// Where the word begins within the range.
    private static func find(_ word: [UInt8], in text: [UInt8], _ range: Range<Int>) -> Int? {
        guard let first = word.first, range.count >= word.count else { return nil }
        return text.withUnsafeBufferPointer { text in
            word.withUnsafeBufferPointer { word in
                var start = range.lowerBound
                let last = range.upperBound - word.count
                while start <= last {
                    if text[start] == first {
                        var matched = 1
                        while matched < word.count, text[start + matched] == word[matched] { matched += 1 }
                        if matched == word.count { return start }
                    }
                    start += 1
                }
                return nil
            }
        }
    }

    /// Where the letters of the word stand, one after the other; nil unless all are there.
    private static func letters(of word: [UInt8], in text: [UInt8], _ range: Range<Int>) -> [Int]? {
        var places: [Int] = []
        var next = range.lowerBound
        for letter in word {
            while next < range.upperBound, text[next] != letter { next += 1 }
            guard next < range.upperBound else { return nil }
            places.append(next)
            next += 1
        }
        return places
    }

    /// Which letters of the item's name the words were found at; none where the name is not plain ASCII.
    func highlights(in item: PickerItem) -> Set<Int> {
        guard item.name.utf8.count == item.searchedName.count, item.name.utf8.allSatisfy({ $0 < 0x80 }) else {
            return []
        }
        var places: Set<Int> = []
        for word in words {
            if let start = Self.find(word, in: item.searched, item.searchedName) {
                places.formUnion(start..<start + word.count)
            } else if Self.find(word, in: item.searched, item.searchedName.upperBound..<item.searched.count)
                == nil
            {
                places.formUnion(Self.letters(of: word, in: item.searched, item.searchedName) ?? [])
            }
        }
        return places
    }
}
