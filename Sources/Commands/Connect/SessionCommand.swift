internal import Diagnostics
internal import Keyring
internal import Planning
internal import Posix
internal import Profiles
internal import SessionRuntime
internal import Terminal

/// The road that `connect`, `tunnel` and `proxy` share: name → profile → plan → session → exit status.
struct SessionCommand {
    let name: String
    let request: PlanRequest
    var printsPorts = false

    /// What `plan` shows: nothing is run and nobody is asked.
    func plan(in context: CommandContext) throws(Problems) -> Plan {
        let (profile, facts) = try lookAround(in: context)
        return try Self.plan(profile, for: request, given: facts)
    }

    private func lookAround(in context: CommandContext) throws(Problems) -> (Profile, Facts) {
        let library = try ProfileLibrary(context)
        let resolved = try library.usable(name)
        for warning in library.problems.warnings + resolved.warnings { context.note(warning.text) }
        var facts = FactsProbe(context.surroundings).facts(
            for: resolved.profile, preferring: library.configuration.clientPrograms)
        facts.mayAsk = context.mayAsk
        return (resolved.profile, facts)
    }

    private static func plan(_ profile: Profile, for request: PlanRequest, given facts: Facts)
        throws(Problems) -> Plan
    {
        do { return try Planner().plan(profile, for: request, given: facts) } catch {
            // What the cache says may be old: the host itself is asked before anything is refused for it.
            guard facts.host != nil else { throw error }
            var facts = facts
            facts.host = nil
            return try Planner().plan(profile, for: request, given: facts)
        }
    }

    /// The plan that is run: with the client's release, the target's host key, and the answers that it needs.
    private func completePlan(in context: CommandContext) async throws(Problems) -> Plan {
        var (profile, facts) = try lookAround(in: context)
        if case .connect = request {
            let detection = ClientDetection(context.surroundings, signals: context.signals)
            facts = await detection.completed(facts, for: profile)
        }
        let plan = try Self.plan(profile, for: request, given: facts)
        if plan.command?.needsHostKey == true {
            try plan.throwIfRefused()
            return try await knowingHostKey(of: profile, facts, context)
        }
        guard plan.asksForUsername else { return plan }
        try plan.throwIfRefused()
        let username = try UsernameQuestion(context).ask(for: profile)
        profile.authentication = Authentication(method: .password, username: username)
        return try Self.plan(profile, for: request, given: facts)
    }

    /// Has ssh learn the target's host key, over a tunnel of its own, and says which one is trusted from now on.
    private func knowingHostKey(of profile: Profile, _ facts: Facts, _ context: CommandContext)
        async throws(Problems) -> Plan
    {
        _ = try await run(try Self.plan(profile, for: .learnHostKey, given: facts), context)
        var facts = facts
        facts.hostKeys = FactsProbe(context.surroundings).hostKeys(of: profile)
        guard !facts.hostKeys.isEmpty else {
            throw Problems(
                Diagnostic(
                    "client.host-key-not-learnt", "the target of '\(name)' showed no host key",
                    remedy: "look with -v, or give the key as ssh.hostKeys", exit: .unavailable))
        }
        for key in facts.hostKeys { context.note("the host key of '\(name)' is kept from now on: \(key)") }
        return try Self.plan(profile, for: request, given: facts)
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        try await run(try await completePlan(in: context), context)
    }

    private func run(_ plan: Plan, _ context: CommandContext) async throws(Problems) -> ExitStatus {
        let screen = SessionScreen(
            context: context, explanation: Explanation(plan), hostKeyCheck: plan.hostKeyCheck,
            printsPorts: printsPorts)
        defer { screen.finish() }
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
