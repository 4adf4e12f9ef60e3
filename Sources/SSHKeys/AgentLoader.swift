internal import Glibc
package import Posix

/// Gives an agent its identity, by ssh-add: the key on its standard input, the passphrase by the askpass helper.
/// Neither is ever in an argument, in the environment or in a file.
package struct AgentLoader: Sendable {
    private let socket: String
    private let folder: PrivateFolder
    private let tools: AgentTools

    /// How long ssh-add may take: a passphrase that was made hard to guess takes seconds.
    private static let patience = Duration.seconds(30)
    private static let answerTime = Duration.seconds(5)
    private static let askpassName = "add.sock"
    private static let prompt = "Enter passphrase for (stdin): "

    /// - Parameters:
    ///   - socket: of the agent.
    ///   - folder: where the helper finds its answer, while it needs one.
    package init(into socket: String, folder: PrivateFolder, tools: AgentTools) {
        self.socket = socket
        self.folder = folder
        self.tools = tools
    }

    /// Adds the identity; after the lifetime (in whole seconds) the agent forgets it by itself.
    /// - Returns: the line of a `.pub` file, by which ssh picks the identity from the agent.
    package func load(_ identity: AgentIdentity, lifetime: Duration) async throws(SSHKeyError) -> String {
        switch identity {
        case .privateKey(let key, let passphrase):
            let prepared = try key.forAgent(passphrase: passphrase)
            let answers = prepared.isEncrypted ? passphrase.map { [$0] } ?? [] : []
            try await add(
                prepared.text, answers.map { AskpassResponder.Answer(to: [Self.prompt], $0) },
                seconds: max(1, lifetime.components.seconds))
        }
        let found = await AgentClient(socket: socket).identities(until: .now.advanced(by: Self.answerTime))
        guard let found else { throw .silent }
        guard let last = found.last else { throw .refused("") }
        return last.publicKeyLine
    }

    private func add(_ text: SecretBytes, _ answers: [AskpassResponder.Answer], seconds: Int64)
        async throws(SSHKeyError)
    {
        let path: String
        do { path = try folder.socketPath(of: Self.askpassName) } catch { throw .file(error) }
        let (pipes, responder) = try prepare(path, answers)
        defer { pipes.close() }
        let environment = [
            (name: "SSH_AUTH_SOCK", value: socket), (name: "SSH_ASKPASS", value: tools.askpass.program),
            (name: "SSH_ASKPASS_REQUIRE", value: "force"), (name: tools.askpass.variable, value: path),
        ]
        let child = try tools.start(
            tools.add, ["-q", "-t", String(seconds), "-"], adding: environment,
            descriptors: [(ours: pipes.childsInput, childs: 0), (ours: pipes.childsError, childs: 2)])
        responder?.client = child.id
        let (ending, words) = await talk(with: child, pipes, text, responder)
        switch ending {
        case .exited(0): return
        case nil: throw Task.isCancelled ? .cancelled : .silent
        case .exited, .killed:
            // It asks again after a wrong passphrase, is not answered, and says nothing.
            throw words.isEmpty && responder?.given == 1 ? .passphraseWrong : .refused(words)
        }
    }

    private func prepare(_ path: String, _ answers: [AskpassResponder.Answer]) throws(SSHKeyError)
        -> (LoaderPipes, AskpassResponder?)
    {
        do throws(SystemError) {
            // One that a killed process left behind.
            unlink(path)
            return (
                try LoaderPipes(), try answers.isEmpty ? nil : AskpassResponder(at: path, answers: answers)
            )
        } catch { throw .system(error) }
    }

    /// - Returns: how ssh-add ended, nil where it had to be ended; and the first line of what it said.
    private func talk(
        with child: ChildProcess, _ pipes: LoaderPipes, _ text: SecretBytes, _ responder: AskpassResponder?
    ) async -> (ChildProcess.Ending?, String) {
        let deadline = Instant.now.advanced(by: Self.patience)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await responder?.run() }
            defer { group.cancelAll() }
            pipes.closeChilds()
            await pipes.input.writeAll(text, until: deadline)
            pipes.input.close()
            let said = await pipes.error.readAll(limit: 16 << 10, until: deadline) ?? []
            let line = said.split(separator: 0x0A).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
            if let ending = await child.wait(until: deadline) { return (ending, line) }
            child.send(signal: SIGKILL)
            await EventLoop.shielded { _ = await child.wait() }
            return (nil, line)
        }
    }
}

/// The two pipes to ssh-add: for its input and from its messages.
private struct LoaderPipes {
    let input: StreamSocket
    let error: StreamSocket
    let childsInput: FileDescriptor
    let childsError: FileDescriptor

    init() throws(SystemError) {
        let (input, error) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
        for ours in [input.write, error.read] { try ours.setNonBlocking(true) }
        self.input = try StreamSocket(adopting: input.write, wakeUp: WakeUp())
        self.error = try StreamSocket(adopting: error.read, wakeUp: WakeUp())
        (childsInput, childsError) = (input.read, error.write)
    }

    func closeChilds() {
        childsInput.close()
        childsError.close()
    }

    func close() {
        closeChilds()
        input.close()
        error.close()
    }
}
