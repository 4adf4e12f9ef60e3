internal import Diagnostics
internal import Keyring
internal import Planning
internal import Posix
internal import Profiles
internal import SessionRuntime

/// `secret set NAME | list | rm NAME`, sorted out.
enum SecretCommand {
    static func make(_ arguments: ParsedArguments) throws(Diagnostic) -> any Command {
        if arguments.has("--private-key") {
            throw Diagnostic(
                "secret.not-supported-yet", "private keys in the keyring are not supported yet",
                remedy: "name the key's file in auth.key", exit: .configuration)
        }
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

    /// What the password of a profile is found by.
    /// - Throws: all that is wrong with the profile; `secret.no-username` (78).
    static func label(_ profile: Profile, username: String?) throws(Problems) -> SecretLabel {
        guard let username = username ?? profile.authentication.username, !username.isEmpty else {
            throw Problems(
                Diagnostic(
                    "secret.no-username", "profile '\(profile.name)' names no user",
                    remedy: "set auth.username, or give --username", at: profile.place(of: "auth"),
                    exit: .configuration))
        }
        return SecretLabel(
            kind: .password, target: TargetKey(of: profile), username: username, profile: profile.name)
    }
}

/// `secret set NAME`
struct SecretSetCommand: Command {
    private let name: String
    private let username: String?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[1]
        username = arguments.value("--username")
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).usable(name, context).profile
        try Self.requirePassword(profile)
        let label = try SecretCommand.label(profile, username: username)
        let store = PasswordStore(label: label, surroundings: context.surroundings)
        // A keyring that is not there says so before anything is typed.
        let existed = try await store.exists()
        let secret: SecretBytes
        do { secret = try SecretInput(context: context).read(label.text, isRepeated: true) } catch {
            throw Problems(error)
        }
        try await store.keep(secret)
        context.note("\(existed ? "replaced" : "stored"): \(label.text)")
        return .success
    }

    /// - Throws: `secret.not-used` (78): a password that nothing would ever read is not stored.
    static func requirePassword(_ profile: Profile) throws(Problems) {
        guard profile.authentication.method != .password else { return }
        throw Problems(
            Diagnostic(
                "secret.not-used", "profile '\(profile.name)' does not sign in by password",
                remedy: "set auth.type: password in the profile first", at: profile.place(of: "auth"),
                exit: .configuration))
    }
}

/// `secret rm NAME`
struct SecretRemoveCommand: Command {
    private let name: String
    private let username: String?
    private let isConfirmed: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[1]
        username = arguments.value("--username")
        isConfirmed = arguments.has("--yes")
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).usable(name, context).profile
        let label = try SecretCommand.label(profile, username: username)
        let store = PasswordStore(label: label, surroundings: context.surroundings)
        guard try await store.exists() else { throw Problems(Self.none(label)) }
        let isMeant = if isConfirmed { true } else { try confirm(label, context) }
        guard isMeant else {
            context.note("kept: \(label.text)")
            return .success
        }
        guard try await store.remove() else { throw Problems(Self.none(label)) }
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

/// One secret of a target in the keyring, with words for what goes wrong.
struct PasswordStore {
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
