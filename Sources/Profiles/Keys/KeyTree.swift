/// The table of keys as a tree, so that a file is checked in one walk.
package final class KeyTree: Sendable {
    package let key: Key
    /// In the order of the table.
    package let children: [KeyTree]
    /// The last part of the path.
    package let name: String

    /// Whether a value here or below is the path of a file.
    let holdsPaths: Bool

    private init(_ key: Key, name: String, children: [KeyTree]) {
        (self.key, self.name, self.children) = (key, name, children)
        holdsPaths = key.value.scalarPart == .scalar(.path) || children.contains(where: \.holdsPaths)
    }

    /// Compares with one name after the other: of so few, hashing would take longer.
    package func child(_ name: String) -> KeyTree? { children.first { $0.name == name } }
    /// What describes the values of a map with chosen names.
    package var anyName: KeyTree? { child("*") }
    package var item: KeyTree? { child("[]") }

    /// The names of the keys that may stand here.
    var keyNames: [String] { children.map(\.name).filter { $0 != "*" && $0 != "[]" } }

    /// Builds the tree of the rows, with a nameless map as its top.
    static func build(_ rows: [Key], summary: String, needs: [[String]] = []) -> KeyTree {
        var below: [String: [(name: String, key: Key)]] = [:]
        for row in rows {
            let (parent, name) = split(row.path)
            below[parent, default: []].append((name, row))
        }
        func node(_ name: String, _ key: Key) -> KeyTree {
            KeyTree(key, name: name, children: (below[key.path] ?? []).map(node))
        }
        return node("", Key("", .map, summary, gate: .open, needs: needs))
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        if path.hasSuffix("[]") { return (String(path.dropLast(2)), "[]") }
        guard let dot = path.lastIndex(of: ".") else { return ("", path) }
        return (String(path[..<dot]), String(path[path.index(after: dot)...]))
    }
}

extension KeyTree {
    /// The tree of `profiles/*.yaml`.
    package static let profiles = build(
        KeyTable.profileFile, summary: "Profiles for bastion-up: named sessions through Azure Bastion",
        needs: [["version"]])
    /// The tree of `config.yaml`.
    package static let configuration = build(
        KeyTable.configurationFile, summary: "The user's own defaults for bastion-up")
}
