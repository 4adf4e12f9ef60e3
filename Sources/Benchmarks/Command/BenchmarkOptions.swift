/// The words of a command line: a subcommand, and `--name value` behind it.
struct BenchmarkOptions: Sendable {
    let subcommand: String
    private var values: [String: [String]] = [:]

    enum Failure: Error, Hashable, Sendable {
        case noSubcommand
        case notAnOption(String)
        case missingValue(String)
        case missing(String)
        case unusable(String, value: String)
    }

    init(_ arguments: [String]) throws(Failure) {
        guard let first = arguments.first else { throw .noSubcommand }
        subcommand = first
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            guard name.hasPrefix("--") else { throw .notAnOption(name) }
            guard let value = rest.popFirst() else { throw .missingValue(name) }
            values[String(name.dropFirst(2)), default: []].append(value)
        }
    }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func text(_ name: String) throws(Failure) -> String {
        guard let value = values[name]?.last else { throw .missing("--\(name)") }
        return value
    }

    func number<Number: FixedWidthInteger>(_ name: String, default standard: Number? = nil)
        throws(Failure) -> Number
    {
        if values[name] == nil, let standard { return standard }
        let text = try text(name)
        guard let number = Number(text), number > 0 else { throw .unusable("--\(name)", value: text) }
        return number
    }
}
