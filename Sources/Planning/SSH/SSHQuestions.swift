import Profiles

/// What ssh asks of one machine's user, and the secrets that answer it.
struct SSHQuestions {
    let profile: Profile
    let facts: Facts

    var answers: [ClientCommand.Answer] {
        switch profile.authentication.method {
        case .password: [password].compactMap(\.self)
        case .sshKey(.file(let path)): [passphrase(path)].compactMap(\.self)
        case .none, .entra, .sshKey: []
        }
    }

    private var password: ClientCommand.Answer? {
        guard let secret = SecretLabel.password(of: profile) else { return nil }
        let alias = TargetKey(of: profile).hostKeyAlias
        return ClientCommand.Answer(
            secret: secret, prompts: Self.passwordPrompts(user: secret.username, alias: alias))
    }

    /// Whether the file is encrypted is not known before ssh asks.
    private func passphrase(_ path: String) -> ClientCommand.Answer? {
        SecretLabel.passphrase(of: profile, login: facts.login).map {
            ClientCommand.Answer(secret: $0, prompts: Self.passphrasePrompts(path), isNeeded: false)
        }
    }

    /// The texts by which ssh asks for this very password: by the methods `password` and `keyboard-interactive`,
    /// with what PAM says. Older releases cut the first after 30 bytes of the user and 128 of the host; 9.2 does not.
    private static func passwordPrompts(user: String, alias: String) -> [String] {
        let whole = "\(user)@\(alias)'s password: "
        let cut = "\(user.bytes(30))@\(alias.bytes(128))'s password: "
        return [whole] + (cut == whole ? [] : [cut]) + ["(\(user)@\(alias)) Password: "]
    }

    /// ssh (9.2) shows the first 100 bytes of the path, with `~` and `%` replaced.
    private static func passphrasePrompts(_ path: String) -> [String] {
        let whole = "Enter passphrase for key '\(path)': "
        let cut = "Enter passphrase for key '\(path.bytes(100))': "
        return [whole] + (cut == whole ? [] : [cut])
    }
}

extension String {
    /// The first bytes; a character that is cut in two is replaced, as it is where a question is read.
    fileprivate func bytes(_ count: Int) -> String { String(decoding: utf8.prefix(count), as: UTF8.self) }
}
