import Glibc
import Planning
import Posix
import TestSupport
import Testing

@testable import SessionRuntime

@Suite struct AskpassResponderTests {
    private static let prompt = "me@dev's password: "
    /// What is sent where the helper may ask.
    private static let mayAsk = "\0\0"
    private static let mayAskInOurWords = "\0\0The password of me for dev: "

    private static func answer(_ prompts: [String], kind: SecretLabel.Kind = .password) throws
        -> ClientCommand.Answer
    {
        ClientCommand.Answer(secret: try Samples.label(kind), prompts: prompts)
    }

    /// Runs a responder at a socket of its own, and the body beside it.
    private static func withResponder(
        client: Int32?, answers: [ClientCommand.Answer]? = nil, mayAsk: Bool = false,
        secret: String? = "hunter2",
        _ body: @escaping @Sendable (AskpassResponder, SocketAddress) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder.make("askpass-")
        defer { TemporaryFolder.remove(folder) }
        try await onLoop {
            let address = try #require(SocketAddress(unixPath: folder + "/s"))
            let answers = try answers ?? [Self.answer([Self.prompt, "other: "])]
            let responder = try AskpassResponder(at: address, answers, mayAskAtTerminal: mayAsk) { _ in
                secret.map { SecretBytes(copying: Array($0.utf8)) }
            }
            responder.client = client
            let running = Task(executorPreference: EventLoop.current) { await responder.run() }
            try await body(responder, address)
            running.cancel()
            await running.value
        }
    }

    /// - Returns: what was answered; empty for nothing, nil where nobody listens.
    private static func ask(_ prompt: String, at address: SocketAddress) async -> String? {
        let deadline = Instant.now.advanced(by: .seconds(30))
        guard let stream = try? await StreamSocket.connect(to: address, wakeUp: WakeUp(), until: deadline)
        else { return nil }
        defer { stream.close() }
        await stream.writeAll(SecretBytes(copying: Array(prompt.utf8)), until: deadline)
        stream.finishSending()
        return String(decoding: await stream.readAll(limit: 1000, until: deadline) ?? [], as: UTF8.self)
    }

    @Test func `answers a prompt that is expected, once`() async throws {
        let label = try Samples.label()
        try await Self.withResponder(client: getpid()) { responder, address in
            #expect(responder.givenPassword == nil)
            #expect(await Self.ask("other: ", at: address) == "hunter2")
            #expect(responder.givenPassword == label)
            #expect(await Self.ask(Self.prompt, at: address) == "")
        }
    }

    @Test func `answers again after another launch`() async throws {
        try await Self.withResponder(client: getpid()) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
            responder.client = getpid()
            #expect(responder.givenPassword == nil)
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
        }
    }

    @Test func `one key file on two machines is asked for twice`() async throws {
        let question = "Enter passphrase for key '/k': "
        let answers = [
            try Self.answer([question], kind: .passphrase), try Self.answer([question], kind: .passphrase),
        ]
        try await Self.withResponder(client: getpid(), answers: answers) { responder, address in
            #expect(await Self.ask(question, at: address) == "hunter2")
            #expect(await Self.ask(question, at: address) == "hunter2")
            #expect(await Self.ask(question, at: address) == "")
            #expect(responder.givenPassword == nil)
        }
    }

    @Test func `answers a descendant of the client`() async throws {
        try await Self.withResponder(client: getppid()) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
        }
    }

    static let unexpected = [
        "", "me@dev's password:", "me@dev's password: ?", "Are you sure (yes/no)? ", "Code: ",
    ]

    @Test(arguments: unexpected + [String(repeating: "x", count: 5000)])
    func `answers no other prompt`(_ prompt: String) async throws {
        try await Self.withResponder(client: getpid()) { responder, address in
            #expect(await Self.ask(prompt, at: address) == "")
            #expect(responder.givenPassword == nil)
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
        }
    }

    @Test(arguments: unexpected)
    func `lets a person be asked what nothing stored answers`(_ prompt: String) async throws {
        try await Self.withResponder(client: getpid(), mayAsk: true) { _, address in
            #expect(await Self.ask(prompt, at: address) == Self.mayAsk)
        }
    }

    @Test func `lets a person be asked for a secret that is not stored`() async throws {
        try await Self.withResponder(client: getpid(), mayAsk: true, secret: nil) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == Self.mayAskInOurWords)
            #expect(responder.givenPassword == nil)
            // It was typed and refused; nothing that is stored is to blame.
            #expect(await Self.ask(Self.prompt, at: address) == Self.mayAskInOurWords)
        }
    }

    @Test func `says that a stored secret was refused before a person is asked`() async throws {
        try await Self.withResponder(client: getpid(), mayAsk: true) { _, address in
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
            let reply = await Self.ask("other: ", at: address)
            #expect(
                reply == "\0the password of me for dev was not accepted; "
                    + "if it is stored, replace it with: bastion-up secret set dev"
                    + Self.mayAskInOurWords.dropFirst())
        }
    }

    /// nil: the client is not started yet.
    @Test(arguments: [nil, .max] as [Int32?], [true, false])
    func `answers no process that does not come from the client`(_ client: Int32?, _ mayAsk: Bool)
        async throws
    {
        try await Self.withResponder(client: client, mayAsk: mayAsk) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == "")
            #expect(responder.givenPassword == nil)
        }
    }

    @Test func `answers no process beside the client`() async throws {
        try await Self.withResponder(client: nil) { responder, address in
            let sibling = try ChildProcess(
                ChildProcess.Configuration(program: "sleep", arguments: ["1000"], environment: []),
                signals: SignalRouter(try FileDescriptor.pipe().read))
            #expect(ProcessTable.parent(of: sibling.id) == getpid())
            responder.client = sibling.id
            #expect(await Self.ask(Self.prompt, at: address) == "")
            #expect(responder.givenPassword == nil)
            sibling.send(signal: SIGKILL)
            // A child that nobody waits for would stand in the way of the tests that run in processes of their own.
            #expect(waitpid(sibling.id, nil, 0) == sibling.id)
        }
    }

    @Test(arguments: ["/nonexistent/socket", String(repeating: "x", count: 200)])
    func `the helper fails where there is no session`(_ path: String) async throws {
        try await onLoop {
            let outcome = await AskpassHelper.run(prompt: Self.prompt, socket: path)
            guard case .unanswered = outcome else {
                Issue.record("an answer from nowhere")
                return
            }
        }
    }
}

@Suite struct AskpassReplyTests {
    @Test(arguments: ["hunter2", "?", " ", "ümlaut"])
    func `hands on a secret as it is`(_ text: String) throws {
        var bytes = AskpassReply.secret(SecretBytes(copying: Array(text.utf8))).bytes.withBytes { Array($0) }
        #expect(bytes == Array(text.utf8))
        guard case .secret(let secret) = AskpassReply(reading: &bytes) else {
            Issue.record("no secret")
            return
        }
        #expect(secret.withBytes { Array($0) } == Array(text.utf8))
    }

    @Test(arguments: ["", "the password was not accepted"], [nil, "The password of kim for build-vm: "])
    func `hands on that a person may be asked`(_ note: String, _ question: String?) {
        var bytes = AskpassReply.ask(note: note, question: question).bytes.withBytes { Array($0) }
        guard case .ask(let read, let readQuestion) = AskpassReply(reading: &bytes) else {
            Issue.record("no question")
            return
        }
        #expect(read == note)
        #expect(readQuestion == question)
    }

    @Test func `nothing is no reply`() {
        var bytes: [UInt8] = []
        #expect(AskpassReply(reading: &bytes) == nil)
    }
}
