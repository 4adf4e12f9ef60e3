extension SecretLabel {
    /// The secret that ssh asks for with a whole prompt of its own; nil for every other question, which is for a
    /// person.
    ///
    /// The prompts are those of OpenSSH from 8.5 on, which says before each question of a server who asks it.
    /// - Parameter login: the local login, whose key files are asked about.
    package static func asked(by prompt: String, login: String) -> SecretLabel? {
        if let path = inside(prompt, "Enter passphrase for key '", "': ") {
            var label = SecretLabel(
                kind: .passphrase, target: TargetKey(keyFile: path), username: login, profile: path)
            label.text = "passphrase of the key \(path)"
            return label
        }
        guard let asker = inside(prompt, "", "'s password: ") ?? inside(prompt, "(", ") Password: "),
            // A user's name may hold an @ but no space; none of our aliases holds either.
            let at = asker.lastIndex(of: "@"), at != asker.startIndex, !asker.contains(" "),
            let target = TargetKey(hostKeyAlias: String(asker[asker.index(after: at)...]))
        else { return nil }
        return SecretLabel(
            kind: .password, target: target, username: String(asker[..<at]), profile: target.text)
    }

    private static func inside(_ prompt: String, _ start: String, _ end: String) -> String? {
        guard prompt.utf8.count >= start.utf8.count + end.utf8.count, prompt.hasPrefix(start),
            prompt.hasSuffix(end)
        else { return nil }
        return String(prompt.dropFirst(start.count).dropLast(end.count))
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
        guard hostKeyAlias == alias, text == text.lowercased() else { return nil }
    }
}
