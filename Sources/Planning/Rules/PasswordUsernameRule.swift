import Diagnostics
import Profiles

extension Rule {
    /// `plan.password-without-username`: a password is kept, and asked for, for one user of one target.
    static let passwordUsername = Rule { question, problems in
        guard question.asksForPassword, question.profile.authentication.username == nil else { return }
        problems.add(
            Diagnostic(
                "plan.password-without-username",
                "profile '\(question.profile.name)' signs in by password but names no user",
                remedy: "set auth.username", at: question.place("auth"), exit: .configuration))
    }
}
