import Diagnostics
import Profiles

extension Rule {
    /// `plan.entra-with-domain-user`: OpenSSH on Windows takes no certificates of Entra ID, and `DOMAIN\user` is
    /// the name of nobody else.
    static let windowsSignIn = Rule { question, problems in
        for profile in question.logins where profile.authentication.method == .entra {
            guard let user = profile.authentication.username, user.contains("\\") else { continue }
            problems.add(
                Diagnostic(
                    "plan.entra-with-domain-user",
                    "'\(user)' is a user of Windows, which has no sign-in with Entra ID over ssh",
                    remedy: "set auth.type to ssh-key or password", at: profile.place(of: "auth.username"),
                    exit: .configuration))
        }
    }
}
