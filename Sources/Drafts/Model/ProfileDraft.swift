/// A profile that is being written: its name, and key paths with values, each path once.
package struct ProfileDraft: Hashable, Sendable {
    package var name: String
    package private(set) var settings: [DraftSetting] = []
    /// What is still to be filled in. A draft with a gap is written as a template: valid, and not to be connected to.
    package var gaps: [Gap] = []

    /// A key that nobody could tell the value of.
    package struct Gap: Hashable, Sendable {
        /// The line to be written, without `#`: `host: NAME`.
        package var line: String
        /// What belongs there: "the bastion host, a name under 'hosts'".
        package var meaning: String

        package init(line: String, meaning: String) { (self.line, self.meaning) = (line, meaning) }
    }

    package init(name: String) { self.name = name }

    package var isTemplate: Bool { !gaps.isEmpty }

    package subscript(_ path: String) -> DraftValue? { self[Self.parts(path)] }

    package subscript(_ path: [String]) -> DraftValue? { settings.first { $0.path == path }?.value }

    /// Sets the value of a key below the profile, in place of an earlier one.
    /// - Parameter path: with dots: `auth.username`.
    package mutating func set(_ path: String, _ value: DraftValue, comment: [String] = []) {
        set(Self.parts(path), value, comment: comment)
    }

    package mutating func set(_ path: [String], _ value: DraftValue, comment: [String] = []) {
        if let index = settings.firstIndex(where: { $0.path == path }) {
            settings[index].value = value
        } else {
            settings.append(DraftSetting(path, value, comment: comment))
        }
    }

    /// Adds to the list at a key.
    package mutating func append(_ path: String, _ value: DraftValue) {
        var list: [DraftValue] = []
        if case .list(let items)? = self[path] { list = items }
        set(path, .list(list + [value]))
    }

    package mutating func remove(_ path: String) {
        let parts = Self.parts(path)
        settings.removeAll { $0.path == parts }
    }

    static func parts(_ path: String) -> [String] { path.split(separator: ".").map(String.init) }
}
