internal import Azure
package import Diagnostics
internal import Keyring
package import Planning
package import Posix
internal import Profiles
internal import Transport
internal import Tunnels

/// Runs a plan: opens what it names in its order, launches the client, waits, and undoes everything in reverse.
package struct SessionRunner: Sendable {
    private let surroundings: Surroundings
    private let signals: SignalRouter
    private let askForSecret: @Sendable (SecretLabel, _ mayKeep: Bool) async -> SecretBytes?
    private let report: @Sendable (SessionReport) -> Void

    /// - Parameters:
    ///   - askForSecret: asks the person at the terminal; nil where nobody can be asked.
    ///   - report: told what happens, on the loop's thread.
    package init(
        _ surroundings: Surroundings, signals: SignalRouter,
        askForSecret: @escaping @Sendable (SecretLabel, _ mayKeep: Bool) async -> SecretBytes?,
        report: @escaping @Sendable (SessionReport) -> Void
    ) {
        self.surroundings = surroundings
        self.signals = signals
        self.askForSecret = askForSecret
        self.report = report
    }

    /// - Returns: the client's status; success for tunnels that were ended by a signal.
    /// - Throws: why no tunnel was ever open; cancellation is `cancelled`.
    package func run(_ plan: Plan) async throws(SessionError) -> ExitStatus {
        do { try plan.throwIfRefused() } catch { throw .problems(error) }
        for warning in plan.warnings { report(.warning(warning)) }
        let secrets = SecretFinder(surroundings, ask: askForSecret)
        for label in plan.secrets { try await secrets.require(label) }
        try await SessionAgent.prepare(plan.command?.identities ?? [], secrets)
        let access = try await AzureAccess(host: plan.bastion, surroundings)
        let ledger = SessionLedger(stateFolder: surroundings.directories.state)
        defer { ledger.finish() }
        let outcome: Result<ExitStatus, SessionError>
        async let swept: Void = sweep(access)
        do { outcome = .success(try await open(plan, access, ledger, secrets)) } catch {
            outcome = .failure(error)
        }
        await swept
        await access.http.closeIdle()
        return try outcome.get()
    }

    /// Opens with what the cache says of the host; if that fails, once more with what Resource Manager says now.
    private func open(
        _ plan: Plan, _ access: AzureAccess, _ ledger: SessionLedger, _ secrets: SecretFinder
    ) async throws(SessionError) -> ExitStatus {
        let reader = HostReader(access: access, cache: HostCache(cacheFolder: surroundings.directories.cache))
        if case .fromCache(let facts) = plan.hostCheck {
            let session = try live(plan, facts, access, ledger, secrets)
            do { return try await session.run() } catch {
                guard error.mayComeFromStaleHost else { throw error }
                report(.trace("the cached facts of the bastion host may be old: reading it again"))
            }
        }
        let facts = try await reader.read(plan.bastion)
        let confirmed: Plan
        do { confirmed = try Planner().confirm(plan, host: facts) } catch { throw .problems(error) }
        for warning in confirmed.warnings where !plan.warnings.contains(warning) { report(.warning(warning)) }
        return try await live(confirmed, facts, access, ledger, secrets).run()
    }

    private func live(
        _ plan: Plan, _ facts: HostFacts, _ access: AzureAccess, _ ledger: SessionLedger,
        _ secrets: SecretFinder
    ) throws(SessionError) -> LiveSession {
        let endpoint: BastionEndpoint
        do { endpoint = try BastionEndpoint(facts.endpoint, under: access.cloud.bastionSuffix) } catch {
            throw .azure(error)
        }
        return LiveSession(
            plan: plan, access: access, endpoint: endpoint, ledger: ledger, secrets: secrets,
            surroundings: surroundings, signals: signals, report: report)
    }

    /// Deletes what runs that died left open. The session at hand is not kept waiting for it.
    private func sweep(_ access: AzureAccess) async {
        let sweep = LedgerSweep(stateFolder: surroundings.directories.state, now: UnixTime.now())
        let found = await sweep.run(until: .now.advanced(by: Self.sweepTime)) { caFile in
            if caFile == access.cloud.caFile { return access.http }
            guard let context = try? AzureAccess.context(caFile: caFile, surroundings) else { return nil }
            return HTTPClient(context: context, proxies: access.proxies, userAgent: AzureAccess.userAgent)
        }
        if found != LedgerSweep.Report() { report(.swept(found)) }
    }

    private static let sweepTime = Duration.seconds(10)
}

extension SessionError {
    /// Whether the host's cached endpoint or switches may be the reason.
    fileprivate var mayComeFromStaleHost: Bool {
        switch self {
        case .azure(.endpointOutsideCloud), .azure(.unreachable(.bastion, _)): true
        case .tunnel(.token(.unreachable(.bastion, _))), .tunnel(.connection): true
        case .tunnel(.token(.refused(let refusal))): refusal.service == .bastion && refusal.status != 429
        case .tunnel(.upgradeRefused): true
        default: false
        }
    }
}
