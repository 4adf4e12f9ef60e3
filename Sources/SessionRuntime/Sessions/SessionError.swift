package import Azure
package import Diagnostics
package import Keyring
package import Posix
package import Planning
package import SSHKeys
package import Transport
package import Tunnels

/// Why a session did not come about: the bare facts of whichever layer, before they are put into words.
package enum SessionError: Error, Sendable {
    case problems(Problems)
    case azure(AzureError)
    case tls(TLSError)
    /// No tunnel was ever open.
    case tunnel(TunnelFailure)
    /// A tunnel that was open broke.
    case broken(TunnelFailure)
    case keyring(KeyringError, SecretLabel?)
    /// The secret is not in the keyring and nobody can be asked for it.
    case secretMissing(SecretLabel)
    /// The secret holds a line break, and the client reads one line.
    case secretNotALine(SecretLabel)
    /// A key of the keyring that cannot be used, or its passphrase.
    case key(SSHKeyError, SecretLabel)
    case file(FileError)
    /// A listener that could not be opened.
    case listener(address: String, port: UInt16, SystemError)
    case notStarted(program: String, SystemError)
    /// A desktop that did not come about, or ended.
    case rdp(RDPFailure)
    case system(SystemError)
    case cancelled
}
