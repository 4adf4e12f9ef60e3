/// How the user signs in to the target.
package struct Authentication: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        /// The user's own keys and agent for ssh; RDP asks.
        case none
        case sshKey(KeySource)
        case password
        /// Microsoft Entra ID (`aad`, alias `entra`).
        case entra
    }

    package enum KeySource: Hashable, Sendable {
        /// An absolute path.
        case file(String)
        case keyring
        case agent
        case keyVault(vault: String, secret: String, version: String?)
        /// `ssh-key` with no source named: the keys that ssh tries by itself.
        case unspecified
    }

    package var method: Method
    /// The login name on the target; nil where the certificate's principal decides.
    package var username: String?

    /// Whether no profile names the user: it is a default, of `config.yaml` or of this machine.
    package var isUsernameSuggested: Bool

    package init(method: Method, username: String?, isUsernameSuggested: Bool = false) {
        (self.method, self.username) = (method, username)
        self.isUsernameSuggested = isUsernameSuggested
    }
}
