internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SSHKeys
internal import Tunnels

/// All that a client needs beside its tunnel: its private files, answers to its questions, and its launches.
///
/// Belongs to the loop's thread and to the scope that made it.
final class ClientStage: @unchecked Sendable {
    private let command: ClientCommand
    private var filling: Word.Filling
    private let secrets: SecretFinder
    private let surroundings: Surroundings
    private let signals: SignalRouter
    private let report: @Sendable (SessionReport) -> Void
    private let folder: SessionFolder
    private let askpass: AskpassResponder?
    private var agent: SessionAgent?
    private var client: ClientProcess?
    private var log: ClientLog?
    private var certificate: CertificateFingerprint?
    private var isEnded = false

    /// Writes the private files and opens the socket of the askpass helper.
    init(
        _ command: ClientCommand, in folder: SessionFolder, ports: [ListenerID: UInt16],
        _ secrets: SecretFinder, _ surroundings: Surroundings, signals: SignalRouter,
        report: @escaping @Sendable (SessionReport) -> Void
    ) throws(SessionError) {
        // ssh makes the file of host keys, but not the folder that it lies in.
        do { _ = try surroundings.directories.stateFolder() } catch { throw .file(error) }
        self.command = command
        self.secrets = secrets
        self.surroundings = surroundings
        self.signals = signals
        self.report = report
        var filling = Word.Filling(folder: folder.folder.path)
        filling.ports = ports
        self.filling = filling
        self.folder = folder
        for file in command.files {
            guard let text = file.text(filledBy: filling) else {
                preconditionFailure("a private file has a hole that nothing fills")
            }
            try folder.write(file.file, text)
        }
        askpass = try Self.askpass(command, folder, secrets)
    }

    private static func askpass(
        _ command: ClientCommand, _ folder: SessionFolder, _ secrets: SecretFinder
    ) throws(SessionError) -> AskpassResponder? {
        guard !command.answers.isEmpty else { return nil }
        let address = try folder.socket(.askpassSocket)
        do {
            return try AskpassResponder(
                at: address, command.answers, mayAskAtTerminal: command.mayAskAtTerminal
            ) { await secrets.find($0) }
        } catch { throw .system(error) }
    }

    /// Answers the client's questions until cancelled.
    func answerQuestions() async { await askpass?.run() }

    /// Learns what must be known before the first launch: the certificate of an RDP target.
    func prepare(over server: TunnelServer?) async throws(SessionError) {
        guard let step = certificateStep, let server else { return }
        let trusted = try await step.trusted(over: server)
        certificate = trusted
        filling.certificate = trusted.bytes
    }

    private var certificateStep: CertificateStep? {
        command.certificate.map {
            CertificateStep(
                check: $0, program: command.program, store: CertificatePins(surroundings.directories),
                report: report)
        }
    }

    /// Launches the client and waits for its end. Not after `end`.
    func run(over server: TunnelServer?) async throws(SessionError) -> ClientOutcome {
        if agent == nil, !command.identities.isEmpty { agent = try await startAgent() }
        guard !isEnded else { throw .cancelled }
        var secret: SecretBytes?
        if let input = command.secretInput { secret = try await secrets.requireLine(input.secret) }
        let terminal = TerminalSettings()
        let start = Instant.now
        server?.lookAnew()
        let ending = try await launch(secret)
        // One that was killed has left the terminal as it used it, in raw mode perhaps.
        if ending != .exited(0) { terminal?.restore() }
        await server?.settle(until: .now.advanced(by: Self.settling))
        return ClientOutcome(
            ending: ending, reading: command.statusReading, sight: server?.sight ?? TunnelServer.Sight(),
            shownHostKey: server.flatMap { ShownHostKey(in: $0.firstBytes) },
            givenSecret: askpass?.givenPassword ?? (secret == nil ? nil : command.secretInput?.secret),
            duration: start.duration(to: .now))
    }

    /// What a relay has to see that its client is gone.
    private static let settling = Duration.seconds(1)

    private func launch(_ secret: SecretBytes?) async throws(SessionError) -> ChildProcess.Ending {
        guard command.output == .kept else {
            let client = try start(secret, log: nil)
            return await client.wait()
        }
        let pipe: (read: FileDescriptor, write: FileDescriptor)
        do {
            pipe = try FileDescriptor.pipe()
            try pipe.read.setNonBlocking(true)
        } catch { throw .system(error) }
        let report = report
        let log = ClientLog(reading: pipe.read) { report(.clientSaid($0)) }
        self.log = log
        let client = try start(secret, log: pipe.write)
        // From here on only the client has the writing end.
        pipe.write.close()
        let reading = LoopConfined(log)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await reading.value.run() }
            let ending = await client.wait()
            group.cancelAll()
            return ending
        }
    }

    private func start(_ secret: SecretBytes?, log: FileDescriptor?) throws(SessionError) -> ClientProcess {
        let client = try ClientProcess(
            command, filling: filling, secret: secret, log: log, surroundings, signals: signals)
        self.client = client
        askpass?.client = client.id
        return client
    }

    /// What is wrong with how the client ended, where it is for us to say.
    func failure(of outcome: ClientOutcome, over server: TunnelServer?) async -> SessionError? {
        guard outcome.reading == .freeRDP else { return nil }
        let ending = RDPEnding(outcome.ending, outcome.sight)
        showLog(ending, hasConnected: outcome.sight.connections > 0)
        var failure = RDPFailure(kind: .client(ending, outcome.ending), program: command.program)
        failure.hasExtraArguments = command.hasExtraArguments
        switch ending {
        case .done, .interrupted: return nil
        case .tlsFailed:
            guard let step = certificateStep, let certificate, let server else { break }
            failure = await step.changedCertificate(over: server, trusted: certificate) ?? failure
        case .tunnelFailed:
            if let lost = outcome.tunnel?.failure { failure.kind = .tunnel(lost, outcome.ending) }
        default: break
        }
        return .rdp(failure)
    }

    /// What the client wrote is a log, and says nothing to a person, unless nothing else explains what happened or
    /// the client was only asked something.
    private func showLog(_ ending: RDPEnding, hasConnected: Bool) {
        guard let lines = log?.lines else { return }
        switch ending {
        case .unknown, .argumentsRefused, .crashed:
            let errors = lines.filter { $0.contains("[ERROR]") }
            report(.clientComplained((errors.isEmpty ? lines : errors).suffix(Self.complaints)))
        case .done where !hasConnected: report(.clientPrinted(lines))
        default: break
        }
    }

    private static let complaints = 5

    private func startAgent() async throws(SessionError) -> SessionAgent {
        try await SessionAgent(
            holding: command.identities, in: folder, secrets,
            tools: AgentTools(surroundings, signals: signals))
    }

    /// Ends what the client had beside it. To be called once it has ended.
    func close() async {
        await agent?.close()
        agent = nil
    }

    /// As `endClient`; none is launched any more.
    /// - Returns: whether one was running.
    func end() -> Bool {
        isEnded = true
        return endClient()
    }

    /// Ends the client, if there is one.
    /// - Returns: whether one was running.
    func endClient() -> Bool {
        guard let client, client.isRunning else { return false }
        client.end()
        return true
    }
}
