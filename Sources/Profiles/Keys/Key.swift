/// One row of the table of keys: what may stand at a place of a file, what it is for, and who may use it.
package struct Key: Hashable, Sendable {
    /// From the top of the file; `*` is a name that the user chooses, `[]` an item of a list.
    package var path: String
    package var value: ValueKind
    /// What editors show beside the key.
    package var summary: String
    package var gate: Gate
    /// Of a map: keys of which at most one may be given.
    var oneOf: [String]
    /// Of a map that inherits nothing: it must have all keys of one of the lists.
    var needs: [[String]]

    /// A key is gated until somebody decides otherwise.
    package init(
        _ path: String, _ value: ValueKind, _ summary: String,
        gate: Gate = .always("uses a setting that was not reviewed"), oneOf: [String] = [],
        needs: [[String]] = []
    ) {
        self.path = path
        self.value = value
        self.summary = summary
        self.gate = gate
        self.oneOf = oneOf
        self.needs = needs
    }
}

/// Which shape a value has.
package enum ValueKind: Hashable, Sendable {
    /// A map with the keys that the table lists below it, and no others.
    case map
    /// A map from names that the user chooses; the table describes the values at `path.*`.
    case named(NameKind)
    /// A list; the table describes the items at `path[]`.
    case list
    case scalar(ScalarKind)
    /// A short form in one word, or a map with the keys below it.
    case scalarOrMap(ScalarKind)
    case scalarOrList(ScalarKind)
}

/// Which names the user may choose.
package enum NameKind: Hashable, Sendable {
    /// Of profiles and groups: what stands on the command line.
    case profile
    /// Of hosts and clouds.
    case resource
    case sshOption
    case drive

    var pattern: String {
        switch self {
        case .profile: "^[a-z0-9][a-z0-9._-]{0,62}$"
        case .resource: "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
        case .sshOption: "^[A-Za-z][A-Za-z0-9]{0,62}$"
        case .drive: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}$"
        }
    }

    /// Whether the name follows the pattern, decided without a regular expression.
    package func admits(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first else { return false }
        let isLower = { (byte: UInt8) in (0x61...0x7A).contains(byte) }
        let isUpper = { (byte: UInt8) in (0x41...0x5A).contains(byte) }
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        let isPunctuation = { (byte: UInt8) in byte == 0x2E || byte == 0x5F || byte == 0x2D }
        switch self {
        case .profile:
            return bytes.count <= 63 && (isLower(first) || isDigit(first))
                && bytes.allSatisfy { isLower($0) || isDigit($0) || isPunctuation($0) }
        case .resource:
            return bytes.count <= 63 && (isLower(first) || isUpper(first) || isDigit(first))
                && bytes.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) || isPunctuation($0) }
        case .sshOption:
            return bytes.count <= 63 && (isLower(first) || isUpper(first))
                && bytes.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) }
        case .drive:
            return bytes.count <= 31 && (isLower(first) || isUpper(first) || isDigit(first) || first == 0x5F)
                && bytes.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) || isPunctuation($0) }
        }
    }
}

/// What a file that is not the user's own needs trust for.
package enum Gate: Hashable, Sendable {
    /// Anybody's file may use it.
    case open
    /// Needs trust whenever it is set (a boolean: when it is true). The words follow "it ".
    case always(String)
    /// Needs trust for an option outside of `SSHOptionPolicy.allowedFromAnybody`.
    case sshOption
    /// Needs trust where the listener would be reachable from other machines, or is no TCP listener.
    case listener
}
