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
            try await add(
                prepared.text, passphrase: prepared.isEncrypted ? passphrase : nil,
                seconds: max(1, lifetime.components.seconds))
        }
        let found = await AgentClient(socket: socket).identities(until: .now.advanced(by: Self.answerTime))
        guard let found else { throw .silent }
        guard let last = found.last else { throw .refused("") }
        return last.publicKeyLine
    }

    private func add(_ text: SecretBytes, passphrase: SecretBytes?, seconds: Int64)
        async throws(SSHKeyError)
    {
        let path: String
        do { path = try folder.socketPath(of: Self.askpassName) } catch { throw .file(error) }
        let (pipes, question) = try prepare(path, passphrase)
        defer {
            pipes.close()
            if question != nil { unlink(path) }
        }
        let environment = [
            (name: "SSH_AUTH_SOCK", value: socket), (name: "SSH_ASKPASS", value: tools.askpass.program),
            (name: "SSH_ASKPASS_REQUIRE", value: "force"), (name: tools.askpass.variable, value: path),
        ]
        let child = try tools.start(
            tools.add, ["-q", "-t", String(seconds), "-"], adding: environment,
            descriptors: [(ours: pipes.childsInput, childs: 0), (ours: pipes.childsError, childs: 2)])
        question?.listener.client = child.id
        let (ending, words) = await talk(with: child, pipes, text, question)
        switch ending {
        case .exited(0): return
        case nil: throw Task.isCancelled ? .cancelled : .silent
        case .exited, .killed:
            // It asks again after a wrong passphrase, is not answered, and says nothing.
            throw words.isEmpty && question?.isAnswered == true ? .passphraseWrong : .refused(words)
        }
    }

    private func prepare(_ path: String, _ passphrase: SecretBytes?) throws(SSHKeyError)
        -> (LoaderPipes, PassphraseQuestion?)
    {
        do throws(SystemError) {
            let pipes = try LoaderPipes()
            guard let passphrase else { return (pipes, nil) }
            // One that a killed process left behind.
            unlink(path)
            guard let address = SocketAddress(unixPath: path) else {
                throw SystemError("bind", number: ENAMETOOLONG)
            }
            return (pipes, PassphraseQuestion(listener: try AskpassListener(at: address), passphrase))
        } catch { throw .system(error) }
    }

    /// - Returns: how ssh-add ended, nil where it had to be ended; and the first line of what it said.
    private func talk(
        with child: ChildProcess, _ pipes: LoaderPipes, _ text: SecretBytes,
        _ question: PassphraseQuestion?
    ) async -> (ChildProcess.Ending?, String) {
        let deadline = Instant.now.advanced(by: Self.patience)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await question?.run() }
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

/// ssh-add's question for the passphrase, which is answered once: asked again, the answer was wrong.
private final class PassphraseQuestion: @unchecked Sendable {
    let listener: AskpassListener
    private let passphrase: SecretBytes
    private(set) var isAnswered = false

    private static let prompt = "Enter passphrase for (stdin): "

    init(listener: AskpassListener, _ passphrase: SecretBytes) {
        self.listener = listener
        self.passphrase = passphrase
    }

    /// Answers until cancelled.
    func run() async {
        await listener.run { prompt, _ in
            guard prompt == Self.prompt, !self.isAnswered else { return nil }
            self.isAnswered = true
            return self.passphrase
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
