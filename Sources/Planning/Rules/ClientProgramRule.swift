import Diagnostics
import Profiles

extension Rule {
    /// `plan.client-missing`: a program is not on the search path.
    /// `plan.client-path`: a program of the user's own is named by a path that is not absolute.
    /// `plan.client-too-old`: ssh before 8.4 cannot be made to ask its askpass helper on a terminal.
    static let clientProgram = Rule { question, problems in
        for program in question.programs where question.facts.executables[program.name] == nil {
            problems.add(missing(program, question))
        }
        let asking = question.logins.first { $0.authentication.method == .password }
        guard let asking, let ssh = question.facts.executables["ssh"],
            let version = ssh.version.flatMap(OpenSSHVersion.init),
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

    private static func missing(_ program: ClientProgram, _ question: Question) -> Diagnostic {
        if program.name.contains("/"), !program.name.hasPrefix("/") {
            return Diagnostic(
                "plan.client-path", "the program '\(program.name)' is a path that begins nowhere",
                remedy: "give an absolute path (${env:HOME}/… for your own folder), or a name on PATH",
                at: question.place("client"), exit: .configuration)
        }
        let remedy =
            switch program.package {
            case "rsync": "install the package rsync, or leave out --rsync"
            case let package?: "install the package \(package)"
            case nil: "install it, or correct client.command"
            }
        // Files are copied by the same programs, whatever the profile's client.
        return Diagnostic(
            "plan.client-missing", "the program '\(program.name)' was not found", remedy: remedy,
            at: question.request.isByOpenSSH ? nil : question.place("client"), exit: .unavailable)
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
