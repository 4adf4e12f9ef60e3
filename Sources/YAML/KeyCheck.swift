internal import Diagnostics

/// Checks the keys of one mapping: text, each once, no merge key.
struct KeyCheck {
    var records: [NodeRecord]
    var text: [UInt8]
    var file: String
    /// How many problems are worth reporting.
    var limit: Int

    /// Mappings up to this size are compared pair by pair, which needs no memory.
    private static let smallMapping = 12

    func check(mappingAt mapping: Int) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        let isSmall = records[mapping].first / 2 <= Self.smallMapping
        var smallKeys: [Int] = []
        var keys: [String: Int] = [:]
        var index = mapping + 1
        while index < records[mapping].second, problems.count < limit {
            let key = resolved(index)
            let value = records[index].endIndex(at: index)
            guard records[key].isScalar else {
                problems.append(complexKey(at: index))
                index = records[value].endIndex(at: value)
                continue
            }
            if isMergeKey(key) { problems.append(mergeKey(at: index)) }
            if isSmall {
                if let first = smallKeys.first(where: { isEqual(resolved($0), key) }) {
                    problems.append(duplicate(at: index, of: first))
                } else {
                    smallKeys.append(index)
                }
            } else {
                let first = keys[string(key), default: index]
                if first == index {
                    keys[string(key)] = index
                } else {
                    problems.append(duplicate(at: index, of: first))
                }
            }
            index = records[value].endIndex(at: value)
        }
        return problems
    }

    private func resolved(_ index: Int) -> Int {
        records[index].shape == .alias ? Int(records[index].first) : index
    }

    private func bytes(_ index: Int) -> ArraySlice<UInt8> {
        let start = Int(records[index].first)
        return text[start..<start + Int(records[index].second)]
    }

    private func string(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

    private func isEqual(_ one: Int, _ other: Int) -> Bool {
        records[one].second == records[other].second && bytes(one).elementsEqual(bytes(other))
    }

    private func isMergeKey(_ index: Int) -> Bool {
        records[index].shape == .plain && records[index].second == 2
            && bytes(index).elementsEqual([0x3C, 0x3C])
    }

    private func location(_ index: Int) -> SourceLocation {
        SourceLocation(file: file, line: Int(records[index].line), column: Int(records[index].column))
    }

    private func duplicate(at index: Int, of first: Int) -> Diagnostic {
        let place = location(first)
        return Diagnostic(
            "yaml.duplicate-key",
            "the key '\(string(resolved(index)))' stands here and at line \(place.line), column \(place.column)",
            remedy: "remove one of the two", at: location(index))
    }

    private func mergeKey(at index: Int) -> Diagnostic {
        Diagnostic(
            "yaml.merge-key", "the merge key '<<' is not supported", remedy: "use 'extends' instead",
            at: location(index))
    }

    private func complexKey(at index: Int) -> Diagnostic {
        Diagnostic(
            "yaml.complex-key", "a list or a map is used as a key", remedy: "quote the key if it is text",
            at: location(index))
    }
}
