/// What a measurement came to: names and numbers, printed as one line of JSON.
struct Report: Sendable {
    private var members: [(name: String, value: Double)] = []

    mutating func add(_ name: String, _ value: Double) { members.append((name, value)) }

    var line: String {
        "{" + members.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}\n"
    }
}
