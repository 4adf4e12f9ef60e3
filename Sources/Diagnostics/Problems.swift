/// Every problem that was found, in the order it was found; an error where one of them is.
package struct Problems: Error, Hashable, Sendable {
    package private(set) var all: [Diagnostic] = []

    package init() {}
    package init(_ diagnostics: [Diagnostic]) { all = diagnostics }
    package init(_ diagnostic: Diagnostic) { all = [diagnostic] }

    package var errors: [Diagnostic] { all.filter { $0.severity == .error } }
    package var warnings: [Diagnostic] { all.filter { $0.severity == .warning } }
    package var isEmpty: Bool { all.isEmpty }
    package var hasErrors: Bool { all.contains { $0.severity == .error } }
    /// That of the first error; success where there are only warnings.
    package var exit: ExitStatus { errors.first?.exit ?? .success }

    package mutating func add(_ diagnostic: Diagnostic) { all.append(diagnostic) }
    package mutating func add(_ others: Problems) { all += others.all }

    /// The value, or nil with its failure kept here, so that the next value is looked at all the same.
    package mutating func collect<Value>(_ body: () throws(Diagnostic) -> Value) -> Value? {
        do { return try body() } catch {
            add(error)
            return nil
        }
    }

    /// The value, or nil with all its failures kept here.
    package mutating func collect<Value>(_ body: () throws(Problems) -> Value) -> Value? {
        do { return try body() } catch {
            add(error)
            return nil
        }
    }

    /// - Throws: itself, warnings included, if one of the problems is an error.
    package func throwIfAny() throws(Problems) {
        if hasErrors { throw self }
    }
}
