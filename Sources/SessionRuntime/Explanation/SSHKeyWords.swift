package import Diagnostics
package import Planning
internal import Posix
package import SSHKeys

/// Words for a private key that ssh cannot be given.
package struct SSHKeyWords {
    private let label: SecretLabel

    /// - Parameter label: of the key; of its passphrase, where that is what is wrong.
    package init(label: SecretLabel) { self.label = label }

    package func diagnostic(_ error: SSHKeyError) -> Diagnostic {
        switch error {
        case .noKey, .severalKeys, .publicKey, .certificate, .puttyKey, .damaged, .unsupported:
            ofText(error)
        case .passphraseMissing:
            Diagnostic(
                "key.passphrase-missing", "the keyring has no \(label.text), which the key is encrypted with",
                remedy: "store it with: \(Explanation.storing(label))", exit: .notPermitted)
        case .passphraseWrong:
            Diagnostic(
                "key.passphrase-wrong", "the \(label.text) does not open the key",
                remedy: "store the right one with: \(Explanation.storing(label))", exit: .notPermitted)
        case .refused(let words):
            Diagnostic(
                "key.refused", "ssh-add did not take the \(label.text)\(Explanation.quoted(words))",
                remedy: "try it with 'ssh-add FILE' and an agent of your own")
        case .notStarted(let program, let error):
            Diagnostic(
                "agent.not-started",
                "\(program), which is to hold the \(label.text), could not be started: \(error.reason)",
                remedy: "install openssh-client", exit: .unavailable)
        case .agentEnded:
            Diagnostic(
                "agent.ended", "ssh-agent, which is to hold the \(label.text), ended at once",
                remedy: "try 'ssh-agent -D' by itself", exit: .unavailable)
        case .silent:
            Diagnostic(
                "agent.silent", "the agent for the \(label.text) does not answer",
                remedy: "end it with: bastion-up agent \(label.profile) --stop; then try again",
                exit: .unavailable)
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

    /// What is wrong with the text, before or after it was stored.
    private func ofText(_ error: SSHKeyError) -> Diagnostic {
        let key = "the \(label.text)"
        return switch error {
        case .severalKeys:
            Diagnostic(
                "key.several", "\(key) is a text with several private keys",
                remedy: "give one of them\(storing)")
        case .publicKey:
            Diagnostic(
                "key.public", "\(key) is a public key",
                remedy:
                    "give the file without .pub\(storing); the public one belongs into authorized_keys on the VM"
            )
        case .certificate:
            Diagnostic(
                "key.certificate", "\(key) is a certificate, without the key that it certifies",
                remedy: "give the private key\(storing)")
        case .puttyKey:
            Diagnostic(
                "key.putty", "\(key) is in PuTTY's format, which ssh cannot read",
                remedy: "puttygen KEY.ppk -O private-openssh-new -o KEY; then give KEY\(storing)")
        case .damaged(let damage):
            Diagnostic(
                "key.damaged", "\(key) is damaged: \(Self.words(damage))",
                remedy: "give the file as it was made, from its BEGIN line to its END line\(storing)")
        case .unsupported(let what):
            Diagnostic(
                "key.unsupported", "\(key) is \(what), which cannot be used here",
                remedy: "use an Ed25519, ECDSA or RSA key; or your own agent, with auth.agent: true")
        default:
            Diagnostic(
                "key.none", "\(key) is no private key",
                remedy: "give the text of a private key file\(storing)")
        }
    }

    private var storing: String { ", with: \(Explanation.storing(label))" }

    private static func words(_ damage: SSHKeyError.Damage) -> String {
        switch damage {
        case .noEnd: "its END line is missing"
        case .notBase64: "characters are missing, or others stand between them"
        case .malformed: "a part of it is missing"
        }
    }
}
