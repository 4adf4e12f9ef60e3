package import Diagnostics

/// Values by themselves, before they stand in a file: for whoever writes files.
extension KeyTree {
    /// What describes the value at a path below this one; a name that the user chooses, or `[]`, stands for itself.
    package func below(_ path: some Sequence<String>) -> KeyTree? {
        var tree = self
        for name in path {
            guard let child = tree.child(name) ?? tree.anyName else { return nil }
            tree = child
        }
        return tree
    }

    /// What describes one profile.
    package static var profile: KeyTree? { profiles.below(["profiles", "*"]) }
    /// What describes one bastion host.
    package static var host: KeyTree? { profiles.below(["hosts", "*"]) }

    /// What is wrong with a quoted text as this value, without a place; nil where it is fine.
    package func fault(in text: String) -> Diagnostic? {
        let kind: ScalarKind
        switch key.value {
        case .scalar(let scalar), .scalarOrMap(let scalar), .scalarOrList(let scalar): kind = scalar
        case .map, .named, .list: return nil
        }
        let place = SourceLocation(file: "", line: 1, column: 1)
        var fault: Diagnostic?
        if SecretKeys.holdsKey(Array(text.utf8)[...]) {
            fault = Diagnostic(
                "profile.secret-in-file", "a private key stands in '\(key.shownPath)'",
                remedy: "name its file instead")
        } else {
            fault = kind.fault(in: text, isPlain: kind.isTyped, key: key)?.diagnostic(at: place)
        }
        fault?.location = nil
        return fault
    }

    /// Whether `${user}` and the like in this value are replaced.
    package var takesPlaceholders: Bool {
        switch key.value {
        case .scalar(let kind), .scalarOrMap(let kind), .scalarOrList(let kind): kind.interpolation != .none
        case .map, .named, .list: false
        }
    }
}

extension KeyTree {
    /// Whether a key that the format does not know names a secret: `password`, `clientSecret`.
    package static func isSecret(_ key: String) -> Bool { SecretKeys.isSecret(key) }
}
