internal import Diagnostics
internal import Planning
internal import Profiles

/// Which secret of a profile `secret set` and `secret rm` are about.
enum SecretChoice: String, CaseIterable {
    case password
    case passphrase = "--passphrase"
    case privateKey = "--private-key"

    /// - Throws: `usage.exclusive-flags` (64).
    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        let chosen = Self.allCases.filter { arguments.has($0.rawValue) }
        guard chosen.count <= 1 else {
            throw Diagnostic(
                "usage.exclusive-flags", "--passphrase and --private-key exclude each other",
                remedy: "store the key first, then its passphrase", exit: .usage)
        }
        self = chosen.first ?? .password
    }

    /// What the secret is found by.
    /// - Parameters:
    ///   - username: in place of the profile's.
    ///   - login: the local login.
    /// - Throws: `secret.no-username`, `secret.not-used` (78), `usage.exclusive-flags` (64).
    func label(_ profile: Profile, username: String?, login: String) throws(Problems) -> SecretLabel {
        if self == .passphrase, username != nil, case .sshKey(.file) = profile.authentication.method {
            throw Problems(
                Diagnostic(
                    "usage.exclusive-flags", "the passphrase of a key file belongs to no user of the target",
                    remedy: "leave out --username", exit: .usage))
        }
        var profile = profile
        if let username { profile.authentication.username = username }
        let label =
            switch self {
            case .password: SecretLabel.password(of: profile)
            case .privateKey: SecretLabel.privateKey(of: profile)
            case .passphrase: SecretLabel.passphrase(of: profile, login: login)
            }
        if let label { return label }
        if self == .passphrase { try requireUse(in: profile) }
        throw Problems(SecretCommand.noUsername(profile))
    }

    /// - Throws: `secret.not-used` (78): a secret that nothing would ever read is not stored.
    func requireUse(in profile: Profile) throws(Problems) {
        let (isUsed, problem, remedy): (Bool, String, String) =
            switch (self, profile.authentication.method) {
            case (.password, .password), (.privateKey, .sshKey(.keyring)), (.passphrase, .sshKey(.keyring)),
                (.passphrase, .sshKey(.file)):
                (true, "", "")
            case (.password, .sshKey(.keyring)):
                (false, "signs in by a key, not by password", "give --private-key, or --passphrase")
            case (.password, .sshKey(.file)):
                (
                    false, "signs in by a key, not by password",
                    "give --passphrase for that of the key; or set auth.type: password first"
                )
            case (.password, _):
                (false, "does not sign in by password", "set auth.type: password in the profile first")
            case (.privateKey, _):
                (
                    false, "does not sign in with a key from the keyring",
                    "set auth: {type: ssh-key, key: keyring} in the profile first"
                )
            case (.passphrase, _):
                (
                    false, "names no key that could have a passphrase",
                    "set auth.type: ssh-key and auth.key in the profile first"
                )
            }
        guard !isUsed else { return }
        throw Problems(
            Diagnostic(
                "secret.not-used", "profile '\(profile.name)' \(problem)", remedy: remedy,
                at: profile.place(of: "auth"), exit: .configuration))
    }
}
