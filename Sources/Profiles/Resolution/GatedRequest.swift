package import Diagnostics

/// Something that a file which is not the user's own may do only when the user trusts it.
package struct GatedRequest: Hashable, Sendable {
    /// From the top of the file: `profiles.win.rdp.clipboard`, `clouds.lab.authority`.
    package var keyPath: String
    /// What granting it means, in plain words: "shares your clipboard with the target".
    package var sentence: String
    /// The value as written, before placeholders are replaced.
    package var value: String
    /// Where the value stands; the file is the one that needs the trust.
    package var location: SourceLocation

    package init(keyPath: String, sentence: String, value: String, location: SourceLocation) {
        self.keyPath = keyPath
        self.sentence = sentence
        self.value = value
        self.location = location
    }
}

/// Finds the gated requests of settings.
struct GateCheck {
    /// Where a definition stands in its file: `profiles.win`. Nil leaves out a setting whose origin needs no trust.
    let pathOfDefinition: (Int?) -> String?
    private(set) var requests: [GatedRequest] = []

    init(pathOfDefinition: @escaping (Int?) -> String?) { self.pathOfDefinition = pathOfDefinition }

    /// - Parameter path: of the setting below its definition, beginning with a dot, or empty.
    mutating func check(_ setting: Setting, _ tree: KeyTree, path: String = "") {
        switch setting.value {
        case .null:
            break
        case .text(let text, _):
            checkText(text, setting, tree, path)
        case .list(let items):
            if case .always(let sentence) = tree.key.gate {
                add(sentence, items.compactMap(\.text), setting, path)
            }
            for (index, item) in items.enumerated() {
                check(item, tree.item ?? tree, path: "\(path)[\(index)]")
            }
        case .map(let map):
            for entry in map.entries {
                guard let child = tree.child(entry.key) ?? tree.anyName else { continue }
                check(entry.setting, child, path: "\(path).\(entry.key)")
            }
        }
    }

    private mutating func checkText(_ text: String, _ setting: Setting, _ tree: KeyTree, _ path: String) {
        switch tree.key.gate {
        case .open:
            break
        case .always(let sentence):
            if tree.key.value != .scalar(.boolean) || PlainText.boolean(text) == true {
                add(sentence, [text], setting, path)
            }
        case .sshOption:
            let option = path.split(separator: ".").last.map { $0.prefix { $0 != "[" } } ?? ""
            if !SSHOptionPolicy.isAllowedFromAnybody(String(option)) {
                add("sets the ssh option \(option)", [text], setting, path)
            }
        case .listener:
            if !Self.isLocalListener(text, tree.key.value) {
                add("listens where other machines may connect, or on a socket", [text], setting, path)
            }
        }
        guard case .scalar(let kind) = tree.key.value.scalarPart, kind.interpolation != .none else { return }
        for name in Placeholders.variables(in: text) where !Placeholders.openVariables.contains(name) {
            add("reads the environment variable \(name)", [text], setting, path)
        }
    }

    private mutating func add(_ sentence: String, _ values: [String], _ setting: Setting, _ path: String) {
        guard let location = setting.location, let definition = pathOfDefinition(setting.origin) else {
            return
        }
        requests.append(
            GatedRequest(
                keyPath: definition + path, sentence: sentence, value: values.joined(separator: " "),
                location: location))
    }

    /// Whether a listener is a TCP port that only this machine reaches; text that is computed never is.
    private static func isLocalListener(_ text: String, _ kind: ValueKind) -> Bool {
        guard !Placeholders.changes(text) else { return false }
        switch kind {
        case .scalarOrMap(.portMapping):
            return ListenerText.isLoopback(ListenerText(text, tail: 2)?.address)
        case .scalar(.bindAddress):
            return ListenerText.isLoopback(text)
        case .scalar(.forward):
            guard !text.contains("/"), let listener = ListenerText(text, tail: 3) else { return false }
            return ListenerText.isLoopback(listener.address)
        case .scalar(.socks):
            return ListenerText(text, tail: 1).map { ListenerText.isLoopback($0.address) } ?? false
        default:
            return false
        }
    }
}

extension ValueKind {
    /// The value's one-word form, if it has one.
    var scalarPart: ValueKind {
        switch self {
        case .scalarOrMap(let kind), .scalarOrList(let kind): .scalar(kind)
        default: self
        }
    }
}

extension ProfileFile {
    /// Every gated request of the file, in the order of its sections: what trusting it would grant.
    package var gatedRequests: [GatedRequest] {
        Section.allCases.flatMap { section in
            guard let tree = KeyTree.profiles.child(section.rawValue)?.anyName else {
                return [GatedRequest]()
            }
            return entries(section).flatMap { entry in
                var check = GateCheck { _ in "\(section.rawValue).\(entry.name)" }
                check.check(Setting(entry.value, from: 0), tree)
                return check.requests
            }
        }
    }
}
