package import Keyring
package import Planning
internal import Posix

/// Finds the secrets that a plan names: in the keyring, else from the person at the terminal. Keeps what it found
/// for as long as it lives.
final class SecretFinder: @unchecked Sendable {
    private let surroundings: Surroundings
    private let ask: @Sendable (SecretLabel, _ mayKeep: Bool) async -> SecretBytes?
    private var found: [SecretLabel: SecretBytes] = [:]

    init(
        _ surroundings: Surroundings,
        ask: @escaping @Sendable (SecretLabel, _ mayKeep: Bool) async -> SecretBytes?
    ) {
        self.surroundings = surroundings
        self.ask = ask
    }

    /// A secret that is certain to be needed. Before the client has the terminal.
    /// - Throws: `secretMissing`, or what the keyring failed with, where nobody can be asked.
    @discardableResult
    func require(_ label: SecretLabel) async throws(SessionError) -> SecretBytes {
        if let known = found[label] { return known }
        let failure: SessionError
        var hasKeyring = false
        do {
            if let stored = try await lookUp(label) { return stored }
            failure = .secretMissing(label)
            hasKeyring = true
        } catch { failure = .keyring(error, label) }
        // A private key is nothing that a person types.
        guard label.kind != .privateKey, let typed = await ask(label, hasKeyring) else { throw failure }
        found[label] = typed
        return typed
    }

    /// As `require`, for a client that reads one line.
    /// - Throws: `secretNotALine` besides.
    func requireLine(_ label: SecretLabel) async throws(SessionError) -> SecretBytes {
        let secret = try await require(label)
        let isLine = secret.withBytes { bytes in !bytes.contains { [0, 0x0A, 0x0D].contains($0) } }
        guard isLine else { throw .secretNotALine(label) }
        return secret
    }

    /// A secret that the keyring may have; nobody is asked.
    func find(_ label: SecretLabel) async -> SecretBytes? {
        if let known = found[label] { return known }
        return try? await lookUp(label)
    }

    private func lookUp(_ label: SecretLabel) async throws(KeyringError) -> SecretBytes? {
        let stored = try await surroundings.secrets.lookup(
            SecretAttributes(label), by: AzureAccess.deadlines(surroundings))
        if let stored { found[label] = stored }
        return stored
    }
}

extension SecretAttributes {
    /// What a plan's label is found by in the keyring: two profiles to one target share it, two users do not.
    package init(_ label: SecretLabel) {
        self.init(
            Kind(rawValue: label.kind.rawValue) ?? .password,
            ["target": label.target.text, "username": label.username])
    }
}
