package import Diagnostics
internal import Posix
package import SSHKeys

/// Words for a key that ssh cannot be given.
package struct SSHKeyWords {
    private let key: String
    private let profile: String

    /// - Parameter key: as the subject of a sentence, without article: "private key of me for dev".
    package init(key: String, profile: String) { (self.key, self.profile) = (key, profile) }

    package func diagnostic(_ error: SSHKeyError) -> Diagnostic {
        switch error {
        case .noKey, .severalKeys, .publicKey, .certificate, .puttyKey, .damaged, .unsupported:
            ofText(error)
        case .passphraseMissing:
            Diagnostic(
                "key.passphrase-missing", "the \(key) has a passphrase, which the keyring does not have",
                remedy: "store it with: bastion-up secret set \(profile) --passphrase", exit: .notPermitted)
        case .passphraseWrong:
            Diagnostic(
                "key.passphrase-wrong", "the passphrase does not open the \(key)",
                remedy: "store the right one with: bastion-up secret set \(profile) --passphrase",
                exit: .notPermitted)
        case .refused(let words):
            Diagnostic(
                "key.refused", "ssh-add did not take the \(key)\(Explanation.quoted(words))",
                remedy: "try it with 'ssh-add FILE' and an agent of your own")
        case .notStarted(let program, let error):
            Diagnostic(
                "agent.not-started",
                "\(program), which is to hold the \(key), could not be started: \(error.reason)",
                remedy: "install openssh-client", exit: .unavailable)
        case .agentEnded:
            Diagnostic(
                "agent.ended", "ssh-agent, which is to hold the \(key), ended at once",
                remedy: "try 'ssh-agent -D' by itself", exit: .unavailable)
        case .silent:
            Diagnostic(
                "agent.silent", "the agent for the \(key) does not answer",
                remedy: "end it with: bastion-up agent \(profile) --stop", exit: .unavailable)
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

    private func ofText(_ error: SSHKeyError) -> Diagnostic {
        switch error {
        case .severalKeys:
            Diagnostic(
                "key.several", "the \(key) is a text with several private keys", remedy: "give one of them")
        case .publicKey:
            Diagnostic(
                "key.public", "the \(key) is a public key",
                remedy: "give the file without .pub; the public key belongs on the VM, in authorized_keys")
        case .certificate:
            Diagnostic(
                "key.certificate", "the \(key) is a certificate, without the key that it certifies",
                remedy: "give the private key")
        case .puttyKey:
            Diagnostic(
                "key.putty", "the \(key) is in PuTTY's format, which ssh cannot read",
                remedy: "convert it: puttygen KEY.ppk -O private-openssh-new -o KEY")
        case .damaged(let damage):
            Diagnostic(
                "key.damaged", "the \(key) is damaged: \(Self.words(damage))",
                remedy: "give the file as it was made, from its BEGIN line to its END line")
        case .unsupported(let what):
            Diagnostic(
                "key.unsupported", "the \(key) is \(what), which cannot be used here",
                remedy: "use an Ed25519, ECDSA or RSA key; or your own agent, with auth.agent: true")
        default:
            Diagnostic(
                "key.none", "the \(key) is no private key",
                remedy: "give the text of a private key file, from its BEGIN line to its END line")
        }
    }

    private static func words(_ damage: SSHKeyError.Damage) -> String {
        switch damage {
        case .noEnd: "its END line is missing"
        case .notBase64: "characters are missing, or others stand between them"
        case .malformed: "a part of it is missing"
        }
    }
}
