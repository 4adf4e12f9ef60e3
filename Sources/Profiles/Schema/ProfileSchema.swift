internal import Diagnostics

/// The JSON Schema (draft-07) of profile files, made from the table of keys.
///
/// It says what a schema can say: shapes, closed maps, forms of values. What needs other entries or the text as
/// written (references, cycles, `0x16`, secrets in values) only the decoder knows.
package enum ProfileSchema {
    /// The text of `schemas/profiles.schema.json`.
    package static var json: String {
        var top: [(key: String, value: JSON)] = [
            ("$schema", "http://json-schema.org/draft-07/schema#"),
            ("title", "bastion-up profiles"),
        ]
        if case .object(let members) = schema(of: .profiles, isNullable: false) {
            top += members.map { ($0.name, $0.value) }
        }
        return JSON.map(top).indented(hasShortLists: true) + "\n"
    }

    private static func schema(of tree: KeyTree, isNullable: Bool) -> JSON {
        var pairs: [(key: String, value: JSON)] = []
        switch tree.key.value {
        case .map: pairs = map(tree, isNullable: isNullable)
        case .named(let names): pairs = named(tree, names)
        case .list: pairs = list(tree, isNullable: isNullable)
        case .scalar(let kind): pairs = optional(kind.schema, isNullable)
        case .scalarOrMap(let kind):
            var choices = [JSON.map(kind.schema), .map(map(tree, isNullable: false))]
            if isNullable { choices.append(["type": "null"]) }
            pairs = [("anyOf", .list(choices))]
        case .scalarOrList(let kind):
            let list: JSON = ["type": "array", "items": .map(kind.schema)]
            pairs = [("anyOf", .list([.map(kind.schema), list, ["type": "null"]]))]
        }
        return .map([("description", .text(tree.key.summary))] + pairs)
    }

    /// A value that may also be null, which removes an inherited one.
    private static func optional(_ schema: [(key: String, value: JSON)], _ isNullable: Bool)
        -> [(key: String, value: JSON)]
    {
        guard isNullable else { return schema }
        if schema.count == 1, case .text(let type)? = schema.first?.value, schema.first?.key == "type" {
            return [("type", .list([.text(type), "null"]))]
        }
        return [("anyOf", .list([.map(schema), ["type": "null"]]))]
    }

    private static func map(_ tree: KeyTree, isNullable: Bool) -> [(key: String, value: JSON)] {
        var pairs: [(key: String, value: JSON)] = [
            ("type", isNullable ? .list(["object", "null"]) : "object")
        ]
        let children = tree.children.filter { $0.name != "*" && $0.name != "[]" }
        let properties = children.map { child in
            let isVersion = child.key.value == .scalar(.formatVersion)
            return (key: child.name, value: schema(of: child, isNullable: !isVersion))
        }
        pairs.append(("properties", .map(properties)))
        pairs.append(("additionalProperties", .boolean(false)))
        if !tree.key.needs.isEmpty {
            let lists = tree.key.needs.map { JSON.list($0.map(JSON.text)) }
            if lists.count == 1, let list = lists.first {
                pairs.append(("required", list))
            } else {
                pairs.append(("anyOf", .list(lists.map { ["required": $0] })))
            }
        }
        if !tree.key.oneOf.isEmpty {
            pairs.append(("not", ["anyOf": .list(exclusions(tree.key.oneOf))]))
        }
        return pairs
    }

    /// Each pair of keys that may not both have a value.
    private static func exclusions(_ words: [String]) -> [JSON] {
        let value: JSON = ["not": ["type": "null"]]
        var result: [JSON] = []
        for (index, one) in words.enumerated() {
            for other in words[(index + 1)...] {
                let properties = JSON.map([(one, value), (other, value)])
                let both = JSON.list([.text(one), .text(other)])
                result.append(.map([("type", "object"), ("required", both), ("properties", properties)]))
            }
        }
        return result
    }

    private static func named(_ tree: KeyTree, _ names: NameKind) -> [(key: String, value: JSON)] {
        var nameSchema: [(key: String, value: JSON)] = [("pattern", .text(names.pattern))]
        if names == .sshOption {
            let words = SSHOptionPolicy.reserved.map(anyCase).joined(separator: "|")
            nameSchema.append(("not", ["pattern": .text("^(\(words))$")]))
        }
        let isEntry = Section(rawValue: tree.key.path) != nil
        var pairs: [(key: String, value: JSON)] = [
            ("type", .list(["object", "null"])), ("propertyNames", .map(nameSchema)),
        ]
        if let child = tree.anyName {
            pairs.append(("additionalProperties", schema(of: child, isNullable: !isEntry)))
        }
        return pairs
    }

    private static func list(_ tree: KeyTree, isNullable: Bool) -> [(key: String, value: JSON)] {
        var pairs: [(key: String, value: JSON)] = [
            ("type", isNullable ? .list(["array", "null"]) : "array")
        ]
        if let item = tree.item { pairs.append(("items", schema(of: item, isNullable: false))) }
        if tree.key.path == "profiles.*.client.command" { pairs.append(("minItems", .integer(1))) }
        return pairs
    }

    /// A pattern for a word in any mixture of cases: schemas have no flag for that.
    static func anyCase(_ word: String) -> String {
        word.unicodeScalars.map { scalar in
            let text = String(scalar)
            guard scalar.properties.isAlphabetic else { return text == "." ? "\\." : text }
            return "[\(text.uppercased())\(text.lowercased())]"
        }.joined()
    }
}

extension JSON {
    static func map(_ pairs: [(key: String, value: JSON)]) -> JSON {
        .object(pairs.map { Member(name: $0.key, value: $0.value) })
    }
}
