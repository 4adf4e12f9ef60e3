internal import Diagnostics

/// Replaces placeholders, makes paths absolute, and checks what came of it.
struct Interpolator {
    let context: ResolutionContext
    /// The folder of the file that a setting comes from.
    let directory: (Int?) -> String
    private let hasPlaceholders: Bool
    private(set) var problems: [Diagnostic] = []

    /// - Parameter hasPlaceholders: whether there may be any; where not, paths alone are looked at.
    init(
        context: ResolutionContext, hasPlaceholders: Bool = true, directory: @escaping (Int?) -> String
    ) {
        (self.context, self.hasPlaceholders, self.directory) = (context, hasPlaceholders, directory)
    }

    mutating func apply(to setting: inout Setting, _ tree: KeyTree) {
        switch setting.value {
        case .null:
            break
        case .text(let text, let isPlain):
            guard case .scalar(let kind) = tree.key.value.scalarPart else { return }
            if let changed = replaced(text, kind, setting, tree) {
                setting.value = .text(changed, isPlain: isPlain && changed == text)
            }
        // What is changed must not be held twice, or all of it is copied.
        case .list(var items):
            setting.value = .null
            for index in items.indices { apply(to: &items[index], tree.item ?? tree) }
            setting.value = .list(items)
        case .map(var map):
            setting.value = .null
            apply(to: &map, tree)
            setting.value = .map(map)
        }
    }

    mutating func apply(to map: inout SettingMap, _ tree: KeyTree) {
        map.updateEach { key, setting in
            guard let child = tree.child(key) ?? tree.anyName, hasPlaceholders || child.holdsPaths else {
                return
            }
            apply(to: &setting, child)
        }
    }

    /// The text to use in place of the written one; nil where it stays.
    private mutating func replaced(_ text: String, _ kind: ScalarKind, _ setting: Setting, _ tree: KeyTree)
        -> String?
    {
        var result = text
        if kind.interpolation != .none, text.utf8.contains(0x24) {
            switch Placeholders.replace(in: text, user: context.user, environment: context.environment) {
            case .success(let value): result = value
            case .failure(let unset):
                problems.append(
                    Diagnostic(
                        "profile.unset-variable", "the environment variable '\(unset.variable)' is not set",
                        remedy: "set it, or write ${env:\(unset.variable):-default}", at: setting.location))
                return nil
            }
            if result != text, let place = setting.location,
                let fault = kind.formFaultAfterReplacing(result, key: tree.key)
            {
                problems.append(fault.diagnostic(at: place))
            }
        }
        if kind == .path, !(tree.key.path.hasSuffix("auth.key") && result == "keyring") {
            result = context.absolute(result, in: directory(setting.origin))
        }
        return result == text ? nil : result
    }
}

extension ScalarKind {
    /// Checks text whose placeholders were replaced: what came in may hold anything.
    fileprivate func formFaultAfterReplacing(_ text: String, key: Key) -> ScalarFault? {
        let allowsLines = self == .prose || self == .remoteCommand
        if text.utf8.contains(where: { $0 == 0 || !allowsLines && ($0 < 0x20 || $0 == 0x7F) }) {
            return ScalarFault(
                "profile.control-character",
                "'\(key.shownPath)' holds a control character after its placeholders were replaced",
                "look at the environment variables that it reads")
        }
        if text.isEmpty, !allowsLines {
            return ScalarFault(
                "profile.empty-value", "'\(key.shownPath)' is empty after its placeholders were replaced",
                "write ${env:NAME:-default}")
        }
        return formFault(in: text, isPlain: false, key: key)
    }
}
