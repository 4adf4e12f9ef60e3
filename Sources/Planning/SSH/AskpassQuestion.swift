extension SecretLabel {
    /// The secret that ssh asks for with a whole prompt of its own; nil for every other question, which is for a
    /// person.
    ///
    /// The prompts are those of OpenSSH from 8.5 on, which says before each question of a server who asks.
    package static func asked(by prompt: String) -> SecretLabel? {
        for (start, end) in [("", "'s password: "), ("(", ") Password: ")] {
            guard prompt.hasPrefix(start), prompt.hasSuffix(end) else { continue }
            let asker = prompt.dropFirst(start.count).dropLast(end.count)
            // A name may hold an @ itself, and none of our aliases does.
            guard let at = asker.lastIndex(of: "@"), at != asker.startIndex,
                let target = TargetKey(hostKeyAlias: String(asker[asker.index(after: at)...]))
            else { continue }
            let user = String(asker[..<at])
            return SecretLabel(kind: .password, target: target, username: user, profile: target.text)
        }
        return nil
    }
}

extension TargetKey {
    /// The key of which a text is the `hostKeyAlias`; nil for the name of any other host.
    init?(hostKeyAlias alias: String) {
        var bytes: [UInt8] = []
        var rest = Substring(alias).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard alias.hasPrefix("/subscriptions/"), let text = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        self.init(text: text)
        guard hostKeyAlias == alias else { return nil }
    }
}
