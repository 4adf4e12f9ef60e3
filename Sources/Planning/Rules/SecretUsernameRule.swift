import Diagnostics
import Profiles

extension Rule {
    /// `plan.password-without-username`: a password is kept, and asked for, for one user of one target.
    /// `plan.key-without-username`: so is a key that the keyring has.
    static let secretUsername = Rule { question, problems in
        let isOther = question.client == .xfreerdp || question.client == .putty
        let signedInBy = question.logins + (isOther ? [question.profile] : [])
        for profile in signedInBy where profile.authentication.username == nil {
            let (code, what): (String, String)
            switch profile.authentication.method {
            case .password: (code, what) = ("plan.password-without-username", "password")
            case .sshKey(.keyring): (code, what) = ("plan.key-without-username", "a key of the keyring")
            default: continue
            }
            problems.add(
                Diagnostic(
                    code, "profile '\(profile.name)' signs in by \(what) but names no user",
                    remedy: "set auth.username", at: profile.place(of: "auth"), exit: .configuration))
        }
    }
}
