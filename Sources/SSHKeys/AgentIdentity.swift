package import Posix

/// What an agent signs with.
///
/// A certificate joins as a case of its own, with the key that it certifies: the key goes the way of the one here, the
/// certificate's text is a file beside the public key, and ssh is told both (`IdentityFile` and `CertificateFile`:
/// the certificate alone is not enough for OpenSSH 9.2). Its end takes the place of the fixed lifetime.
package enum AgentIdentity: Sendable {
    /// - Parameter passphrase: nil for a key without one.
    case privateKey(PrivateKeyText, passphrase: SecretBytes?)
}
