package import Diagnostics
package import Planning
internal import Posix
package import SSHKeys

/// Words for a private key of the keyring that cannot be used.
package struct SSHKeyWords {
    private let label: SecretLabel

    /// - Parameter label: of the key; of its passphrase, where that is what is wrong.
    package init(label: SecretLabel) { self.label = label }

    package func diagnostic(_ error: SSHKeyError) -> Diagnostic {
        let what = "the \(label.text)"
        let storing = "replace it with: \(Explanation.storing(label))"
        return switch error {
        case .noKey: Diagnostic("key.none", "\(what) is no key", remedy: storing, exit: .invalidData)
        case .severalKeys:
            Diagnostic("key.several", "\(what) is more than one key", remedy: storing, exit: .invalidData)
        case .publicKey:
            Diagnostic("key.public", "\(what) is a public key", remedy: storing, exit: .invalidData)
        case .certificate:
            Diagnostic("key.certificate", "\(what) is a certificate", remedy: storing, exit: .invalidData)
        case .puttyKey:
            Diagnostic(
                "key.putty", "\(what) is in PuTTY's format, which ssh does not read",
                remedy: "export it in OpenSSH's format (puttygen, Conversions), and \(storing)",
                exit: .invalidData)
        case .damaged:
            Diagnostic("key.damaged", "\(what) is damaged", remedy: storing, exit: .invalidData)
        case .unsupported(let kind):
            Diagnostic(
                "key.unsupported", "\(what) is \(kind), which cannot be used", remedy: storing,
                exit: .invalidData)
        case .passphraseMissing:
            Diagnostic(
                "key.passphrase-missing", "\(what) is needed and is not there",
                remedy: "store it with: \(Explanation.storing(label))", exit: .notPermitted)
        case .passphraseWrong:
            Diagnostic("key.passphrase-wrong", "\(what) is wrong", remedy: storing, exit: .notPermitted)
        case .notStarted(let program, let reason):
            Diagnostic(
                "key.agent-not-started", "\(program) could not be started: \(reason.reason)",
                remedy: "install the package openssh-client", exit: .unavailable)
        case .agentEnded, .silent:
            Diagnostic(
                "key.agent-silent", "ssh-agent did not take \(what)",
                remedy: "try again; 'ssh-agent -d' shows whether it works", exit: .unavailable)
        case .refused(let words):
            Diagnostic(
                "key.refused", "ssh-add did not take \(what)\(Explanation.quoted(words))", remedy: storing,
                exit: .invalidData)
        case .file(let error):
            Diagnostic(
                "system.file", error.description, remedy: "make the path one that only you can use",
                exit: .cannotWrite)
        case .system(let error):
            Diagnostic(
                "system.failed", "the system refused: \(error)", remedy: "check limits and free memory",
                exit: .systemError)
        case .cancelled: .cancelled
        }
    }
}
