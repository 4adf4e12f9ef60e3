package import Posix

/// Why a key cannot be used: the bare facts.
package enum SSHKeyError: Error, Hashable, Sendable {
    package enum Damage: Hashable, Sendable {
        /// There is a first line, and no last one.
        case noEnd
        /// Characters are missing, or others stand between them.
        case notBase64
        /// What the text stands for is no key of the kind that its first line says.
        case malformed
    }

    // The text
    case noKey
    case severalKeys
    case publicKey
    case certificate
    case puttyKey
    case damaged(Damage)
    /// A kind of key that ssh cannot be given here: "a DSA key".
    case unsupported(String)

    // The passphrase
    case passphraseMissing
    case passphraseWrong

    // The programs
    case notStarted(program: String, SystemError)
    /// ssh-agent ended before it could be used.
    case agentEnded
    /// The agent does not answer, or ssh-add does not end.
    case silent
    /// ssh-add did not take the key; its own words.
    case refused(String)
    case file(FileError)
    case system(SystemError)
    case cancelled
}
