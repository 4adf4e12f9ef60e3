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

    func plan(in context: CommandContext) throws(Problems) -> Plan {
        let library = try ProfileLibrary(context)
        let resolved = try library.usable(name, context)
        for warning in library.problems.warnings + resolved.warnings { context.note(warning.text) }
        var facts = FactsProbe(context.surroundings).facts(for: resolved.profile)
        facts.mayAsk = context.mayAsk
        do { return try Planner().plan(resolved.profile, for: request, given: facts) } catch {
            // What the cache says may be old: the host itself is asked before anything is refused for it.
            guard facts.host != nil else { throw error }
            facts.host = nil
            return try Planner().plan(resolved.profile, for: request, given: facts)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let plan = try plan(in: context)
        let screen = SessionScreen(
            context: context, explanation: Explanation(plan), hostKeyCheck: plan.hostKeyCheck, printsPorts: printsPorts)
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
