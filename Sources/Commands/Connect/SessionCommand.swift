internal import Diagnostics
internal import Keyring
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime
internal import Terminal

/// The road that `connect`, `tunnel` and `proxy` share: name → profile → plan → session → exit status.
struct SessionCommand {
    let name: String
    let request: PlanRequest
    var printsPorts = false

    func plan(in context: CommandContext) throws(Problems) -> Plan {
        try plan(try profile(in: context), for: request, context)
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try profile(in: context)
        var plan = try plan(profile, for: request, context)
        if plan.command?.needsHostKey == true {
            try plan.throwIfRefused()
            _ = try await run(try self.plan(profile, for: .learnHostKey, context), context)
            plan = try self.plan(profile, for: request, context)
            try announceHostKeys(of: plan, context)
        }
        return try await run(plan, context)
    }

    private func profile(in context: CommandContext) throws(Problems) -> Profile {
        let library = try ProfileLibrary(context)
        let resolved = try library.usable(name, context)
        for warning in library.problems.warnings + resolved.warnings { context.note(warning.text) }
        return resolved.profile
    }

    private func plan(_ profile: Profile, for request: PlanRequest, _ context: CommandContext)
        throws(Problems) -> Plan
    {
        var facts = FactsProbe(context.surroundings).facts(for: profile)
        if profile.client == .putty {
            let keys = TargetHostKeys(profile: profile, knownHosts: KnownHostsFile(facts.knownHostsFile))
            do { facts.hostKeys = try keys.fingerprints() } catch { throw Problems(error) }
        }
        do { return try Planner().plan(profile, for: request, given: facts) } catch {
            // What the cache says may be old: the host itself is asked before anything is refused for it.
            guard facts.host != nil else { throw error }
            facts.host = nil
            return try Planner().plan(profile, for: request, given: facts)
        }
    }

    /// Says which host key is trusted from now on, as ssh says it at a first connection.
    private func announceHostKeys(of plan: Plan, _ context: CommandContext) throws(Problems) {
        guard let command = plan.command, !command.needsHostKey else {
            throw Problems(
                Diagnostic(
                    "client.host-key-not-learnt", "the target of '\(name)' showed no host key",
                    remedy: "look with -v, or give the key as ssh.hostKeys", exit: .unavailable))
        }
        let keys = zip(command.arguments, command.arguments.dropFirst()).filter { $0.0 == "-hostkey" }
        for (_, key) in keys { context.note("the host key of '\(name)' is kept from now on: \(key.shown)") }
    }

    private func run(_ plan: Plan, _ context: CommandContext) async throws(Problems) -> ExitStatus {
        let screen = SessionScreen(
            context: context, explanation: Explanation(plan), printsPorts: printsPorts)
        let runner = SessionRunner(
            context.surroundings, signals: context.signals,
            askForSecret: { await SecretQuestion(context).ask(for: $0, mayKeep: $1) }, report: screen.show)
        do { return try await runner.run(plan) } catch { throw Explanation(plan).problems(error) }
    }
}

/// Asks at the terminal for a secret that the keyring does not have, and offers to keep it.
struct SecretQuestion: Sendable {
    private let context: CommandContext

    init(_ context: CommandContext) { self.context = context }

    /// - Parameter mayKeep: whether there is a keyring that takes it.
    func ask(for label: SecretLabel, mayKeep: Bool) async -> SecretBytes? {
        guard context.mayAsk, let secret = try? TerminalInput.readSecret(prompt: "The \(label.text): "),
            !secret.isEmpty
        else { return nil }
        guard mayKeep, (try? TerminalInput.confirm("Keep it in the keyring?")) == true else { return secret }
        do {
            try await context.surroundings.secrets.store(
                secret, label: "bastion-up: \(label.text)", SecretAttributes(label),
                by: AzureAccess.deadlines(context.surroundings))
        } catch { context.say(KeyringWords(label: label).diagnostic(error).text) }
        return secret
    }
}
