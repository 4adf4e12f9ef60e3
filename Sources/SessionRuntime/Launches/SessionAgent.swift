internal import Planning
internal import Posix
internal import SSHKeys

/// The private agent of one session, with the keys of the keyring that its client signs in by. Nothing of a key but
/// its public part is in a file.
///
/// A certificate, or a key from elsewhere, is one more source of an `AgentIdentity` in `identity(_:_:)`.
struct SessionAgent {
    private let agent: PrivateAgent

    /// The agent ends with its session, which may last.
    private static let lifetime = Duration.seconds(30 * 24 * 3600)

    /// Starts the agent and gives it the keys; writes their public parts beside its socket.
    init(
        holding identities: [ClientCommand.Identity], in folder: SessionFolder, _ secrets: SecretFinder,
        tools: AgentTools
    ) async throws(SessionError) {
        guard let first = identities.first else { throw .cancelled }
        let socket: String
        do { socket = try folder.folder.socketPath(of: RuntimeFile.agentSocket.name) } catch {
            throw .file(error)
        }
        do { agent = try await PrivateAgent(at: socket, tools: tools) } catch { throw .key(error, first.key) }
        do throws(SessionError) {
            let loader = AgentLoader(into: socket, folder: folder.folder, tools: tools)
            for identity in identities {
                let key = try await Self.identity(identity, secrets)
                let line: String
                do { line = try await loader.load(key, lifetime: Self.lifetime) } catch {
                    throw .key(error, error.isOfPassphrase ? identity.passphrase : identity.key)
                }
                try folder.write(identity.publicKey, line + "\n")
            }
        } catch {
            await agent.close()
            throw error
        }
    }

    /// Finds all that the keys need, while nothing else has the terminal; a key that is no use is told of here.
    static func prepare(_ identities: [ClientCommand.Identity], _ secrets: SecretFinder)
        async throws(SessionError)
    {
        for wanted in identities { _ = try await identity(wanted, secrets) }
    }

    private static func identity(_ identity: ClientCommand.Identity, _ secrets: SecretFinder)
        async throws(SessionError) -> AgentIdentity
    {
        let stored = try await secrets.require(identity.key)
        let key: PrivateKeyText
        do { key = try PrivateKeyText(stored) } catch { throw .key(error, identity.key) }
        let passphrase = key.isEncrypted ? try await secrets.require(identity.passphrase) : nil
        return .privateKey(key, passphrase: passphrase)
    }

    func close() async { await agent.close() }
}

extension SSHKeyError {
    fileprivate var isOfPassphrase: Bool { self == .passphraseWrong || self == .passphraseMissing }
}
