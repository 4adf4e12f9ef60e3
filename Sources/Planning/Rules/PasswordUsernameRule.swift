import Diagnostics
import Profiles

extension Rule {
    /// `plan.password-without-username`: a password is kept, and asked for, for one user of one target.
    /// `plan.key-without-username`: so is a key that the keyring has.
    static let secretUsername = Rule { question, problems in
        let isOther = question.client == .xfreerdp || question.client == .putty
        for profile in question.logins + (isOther ? [question.profile] : [])
        where profile.authentication.username == nil {
            let kind: String
            switch profile.authentication.method {
            case .password: kind = "password"
            case .sshKey(.keyring): kind = "key"
            default: continue
            }
            problems.add(
                Diagnostic(
                    "plan.\(kind)-without-username",
                    "profile '\(profile.name)' signs in by a \(kind) of the keyring but names no user",
                    remedy: "set auth.username", at: profile.place(of: "auth"), exit: .configuration))
        }
    }
}
