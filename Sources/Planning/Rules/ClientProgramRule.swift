import Diagnostics
import Profiles

extension Rule {
    /// `plan.client-missing`: the client is not on the search path.
    /// `plan.client-too-old`: ssh before 8.4 cannot be made to ask its askpass helper on a terminal.
    static let clientProgram = Rule { question, problems in
        guard question.launchesSSH else { return }
        guard let ssh = question.facts.executables["ssh"] else {
            problems.add(
                Diagnostic(
                    "plan.client-missing", "the program 'ssh' was not found",
                    remedy: "install the package openssh-client", at: question.place("client"),
                    exit: .unavailable))
            return
        }
        let asking = question.logins.first { $0.authentication.method == .password }
        guard let asking, let version = ssh.version.flatMap(OpenSSHVersion.init),
            version < OpenSSHVersion(major: 8, minor: 4)
        else { return }
        problems.add(
            Diagnostic(
                "plan.client-too-old",
                "\(ssh.path) is OpenSSH \(version.major).\(version.minor), "
                    + "which cannot take a password from the keyring",
                remedy: "install OpenSSH 8.4 or later, or set auth.type to ssh-key",
                at: asking.place(of: "auth.type"), exit: .unavailable))
    }
}

/// The version in `OpenSSH_9.2p1 Debian-2`.
struct OpenSSHVersion: Comparable {
    var major: Int
    var minor: Int

    init(major: Int, minor: Int) { (self.major, self.minor) = (major, minor) }

    /// Nil where the text is no version of OpenSSH.
    init?(_ text: String) {
        let prefix = "OpenSSH_"
        guard text.hasPrefix(prefix) else { return nil }
        let numbers = text.dropFirst(prefix.count).split(separator: ".", maxSplits: 1)
        guard numbers.count == 2, let major = Int(numbers[0]),
            let minor = Int(numbers[1].prefix { ("0"..."9").contains($0) })
        else { return nil }
        self.init(major: major, minor: minor)
    }

    static func < (left: OpenSSHVersion, right: OpenSSHVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
