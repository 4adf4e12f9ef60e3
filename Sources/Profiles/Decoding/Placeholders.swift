internal import Diagnostics

/// Placeholders in text: `${user}`, `${env:NAME}`, `${env:NAME:-default}`; `$${` stands for `${`.
package enum Placeholders {
    enum Part: Hashable {
        case text(String)
        /// `$${`, which stands for `${`.
        case escape
        case user
        case variable(String, fallback: String?)
    }

    /// Variables that every file may read: they say who the local user is.
    static let openVariables: Set<String> = ["USER", "LOGNAME", "HOME"]

    /// Whether the text holds a placeholder or an escape, so that its form is known only after replacement.
    static func changes(_ text: String) -> Bool {
        var isAfterDollar = false
        for byte in text.utf8 {
            if isAfterDollar, byte == 0x7B { return true }
            isAfterDollar = byte == 0x24
        }
        return false
    }

    /// The text with `$${` for each `${`, so that it stands for itself.
    package static func escaped(_ text: String) -> String {
        var result = ""
        var isAfterDollar = false
        for scalar in text.unicodeScalars {
            if isAfterDollar, scalar == "{" { result += "$" }
            result.unicodeScalars.append(scalar)
            isAfterDollar = scalar == "$"
        }
        return result
    }

    /// The variables that the text reads.
    static func variables(in text: String) -> [String] {
        guard changes(text) else { return [] }
        return parts(of: text).compactMap { part in
            if case .variable(let name, _) = part { name } else { nil }
        }
    }

    /// What is wrong with the placeholders, decided without any environment.
    ///
    /// - Parameter isStrict: whether `${` must begin one of ours.
    static func fault(in text: String, isStrict: Bool) -> ScalarFault? {
        guard changes(text) else { return nil }
        for name in variables(in: text) where SecretKeys.isSecretVariable(name) {
            return ScalarFault(
                "profile.secret-variable", "the environment variable '\(name)' may hold a secret",
                "store secrets with 'bastion-up secret set', and read other variables only")
        }
        guard isStrict else { return nil }
        for part in parts(of: text) {
            guard case .text(let literal) = part, let start = opening(in: literal) else { continue }
            let inner = String(literal[start...].dropFirst(2).prefix { $0 != "}" })
            let isVariable = !inner.isEmpty && inner.unicodeScalars.allSatisfy(isVariableCharacter)
            let remedy =
                isVariable && inner != "env"
                ? "did you mean '${env:\(inner)}'?" : "write ${user} or ${env:NAME}"
            return ScalarFault(
                "profile.unknown-placeholder", "'${\(inner.shortened)' begins no known placeholder",
                remedy + " ('$${' stands for '${')")
        }
        return nil
    }

    /// The text with its placeholders replaced.
    ///
    /// - Returns: the name of a variable that is neither set nor has a default as failure.
    static func replace(in text: String, user: String, environment: [String: String]) -> Result<String, Unset>
    {
        var result = ""
        for part in parts(of: text) {
            switch part {
            case .text(let literal): result += literal
            case .escape: result += "${"
            case .user: result += user
            case .variable(let name, let fallback):
                // As in a shell, `:-` also replaces a variable that is set to nothing.
                let value = environment[name]
                if let value, !value.isEmpty || fallback == nil {
                    result += value
                } else if let fallback {
                    result += fallback
                } else {
                    return .failure(Unset(variable: name))
                }
            }
        }
        return .success(result)
    }

    struct Unset: Error, Hashable { var variable: String }

    /// Splits the text; what is no placeholder of ours stays text, and `$${` becomes `${`.
    static func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var literal = ""
        func flushed(_ part: Part) -> [Part] { literal.isEmpty ? [part] : [.text(literal), part] }
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix("$${") {
                parts += flushed(.escape)
                literal = ""
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}"),
                let part = placeholder(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
            {
                parts += flushed(part)
                literal = ""
                rest = rest[rest.index(after: end)...]
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        return parts
    }

    /// Where `${` stands.
    private static func opening(in text: String) -> String.Index? {
        text.indices.first { text[$0...].hasPrefix("${") }
    }

    private static func placeholder(_ inner: Substring) -> Part? {
        if inner == "user" { return .user }
        guard inner.hasPrefix("env:") else { return nil }
        let body = inner.dropFirst(4)
        let name = String(body.prefix { $0 != ":" })
        guard let first = name.unicodeScalars.first, !(0x30...0x39).contains(first.value),
            name.unicodeScalars.allSatisfy(isVariableCharacter)
        else { return nil }
        let tail = body.dropFirst(name.count)
        if tail.isEmpty { return .variable(name, fallback: nil) }
        guard tail.hasPrefix(":-") else { return nil }
        return .variable(name, fallback: String(tail.dropFirst(2)))
    }

    private static func isVariableCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}
