internal import Diagnostics
internal import YAML

/// Takes values out of one map of the configuration file, and notices what nobody asked for.
final class MapReader {
    private let node: YAMLNode
    private let name: String
    private let isMap: Bool
    private var known: [String] = []
    private(set) var problems = Problems()

    /// - Parameter name: what the map is called in messages, such as `host`.
    init(_ node: YAMLNode, _ name: String) {
        self.node = node
        self.name = name
        isMap = node.kind == .mapping
        if !isMap { report("emulator.wrong-type", "\(name) is not a map", at: node) }
    }

    func report(_ code: String, _ message: String, remedy: String = "", at node: YAMLNode? = nil) {
        problems.add(Diagnostic(code, message, remedy: remedy, at: (node ?? self.node).location))
    }

    func add(_ others: Problems) { problems.add(others) }

    /// The value of a key; nil where it is missing or null.
    func value(_ key: String) -> YAMLNode? {
        known.append(key)
        guard isMap, let value = node[key], !value.isNull else { return nil }
        return value
    }

    /// Reads a scalar by a function that says nil to what it cannot read.
    func read<Value>(_ key: String, _ expected: String, _ body: (String) -> Value?) -> Value? {
        guard let value = value(key) else { return nil }
        return convert(value, key, expected, body)
    }

    func require<Value>(_ key: String, _ expected: String, _ body: (String) -> Value?) -> Value? {
        guard let value = required(key) else { return nil }
        return convert(value, key, expected, body)
    }

    func required(_ key: String) -> YAMLNode? {
        if let value = value(key) { return value }
        if isMap {
            report("emulator.missing-key", "\(name) has no '\(key)'", remedy: "add '\(key)' to the \(name)")
        }
        return nil
    }

    func convert<Value>(_ node: YAMLNode, _ key: String, _ expected: String, _ body: (String) -> Value?)
        -> Value?
    {
        if node.kind == .scalar, let value = body(node.text) { return value }
        report("emulator.invalid-value", "'\(key)' of the \(name) is not \(expected)", at: node)
        return nil
    }

    func text(_ key: String) -> String? { read(key, "text") { $0.isEmpty ? nil : $0 } }

    func boolean(_ key: String) -> Bool? {
        read(key, "true or false") { $0 == "true" ? true : $0 == "false" ? false : nil }
    }

    func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        read(key, "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Self.number(text, range)
        }
    }

    func duration(_ key: String) -> Duration? {
        read(key, "a duration such as 500ms, 30s or 5m", Self.duration)
    }

    func choice<Value: RawRepresentable & CaseIterable>(_ key: String, _ type: Value.Type) -> Value?
    where Value.RawValue == String {
        let words = type.allCases.map(\.rawValue).joined(separator: ", ")
        return read(key, "one of \(words)") { Value(rawValue: $0) }
    }

    /// The items of a list, each read by the function, which reports its own problems.
    func list<Item>(_ key: String, _ body: (YAMLNode) -> Item?) -> [Item]? {
        guard let value = value(key) else { return nil }
        guard value.kind == .sequence else {
            report("emulator.wrong-type", "'\(key)' of the \(name) is not a list", at: value)
            return nil
        }
        return value.elements.compactMap(body)
    }

    /// The problems, with one for each key that was not asked for.
    func finish() -> Problems {
        guard isMap else { return problems }
        for (key, _) in node.pairs where !known.contains(key.text) {
            let near = Suggestion.nearest(to: key.text, among: known)
            report(
                "emulator.unknown-key", "the \(name) has no key '\(key.text)'",
                remedy: near.map { "did you mean '\($0)'?" }
                    ?? "known keys: \(known.joined(separator: ", "))",
                at: key)
        }
        return problems
    }

    static func number(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text), range.contains(number)
        else { return nil }
        return number
    }

    private static func duration(_ text: String) -> Duration? {
        let units: [(String, Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
        ]
        for (suffix, unit) in units where text.hasSuffix(suffix) {
            return number(String(text.dropLast(suffix.count)), 0...1_000_000).map { unit * $0 }
        }
        return nil
    }
}
