/// Finds the known word that a mistyped one was meant to be.
package enum Suggestion {
    /// The candidate nearest to the word, if it is near enough to be worth a "did you mean".
    ///
    /// Nearness is the Damerau-Levenshtein distance over lower-cased text, at most a third of the longer word
    /// (and at least 1). Words over 64 characters are not compared.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased().unicodeScalars)
        guard !typed.isEmpty, typed.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let known = Array(candidate.lowercased().unicodeScalars)
            guard known.count <= 64 else { continue }
            let limit = max(1, max(typed.count, known.count) / 3)
            guard abs(known.count - typed.count) <= limit else { continue }
            let distance = distance(typed, known)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in 1...max(1, first.count) where row <= first.count {
            var current = [row]
            for column in 1...max(1, second.count) where column <= second.count {
                let cost = first[row - 1] == second[column - 1] ? 0 : 1
                var value = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                if row > 1, column > 1, first[row - 1] == second[column - 2],
                    first[row - 2] == second[column - 1]
                {
                    value = min(value, beforeLast[column - 2] + 1)
                }
                current.append(value)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
