import Diagnostics
import Profiles

/// What a profile may ask for and this version cannot do: never passed over in silence.
enum NotSupportedYet {
    private struct Entry {
        var asked: Bool
        var keyPath: String
        /// As the subject of "is not supported yet".
        var what: String
        var remedy: String
    }

    /// One `plan.not-supported-yet` for each.
    static func refusals(_ question: Question) -> [Diagnostic] {
        ofClient(question).filter(\.asked).map { refusal($0, question.profile) }
            + question.logins.compactMap { profile in signIn(profile).map { refusal($0, profile) } }
    }

    private static func refusal(_ entry: Entry, _ profile: Profile) -> Diagnostic {
        Diagnostic(
            "plan.not-supported-yet", "\(entry.what) is not supported yet", remedy: entry.remedy,
            at: profile.place(of: entry.keyPath), exit: .configuration)
    }

    private static func ofClient(_ question: Question) -> [Entry] {
        guard question.client == .xfreerdp else { return [] }
        return [
            Entry(
                asked: question.profile.rdp.gateway, keyPath: "rdp.gateway",
                what: "the RD gateway (rdp.gateway)", remedy: "remove rdp.gateway")
        ]
    }

    private static func signIn(_ profile: Profile) -> Entry? {
        let remedy = "set auth.key to the path of a key file, or auth.type to password"
        switch profile.authentication.method {
        case .entra:
            return Entry(
                asked: true, keyPath: "auth.type", what: "Entra sign-in to the target", remedy: remedy)
        case .sshKey(.keyVault):
            return Entry(asked: true, keyPath: "auth.keyVault", what: "a key in a Key Vault", remedy: remedy)
        case .none, .password, .sshKey: return nil
        }
    }
}
