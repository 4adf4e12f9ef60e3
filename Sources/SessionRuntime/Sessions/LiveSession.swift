internal import Azure
internal import Diagnostics
internal import Planning
internal import Posix
internal import Profiles
internal import Transport
internal import Tunnels

/// The running part of a plan: listeners, tunnels and the client, each a task of one group, so that none outlives it.
struct LiveSession {
    let plan: Plan
    let access: AzureAccess
    let endpoint: BastionEndpoint
    let ledger: SessionLedger
    let secrets: SecretFinder
    let surroundings: Surroundings
    let signals: SignalRouter
    let report: @Sendable (SessionReport) -> Void
    private let plane: DataPlane
    private let reminder: EndReminder

    /// Told when the target stays silent to a client that would wait for it without end.
    private let silence = Hook()

    private final class Hook: @unchecked Sendable { var act: (() -> Void)? }

    init(
        plan: Plan, access: AzureAccess, endpoint: BastionEndpoint, ledger: SessionLedger,
        secrets: SecretFinder, surroundings: Surroundings, signals: SignalRouter,
        report: @escaping @Sendable (SessionReport) -> Void
    ) {
        self.plan = plan
        self.access = access
        self.endpoint = endpoint
        self.ledger = ledger
        self.secrets = secrets
        self.surroundings = surroundings
        self.signals = signals
        self.report = report
        plane = DataPlane(
            bastion: access.bastion, endpoint: endpoint, caFile: access.cloud.caFile,
            connections: access.http.connections, ledger: ledger, userAgent: AzureAccess.userAgent
        ) { report(.trace($0)) }
        reminder = EndReminder { report(.endsSlowly) }
    }

    /// What ended the session first.
    private enum Ending: Sendable {
        case client(ClientOutcome)
        case neverOpened(TunnelFailure)
        case failed(SessionError)
    }

    /// A listener that is open, with the server of its connections.
    private struct Entrance {
        let plan: ListenerPlan
        let listener: Listener
        let server: TunnelServer
        let admission: TunnelServer.Admission
    }

    func run() async throws(SessionError) -> ExitStatus {
        let folder = plan.command == nil ? nil : try SessionFolder(in: surroundings.directories)
        defer { folder?.remove() }
        let outcome = await withTaskCancellationHandler {
            do throws(SessionError) {
                return Result<ExitStatus, SessionError>.success(try await runRoutes(folder))
            } catch { return .failure(error) }
        } onCancel: { [reminder] in
            reminder.begin()
        }
        reminder.begin()
        let left = await plane.deleteLeftBehind()
        reminder.end()
        if left > 0 { report(.warning(Explanation.sessionsLeft(left, at: plan.bastion.name))) }
        return try outcome.get()
    }

    private func runRoutes(_ folder: SessionFolder?) async throws(SessionError) -> ExitStatus {
        if let streams = plan.routes.first(where: { $0.listener == .standardStreams }) {
            return try await relayStandardStreams(over: server(for: streams))
        }
        // Two descriptors a connection; a client that is launched keeps the limit that its user set.
        if plan.command == nil { OpenFiles.raiseLimit() }
        let entrances = try entrances(folder)
        for entrance in entrances {
            if case .mapping(let remote) = entrance.plan.purpose, let address = entrance.listener.address {
                report(.listening(address: address, remotePort: remote))
            }
        }
        let stage = try stage(folder, entrances)
        let server = entrances.first { $0.plan.id == .client }?.server
        silence.act = { if server?.sight.mostReceived == 0 { _ = stage?.endClient() } }
        defer { silence.act = nil }
        let status: Result<ExitStatus, SessionError>
        do { status = .success(try await attend(entrances, stage)) } catch { status = .failure(error) }
        await stage?.close()
        return try status.get()
    }

    private func stage(_ folder: SessionFolder?, _ entrances: [Entrance]) throws(SessionError) -> ClientStage?
    {
        guard let command = plan.command, let folder else { return nil }
        var ports: [ListenerID: UInt16] = [:]
        for entrance in entrances { ports[entrance.plan.id] = entrance.listener.address?.port }
        return try ClientStage(
            command, in: folder, ports: ports, secrets, surroundings, signals: signals, report: report)
    }

