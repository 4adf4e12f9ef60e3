internal import Planning
internal import Posix
internal import Profiles
internal import SSHKeys
internal import Tunnels

/// All that a client needs beside its tunnel: its private files, answers to its questions, and its launches.
///
/// Belongs to the loop's thread and to the scope that made it.
final class ClientStage: @unchecked Sendable {
    private let command: ClientCommand
    private let filling: Word.Filling
    private let secrets: SecretFinder
    private let surroundings: Surroundings
    private let signals: SignalRouter
    private let folder: SessionFolder
    private let askpass: AskpassResponder?
    private var agent: SessionAgent?
    private var client: ClientProcess?
    private var isEnded = false

    /// Writes the private files and opens the socket of the askpass helper.
    init(
        _ command: ClientCommand, in folder: SessionFolder, ports: [ListenerID: UInt16],
        _ secrets: SecretFinder, _ surroundings: Surroundings, signals: SignalRouter
    ) throws(SessionError) {
        // ssh makes the file of host keys, but not the folder that it lies in.
        do { _ = try surroundings.directories.stateFolder() } catch { throw .file(error) }
        self.command = command
        self.secrets = secrets
        self.surroundings = surroundings
        self.signals = signals
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

    /// Launches the client and waits for its end. Not after `end`.
    func run(over server: TunnelServer?) async throws(SessionError) -> ClientOutcome {
        if agent == nil, !command.identities.isEmpty { agent = try await startAgent() }
        guard !isEnded else { throw .cancelled }
        var secret: SecretBytes?
        if let input = command.secretInput { secret = try await secrets.require(input.secret) }
        let start = Instant.now
        let client = try ClientProcess(
            command, filling: filling, secret: secret, surroundings, signals: signals)
        self.client = client
        askpass?.client = client.id
        let ending = await client.wait()
        return ClientOutcome(
            ending: ending, reading: command.statusReading, tunnel: server?.lastEnding,
            givenSecret: askpass?.givenPassword ?? (secret == nil ? nil : command.secretInput?.secret),
            duration: start.duration(to: .now))
    }

    private func startAgent() async throws(SessionError) -> SessionAgent {
        let tools = AgentTools(
            askpass: (program: surroundings.ownExecutable, variable: AskpassHelper.variable),
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: []), signals: signals)
        return try await SessionAgent(holding: command.identities, in: folder, secrets, tools: tools)
    }

    /// Ends what the client had beside it. To be called once it has ended.
    func close() async {
        await agent?.close()
        agent = nil
    }

    /// Ends the client, if there is one; none is launched any more.
    /// - Returns: whether one was running.
    func end() -> Bool {
        isEnded = true
        guard let client, client.isRunning else { return false }
        client.end()
        return true
    }
}
