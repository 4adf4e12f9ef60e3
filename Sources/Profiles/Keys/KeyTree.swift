/// The table of keys as a tree, so that a file is checked in one walk.
package final class KeyTree: Sendable {
    package let key: Key
    /// In the order of the table.
    package let children: [KeyTree]
    private let childrenByName: [String: KeyTree]

    private init(_ key: Key, children: [KeyTree]) {
        self.key = key
        self.children = children
        childrenByName = Dictionary(children.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The last part of the path.
    package var name: String {
        if key.path.hasSuffix("[]") { return "[]" }
        return String(key.path.split(separator: ".").last ?? "")
    }

    package func child(_ name: String) -> KeyTree? { childrenByName[name] }
    /// What describes the values of a map with chosen names.
    package var anyName: KeyTree? { childrenByName["*"] }
    package var item: KeyTree? { childrenByName["[]"] }

    /// The names of the keys that may stand here.
    var keyNames: [String] { children.map(\.name).filter { $0 != "*" && $0 != "[]" } }

    /// Builds the tree of the rows, with a nameless map as its top.
    static func build(_ rows: [Key], summary: String, needs: [[String]] = []) -> KeyTree {
        var below: [String: [Key]] = [:]
        for row in rows { below[parent(of: row.path), default: []].append(row) }
        func node(_ key: Key) -> KeyTree {
            KeyTree(key, children: (below[key.path] ?? []).map(node))
        }
        return node(Key("", .map, summary, gate: .open, needs: needs))
    }

    private static func parent(of path: String) -> String {
        if path.hasSuffix("[]") { return String(path.dropLast(2)) }
        guard let dot = path.lastIndex(of: ".") else { return "" }
        return String(path[..<dot])
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