    private func attend(_ entrances: [Entrance], _ stage: ClientStage?) async throws(SessionError)
        -> ExitStatus
    {
        let ending = await withTaskGroup(of: Ending?.self) { group in
            for entrance in entrances {
                let confined = LoopConfined(entrance)
                group.addTask {
                    await confined.value.server.serve(
                        confined.value.listener, admitting: confined.value.admission)
                    confined.value.listener.close()
                    return nil
                }
            }
            if let stage {
                group.addTask {
                    await stage.answerQuestions()
                    return nil
                }
                let server = entrances.first { $0.plan.id == .client }?.server
                group.addTask { await client(on: stage, over: server) }
            }
            group.addTask {
                await plane.keepReady()
                return nil
            }
            group.addTask {
                await plane.retryDeletions()
                return nil
            }
            for (index, entrance) in entrances.enumerated() {
                let server = entrance.server
                group.addTask { await Self.openEarly(server, isFirst: index == 0) }
            }
            var first: Ending?
            for await ending in group {
                guard let ending else { continue }
                first = first ?? ending
                // The client ends before its connection does, so that only we say what happened.
                if case .neverOpened = ending, stage?.end() == true { continue }
                group.cancelAll()
                reminder.begin()
            }
            return first
        }
        switch ending {
        case .client(let outcome):
            if outcome.isClientFailure, outcome.reading != .freeRDP { explain(outcome) }
            return outcome.status
        case .neverOpened(let failure): throw .tunnel(failure)
        case .failed(let error): throw error
        case nil: throw .cancelled
        }
    }

    /// A client that failed has said so itself; this is what it may not know.
    private func explain(_ outcome: ClientOutcome) {
        // PuTTY has one status for all failures, those of a remote command too, and says what it is.
        if let secret = outcome.givenSecret, outcome.reading != .own(failure: 1) {
            report(.passwordWasUsed(secret.profile))
        }
        if let key = outcome.shownHostKey { report(.failedAfter(key)) }
    }

    /// Runs the client; again, where its tunnel was lost and the profile asks for it.
    private func client(on stage: ClientStage, over server: TunnelServer?) async -> Ending {
        do throws(SessionError) { try await stage.prepare(over: server) } catch { return .failed(error) }
        var retries = Relaunching(plan.reconnect)
        var hasHeard = false
        while true {
            let outcome: ClientOutcome
            do throws(SessionError) { outcome = try await stage.run(over: server) } catch {
                return .failed(error)
            }
            await EventLoop.shielded { await server?.giveUpSpares() }
            // Before the target was ever heard there is nothing to come back to.
            hasHeard = hasHeard || outcome.sight.mostReceived > 0
            let isWanted = isRelaunching && hasHeard && signals.interruption == nil && !Task.isCancelled
            guard isWanted, let server, let loss = outcome.lostTunnel else {
                return await ending(outcome, outcome.tunnel?.failure, on: stage, over: server)
            }
            do { try await reopen(server, after: loss, of: outcome.duration, &retries) } catch {
                if case .cancelled = error { return .failed(.cancelled) }
                if retries.attempt > 0 { report(.gaveUp(attempts: retries.attempt)) }
                return await ending(outcome, error, on: stage, over: server)
            }
        }
    }

    /// What the last launch came to. What its tunnel ended with was held back while another launch could have
    /// mended it.
    private func ending(
        _ outcome: ClientOutcome, _ failure: TunnelFailure?, on stage: ClientStage, over server: TunnelServer?
    ) async -> Ending {
        if isRelaunching, outcome.reading != .freeRDP, let failure {
            report(.tunnel(.failed(connection: 0, failure)))
        }
        if let error = await stage.failure(of: outcome, over: server) { return .failed(error) }
        return .client(outcome)
    }

    /// Opens a tunnel for the next launch, after as many pauses as it takes and the profile allows.
    ///
    /// - Parameter duration: how long the client had run.
    /// - Throws: why there is none.
    private func reopen(
        _ server: TunnelServer, after loss: TunnelFailure, of duration: Duration, _ retries: inout Relaunching
    ) async throws(TunnelFailure) {
        var (failure, duration) = (loss, duration)
        while failure.isLoss, let delay = retries.delay(after: duration) {
            report(.relaunching(failure, attempt: retries.attempt, of: plan.reconnect.attempts, delay: delay))
            guard await EventLoop.sleep(until: .now.advanced(by: delay)) else { throw .cancelled }
            do { return try await server.preopen() } catch { (failure, duration) = (error, .zero) }
        }
        throw failure
    }

    private var isRelaunching: Bool { plan.reconnect.attempts > 0 }

