package import Profiles

/// Names a secret in the keyring: what it is, for which target and for whom. Never the secret.
package struct SecretLabel: Hashable, Sendable {
    /// The attribute `kind` of the keyring item.
    package enum Kind: String, Hashable, Sendable {
        case password
        case passphrase
        case privateKey = "private-key"
    }

    package var kind: Kind
    package var target: TargetKey
    package var username: String
    /// What a person reads in the keyring and in a plan.
    package var text: String
    /// The profile that asks for it: `secret set PROFILE` replaces it.
    package var profile: String

    /// - Parameter profile: the profile's name, for people only: profiles to one target share the secret.
    package init(kind: Kind, target: TargetKey, username: String, profile: String) {
        self.kind = kind
        self.target = target
        self.username = username
        self.profile = profile
        let noun =
            switch kind {
            case .password: "password"
            case .passphrase: "passphrase"
            case .privateKey: "private key"
            }
        text = "\(noun) of \(username) for \(profile)"
    }
}

extension SecretLabel {
    /// The password of the profile's user; nil where the profile names none.
    package static func password(of profile: Profile) -> SecretLabel? { ofTarget(.password, profile) }

    /// The private key that the keyring has for the profile's user; nil where the profile names none.
    package static func privateKey(of profile: Profile) -> SecretLabel? { ofTarget(.privateKey, profile) }

    /// The passphrase of the key that the profile signs in with; nil where it names no key that could have one.
    ///
    /// That of a file belongs to the file: all profiles that name it share one. That of a key in the keyring
    /// belongs to the target and the user, as the key does.
    /// - Parameter login: the local login, who may read the file.
    package static func passphrase(of profile: Profile, login: String) -> SecretLabel? {
        switch profile.authentication.method {
        case .sshKey(.file(let path)):
            var label = SecretLabel(
                kind: .passphrase, target: TargetKey(keyFile: path), username: login, profile: profile.name)
            label.text = "passphrase of the key \(path)"
            return label
        case .sshKey(.keyring):
            guard var label = ofTarget(.passphrase, profile) else { return nil }
            label.text = "passphrase of the private key of \(label.username) for \(profile.name)"
            return label
        case .none, .password, .entra, .sshKey(.agent), .sshKey(.keyVault), .sshKey(.unspecified): return nil
        }
    }

    private static func ofTarget(_ kind: Kind, _ profile: Profile) -> SecretLabel? {
        guard let username = profile.authentication.username, !username.isEmpty else { return nil }
        return SecretLabel(
            kind: kind, target: TargetKey(of: profile), username: username, profile: profile.name)
    }
}
