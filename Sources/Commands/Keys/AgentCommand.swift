internal import Diagnostics
internal import Keyring
internal import Planning
internal import Posix
internal import Profiles
internal import SSHKeys
internal import SessionRuntime

/// `agent NAME`: makes sure that an agent of this user holds the profile's key. Quick where it does already: plain ssh
/// runs this for each connection.
struct AgentCommand: Command {
    private let name: String
    private let lifetime: Duration
    private let isStop: Bool

    /// Of a key from the keyring, which has no end of its own: a working day.
    static let defaultLifetime = Duration.seconds(8 * 3600)

    private static let longestLifetime = Duration.seconds(720 * 3600)

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        isStop = arguments.has("--stop")
        lifetime = try arguments.value("--lifetime").map(Self.lifetime) ?? Self.defaultLifetime
    }

    private static func lifetime(_ text: String) throws(Diagnostic) -> Duration {
        guard let lifetime = DurationText.parse(text), (.seconds(1)...longestLifetime).contains(lifetime)
        else {
            throw Diagnostic(
                "usage.lifetime", "'\(text)' is no lifetime of a key",
                remedy: "write it as 30m or 8h; from 1s to 720h", exit: .usage)
        }
        return lifetime
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).usable(name).profile
        let label = try Self.keyLabel(profile)
        let words = SSHKeyWords(label: label)
        let paths = AgentPaths(of: profile, runtimeFolder: context.surroundings.directories.runtime)
        let agent = UserAgent(at: UserAgent.Place(paths))
        if isStop { return try await stop(agent, label, words, context) }
        if await agent.isReady() { return .success }
        let start: UserAgentStart?
        do throws(SSHKeyError) {
            do { _ = try context.surroundings.directories.runtimeFolder() } catch { throw .file(error) }
            start = try await agent.claim()
        } catch { throw Problems(words.diagnostic(error)) }
        guard let start else { return .success }
        let identity: AgentIdentity
        do { identity = try await KeyFinder(context: context, profile: profile).identity(label) } catch {
            start.abandon()
            throw error
        }
        do {
            try await start.run(
                identity, lifetime: lifetime,
                keeper: [context.surroundings.ownExecutable, HoldAgentCommand.name],
                tools: AgentTools(context.surroundings, signals: context.signals))
        } catch {
            let isOfPassphrase = error == .passphraseMissing || error == .passphraseWrong
            let passphrase = SecretLabel.passphrase(of: profile, login: context.surroundings.user)
            throw Problems(SSHKeyWords(label: isOfPassphrase ? passphrase ?? label : label).diagnostic(error))
        }
        context.note("an agent holds the \(label.text): \(paths.socket)", at: .verbose)
        return .success
    }

    private func stop(
        _ agent: UserAgent, _ label: SecretLabel, _ words: SSHKeyWords, _ context: CommandContext
    ) async throws(Problems) -> ExitStatus {
        do {
            let wasThere = try await agent.stop()
            context.note(
                wasThere ? "ended the agent of the \(label.text)" : "no agent holds the \(label.text)")
            return .success
        } catch { throw Problems(words.diagnostic(error)) }
    }

    /// The key that the profile's agent holds.
    /// - Throws: `agent.not-needed`, `agent.not-supported-yet` (78).
    static func keyLabel(_ profile: Profile) throws(Problems) -> SecretLabel {
        switch profile.authentication.method {
        case .sshKey(.keyring):
            if let label = SecretLabel.privateKey(of: profile) { return label }
            throw Problems(SecretCommand.noUsername(profile))
        case .entra: throw notSupportedYet("Entra sign-in to the target", profile)
        case .sshKey(.keyVault): throw notSupportedYet("a key in a Key Vault", profile)
        case .none, .password, .sshKey(.file), .sshKey(.agent), .sshKey(.unspecified):
            throw Problems(
                Diagnostic(
                    "agent.not-needed", "profile '\(profile.name)' signs in without a key from the keyring",
                    remedy: "leave out the agent, or set auth.key: keyring", at: profile.place(of: "auth"),
                    exit: .configuration))
        }
    }

    private static func notSupportedYet(_ what: String, _ profile: Profile) -> Problems {
        Problems(
            Diagnostic(
                "agent.not-supported-yet", "\(what) is not supported yet",
                remedy: "set auth.key: keyring, or auth.key to the path of a key file",
                at: profile.place(of: "auth"), exit: .configuration))
    }
}

extension UserAgent.Place {
    init(_ paths: AgentPaths) {
        self.init(
            folder: paths.folder, socket: paths.socket, publicKey: paths.publicKey, lock: paths.lock)
    }
}

/// Gets a key out of the keyring, with its passphrase.
private struct KeyFinder {
    let context: CommandContext
    let profile: Profile

    func identity(_ label: SecretLabel) async throws(Problems) -> AgentIdentity {
        guard let text = try await lookUp(label) else {
            throw Problems(
                Diagnostic(
                    "secret.missing", "the keyring has no \(label.text)",
                    remedy: "store it with: \(Explanation.storing(label))",
                    exit: .notPermitted))
        }
        do throws(SSHKeyError) {
            let key = try PrivateKeyText(text)
            return .privateKey(key, passphrase: key.isEncrypted ? await passphrase() : nil)
        } catch { throw Problems(SSHKeyWords(label: label).diagnostic(error)) }
    }

    /// From the keyring, else from a person who runs this by hand: ssh runs it without input of its own.
    private func passphrase() async -> SecretBytes? {
        guard let label = SecretLabel.passphrase(of: profile, login: context.surroundings.user) else {
            return nil
        }
        // A keyring that just gave the key has no passphrase where this fails.
        if let stored = try? await lookUp(label) { return stored }
        guard context.surroundings.hasTerminalInput else { return nil }
        return await SecretQuestion(context).ask(for: label, mayKeep: true)
    }

    private func lookUp(_ label: SecretLabel) async throws(Problems) -> SecretBytes? {
        let surroundings = context.surroundings
        do {
            return try await surroundings.secrets.lookup(
                SecretAttributes(label), by: AzureAccess.deadlines(surroundings))
        } catch { throw Problems(KeyringWords(label: label).diagnostic(error)) }
    }
}
