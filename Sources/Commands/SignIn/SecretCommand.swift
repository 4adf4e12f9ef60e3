internal import Diagnostics
internal import Keyring
internal import Planning
internal import Posix
internal import Profiles
internal import SSHKeys
internal import SessionRuntime

/// `secret set NAME | list | rm NAME`, sorted out.
enum SecretCommand {
    static func make(_ arguments: ParsedArguments) throws(Diagnostic) -> any Command {
        if arguments.has("--password") {
            throw Diagnostic(
                "secret.secret-in-arguments",
                "--password is not taken: other programs can read a command line, and the shell keeps it",
                remedy: "leave it out: the secret is asked for, or read from standard input", exit: .usage)
        }
        let takesName = ["set": true, "rm": true, "list": false][arguments.words[0]]
        guard let takesName else { throw usage("is not something that 'secret' does", arguments) }
        guard arguments.words.count == (takesName ? 2 : 1) else {
            throw usage(takesName ? "takes the name of a profile" : "takes no name", arguments)
        }
        switch arguments.words[0] {
        case "set": return try SecretSetCommand(arguments)
        case "rm": return try SecretRemoveCommand(arguments)
        default: return try SecretListCommand(arguments)
        }
    }

    private static func usage(_ text: String, _ arguments: ParsedArguments) -> Diagnostic {
        Diagnostic(
            "usage.secret", "'\(arguments.words[0])' \(text)",
            remedy: "use: bastion-up secret set NAME, secret list, or secret rm NAME", exit: .usage)
    }

    static func noUsername(_ profile: Profile) -> Diagnostic {
        Diagnostic(
            "secret.no-username", "profile '\(profile.name)' names no user",
            remedy: "set auth.username, or give --username", at: profile.place(of: "auth"),
            exit: .configuration)
    }
}

/// `secret set NAME [--passphrase | --private-key [--file PATH]]`
struct SecretSetCommand: Command {
    private let name: String
    private let choice: SecretChoice
    private let username: String?
    private let file: String?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[1]
        choice = try SecretChoice(arguments)
        username = arguments.value("--username")
        file = arguments.value("--file")
        guard file == nil || choice == .privateKey else {
            throw Diagnostic(
                "usage.missing-flag",
                "--file names the file of a private key, and nothing else is read from one",
                remedy: "add --private-key; other secrets are read from standard input", exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).usable(name).profile
        try choice.requireUse(in: profile)
        let label = try choice.label(profile, username: username, login: context.surroundings.user)
        let store = StoredSecret(label: label, surroundings: context.surroundings)
        // A keyring that is not there says so before anything is typed.
        let existed = try await store.exists()
        let secret: SecretBytes
        do throws(Diagnostic) {
            let input = SecretInput(context: context)
            secret =
                choice == .privateKey
                ? try input.readKey(label.text, file: file, profile: name)
                : try input.read(label.text, isRepeated: true)
        } catch { throw Problems(error) }
        if choice == .privateKey {
            try await keep(secret, in: store, existed, profile, context)
        } else {
            try await store.keep(secret)
            context.note("\(existed ? "replaced" : "stored"): \(label.text)")
        }
        return .success
    }

    /// Stores a key in the form in which ssh takes it, and says what else it needs.
    private func keep(
        _ text: SecretBytes, in store: StoredSecret, _ existed: Bool, _ profile: Profile,
        _ context: CommandContext
    ) async throws(Problems) {
        let key: PrivateKeyText
        do { key = try PrivateKeyText(text) } catch {
            throw Problems(SSHKeyWords(label: store.label).diagnostic(error))
        }
        try await store.keep(key.text)
        try await profile.endAgent(of: store.label, username: username, context)
        let kind = key.algorithm.map { " (\($0.rawValue))" } ?? ""
        context.note("\(existed ? "replaced" : "stored"): \(store.label.text)\(kind)")
        guard key.isEncrypted else { return }
        let passphrase = StoredSecret(
            label: try SecretChoice.passphrase.label(
                profile, username: username, login: context.surroundings.user),
            surroundings: context.surroundings)
        let isStored = try await passphrase.exists()
        context.note(
            isStored
                ? "its passphrase is expected to be the \(passphrase.label.text) that the keyring has"
                : "it has a passphrase, which is asked for unless you store it: "
                    + Explanation.storing(passphrase.label))
    }
}

extension Profile {
    /// Ends the agent that holds the profile's key from the keyring: the key is another one now, or gone.
    fileprivate func endAgent(of label: SecretLabel, username: String?, _ context: CommandContext)
        async throws(Problems)
    {
        var profile = self
        if let username { profile.authentication.username = username }
        let paths = AgentPaths(of: profile, runtimeFolder: context.surroundings.directories.runtime)
        do { _ = try await UserAgent(at: UserAgent.Place(paths)).stop() } catch {
            throw Problems(SSHKeyWords(label: label).diagnostic(error))
        }
    }
}

/// `secret rm NAME [--passphrase | --private-key]`
struct SecretRemoveCommand: Command {
    private let name: String
    private let choice: SecretChoice
    private let username: String?
    private let isConfirmed: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        guard !arguments.has("--file") else {
            throw Diagnostic(
                "usage.secret", "'rm' takes no --file", remedy: "leave it out", exit: .usage)
        }
        name = arguments.words[1]
        choice = try SecretChoice(arguments)
        username = arguments.value("--username")
        isConfirmed = arguments.has("--yes")
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).usable(name).profile
        let label = try choice.label(profile, username: username, login: context.surroundings.user)
        let store = StoredSecret(label: label, surroundings: context.surroundings)
        guard try await store.exists() else { throw Problems(Self.none(label)) }
        let isMeant = if isConfirmed { true } else { try confirm(label, context) }
        guard isMeant else {
            context.note("kept: \(label.text)")
            return .success
        }
        guard try await store.remove() else { throw Problems(Self.none(label)) }
        if choice == .privateKey { try await profile.endAgent(of: label, username: username, context) }
        context.note("removed: \(label.text)")
        return .success
    }

    private func confirm(_ label: SecretLabel, _ context: CommandContext) throws(Problems) -> Bool {
        try context.confirm(
            "Remove the \(label.text) from the keyring?",
            orFailWith: Diagnostic(
                "secret.not-confirmed", "removing the \(label.text) was not confirmed", remedy: "give --yes",
                exit: .notPermitted))
    }

    private static func none(_ label: SecretLabel) -> Diagnostic {
        Diagnostic(
            "secret.none", "the keyring has no \(label.text)",
            remedy: "'bastion-up secret list' shows what there is", exit: .noSuchProfile)
    }
}

/// One secret in the keyring, with words for what goes wrong.
struct StoredSecret {
    let label: SecretLabel
    let surroundings: Surroundings

    private var deadlines: KeyringDeadlines { AzureAccess.deadlines(surroundings) }
    private var attributes: SecretAttributes { SecretAttributes(label) }

    /// Never prompts and never unlocks.
    func exists() async throws(Problems) -> Bool {
        do { return try await !surroundings.secrets.search(attributes, by: deadlines).isEmpty } catch {
            throw words(error)
        }
    }

    func keep(_ secret: SecretBytes) async throws(Problems) {
        do {
            try await surroundings.secrets.store(
                secret, label: "bastion-up: \(label.text)", attributes, by: deadlines)
        } catch { throw words(error) }
    }

    func remove() async throws(Problems) -> Bool {
        do { return try await surroundings.secrets.delete(attributes, by: deadlines) } catch {
            throw words(error)
        }
    }

    private func words(_ error: KeyringError) -> Problems {
        Problems(KeyringWords(label: nil).diagnostic(error))
    }
}