    /// Readiness is judged by the first listener's tunnel; the other ones get theirs when they were used.
    private static func openEarly(_ server: TunnelServer, isFirst: Bool) async -> Ending? {
        do { if isFirst { try await server.preopen() } } catch {
            if case .cancelled = error { return nil }
            return .neverOpened(error)
        }
        await server.keepSpares()
        return nil
    }

    /// `proxy`: one tunnel between our own standard input and output.
    private func relayStandardStreams(over server: TunnelServer) async throws(SessionError) -> ExitStatus {
        let streams: StandardStreams
        do { streams = try StandardStreams() } catch { throw .system(error) }
        defer { streams.restore() }
        // Cancelled at the end of this function: what nobody needs any more keeps nobody waiting.
        async let _: Void = plane.prepare()
        let failure = await server.carry { wakeUp throws(SystemError) in
            try LocalEnd(input: streams.input, output: streams.output, wakeUp: wakeUp)
        }
        guard let failure else { return .success }
        if case .cancelled = failure { throw .cancelled }
        if server.hasOpened { throw .broken(failure) }
        throw .tunnel(failure)
    }
}

// MARK: - Listeners

extension LiveSession {
    private func entrances(_ folder: SessionFolder?) throws(SessionError) -> [Entrance] {
        var open: [Entrance] = []
        for listener in plan.listeners {
            guard let route = plan.routes.first(where: { $0.listener == listener.id }) else { continue }
            let server = server(for: route)
            switch listener.binding {
            case .privateSocket:
                guard let folder else { continue }
                let address = try folder.socket(.tunnelSocket)
                do {
                    open.append(
                        Entrance(
                            plan: listener, listener: try Listener(on: address), server: server,
                            admission: .ownSocket))
                } catch { throw .system(error) }
            case .tcp(let host, let port):
                open.append(try entrance(listener, server, host: host, port: port))
            }
        }
        return open
    }

    private func entrance(_ plan: ListenerPlan, _ server: TunnelServer, host: String, port: UInt16)
        throws(SessionError) -> Entrance
    {
        guard let address = SocketAddress(literal: host, port: port) else {
            throw .listener(
                address: host, port: port, SystemError("bind", number: SystemError.addressNotAvailable))
        }
        do {
            return Entrance(
                plan: plan, listener: try Listener(on: address), server: server,
                admission: address.isLoopback ? .ownProcesses : .everyone)
        } catch { throw .listener(address: host, port: port, error) }
    }

    private func server(for route: TunnelRoute) -> TunnelServer {
        let bastion = plan.bastion.resourceID
        let target: TunnelTarget =
            switch route.destination {
            case .resource(let id): .resource(id.text)
            case .address(let address, _):
                .address(address, subscription: bastion.subscription, resourceGroup: bastion.resourceGroup)
            }
        let opener = TunnelOpener(
            to: target, port: route.port, over: plane, timeout: plan.tunnel.connectTimeout)
        return TunnelServer(opener: opener, settings: settings(for: route), report: told(of: route))
    }

    private func settings(for route: TunnelRoute) -> TunnelServer.Settings {
        var settings = TunnelServer.Settings()
        settings.messageSize = plan.tunnel.messageSize
        settings.drain = plan.tunnel.drain
        settings.stall = plan.tunnel.stallTimeout
        settings.ping = plan.tunnel.ping
        settings.spares = route.spares
        settings.expectsFirstByte = expectsFirstByte(route)
        settings.keptBeginning = plan.hostKeyCheck == nil ? 0 : ShownHostKey.span
        return settings
    }

    /// Who is told what happens to the tunnels of a route.
    private func told(of route: TunnelRoute) -> @Sendable (TunnelEvent) -> Void {
        // What `proxy` and FreeRDP fail with is their result, and said as such; a client that may be launched again
        // says it when it ends.
        let isResult =
            route.listener == .standardStreams || (route.listener == .client && isRelaunching)
        let mayGoOn = route.listener == .client && plan.command?.statusReading == .freeRDP
        let (silence, report) = (silence, report)
        return { event in
            if mayGoOn, case .failed(_, let failure) = event {
                if case .silent = failure { silence.act?() }
                return report(.clientLostTunnel(failure))
            }
            if isResult, case .failed = event { return }
            report(.tunnel(event))
        }
    }

    /// SSH servers speak first, RDP clients ask first; of others nothing is known.
    private func expectsFirstByte(_ route: TunnelRoute) -> Bool {
        switch route.listener {
        case .client: plan.command?.expectsFirstByte == true
        case .standardStreams: route.port == 22
        case .mapping: false
        }
    }
}
