internal import Diagnostics
internal import Profiles

/// Asks at the terminal as whom to sign in, where no profile says it.
struct UsernameQuestion {
    private let context: CommandContext

    init(_ context: CommandContext) { self.context = context }

    /// - Throws: `client.no-username` (77) where nobody can be asked.
    func ask(for profile: Profile) throws(Problems) -> String {
        let refusal = Diagnostic(
            "client.no-username",
            "profile '\(profile.name)' does not say how to sign in, and nobody can be asked",
            remedy: "set auth: {type: password, username: NAME}, and store the password with: "
                + "bastion-up secret set \(profile.name)",
            at: profile.place(of: "client"), exit: .notPermitted)
        let suggestion = profile.authentication.username
        let question = "User name on \(profile.name)" + (suggestion.map { " [\($0)]" } ?? "") + ": "
        while true {
            guard let answer = try context.ask(question) else { throw Problems(refusal) }
            if !answer.isEmpty { return answer }
            if let suggestion { return suggestion }
        }
    }
}
