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

    /// - Parameter profile: the profile's name, for the text only: profiles to one target share the secret.
    package init(kind: Kind, target: TargetKey, username: String, profile: String) {
        self.kind = kind
        self.target = target
        self.username = username
        let noun =
            switch kind {
            case .password: "password"
            case .passphrase: "passphrase"
            case .privateKey: "private key"
            }
        text = "\(noun) of \(username) for \(profile)"
    }
}
