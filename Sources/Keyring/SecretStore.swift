package import Posix

/// Where secrets are kept between runs: the desktop's Secret Service, or memory in tests.
package protocol SecretStore: Sendable {
    /// - Returns: the newest secret that matches; nil only if there surely is none.
    /// - Throws: `locked` if there is one that cannot be read.
    func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> SecretBytes?

    /// Adds the secret, or replaces that of the item with exactly these attributes.
    func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError)

    /// Deletes every item that matches.
    /// - Returns: whether there was one.
    func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> Bool

    /// Lists what matches, locked items included; never unlocks and never prompts.
    func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> [StoredItem]
}

/// How long a keyring call may take.
package struct KeyringDeadlines: Hashable, Sendable {
    /// Until when the service must have answered, as long as no person is asked.
    package var answer: Instant
    /// Until when a person may type the keyring's password; nil: nobody is asked, a locked keyring is an error.
    package var prompt: Instant?

    package init(answer: Instant, prompt: Instant? = nil) {
        self.answer = answer
        self.prompt = prompt
    }

    /// The answer's deadline once a prompt has come and gone.
    var afterPrompt: Instant { max(answer, prompt ?? answer) }
}

/// An item as the keyring lists it, without its secret.
package struct StoredItem: Hashable, Sendable {
    package let label: String
    package let attributes: SecretAttributes
    package let isLocked: Bool

    package init(label: String, attributes: SecretAttributes, isLocked: Bool) {
        self.label = label
        self.attributes = attributes
        self.isLocked = isLocked
    }
}
