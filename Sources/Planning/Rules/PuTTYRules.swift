import Diagnostics
import Profiles

extension Rule {
    /// `plan.putty-sign-in`: PuTTY takes passwords, .ppk files and an agent's keys.
    static let puttySignIn = Rule { question, problems in
        guard question.client == .putty else { return }
        let what: String
        switch question.profile.authentication.method {
        case .none, .password, .sshKey(.file), .sshKey(.agent), .sshKey(.unspecified): return
        case .entra: what = "an Entra certificate"
        case .sshKey(.keyring): what = "a key in the keyring"
        case .sshKey(.keyVault): what = "a key in a Key Vault"
        }
        problems.add(
            Diagnostic(
                "plan.putty-sign-in", "PuTTY cannot sign in with \(what)",
                remedy: "set client to ssh, or put the key into your agent and set auth.agent",
                at: question.place("auth"), exit: .configuration))
    }

    /// `plan.putty-key`: PuTTY reads its own format of key files only.
    /// `plan.openssh-key`: OpenSSH does not read PuTTY's.
    static let keyFormat = Rule { question, problems in
        guard case .sshKey(.file(let path)) = question.profile.authentication.method,
            question.request != .learnHostKey
        else { return }
        let isPuTTY = path.lowercased().hasSuffix(".ppk")
        switch question.client {
        case .putty where !isPuTTY:
            problems.add(
                Diagnostic(
                    "plan.putty-key", "PuTTY does not read the key file \(path)",
                    remedy: "make one that it reads: puttygen '\(path)' -o '\(path).ppk'; or set auth.agent",
                    at: question.place("auth.key"), exit: .configuration))
        case .ssh where isPuTTY:
            problems.add(
                Diagnostic(
                    "plan.openssh-key", "ssh does not read the key file \(path), which is PuTTY's",
                    remedy:
                        "make one that it reads: puttygen '\(path)' -O private-openssh -o '\(path.dropLast(4))'",
                    at: question.place("auth.key"), exit: .configuration))
        default: return
        }
    }

    /// `plan.host-key-unknown`: PuTTY is told which host keys to accept. While none is known (warning) ssh learns
    /// it first; an error where there is no ssh.
    /// `plan.openssh-options` (warning): PuTTY has no use for `ssh.options`.
    static let puttySettings = Rule { question, problems in
        guard question.client == .putty else { return }
        let profile = question.profile
        if question.facts.hostKeys.isEmpty {
            let hasSSH = question.facts.executables["ssh"] != nil
            problems.add(
                Diagnostic(
                    "plan.host-key-unknown", "no host key of the target of '\(profile.name)' is known yet",
                    remedy: hasSSH
                        ? "ssh learns it first, over a tunnel of its own; or give it as ssh.hostKeys"
                        : "install the package openssh-client, which learns it; or give it as ssh.hostKeys",
                    at: question.place("client"), severity: hasSSH ? .warning : .error,
                    exit: hasSSH ? .success : .unavailable))
        }
        if !profile.ssh.options.isEmpty {
            problems.add(
                .warning(
                    "plan.openssh-options", "ssh.options are OpenSSH's, and PuTTY is not given them",
                    remedy: "set client to ssh, or remove them", at: question.place("ssh.options")))
        }
    }
}
