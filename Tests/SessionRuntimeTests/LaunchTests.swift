import Glibc
import Planning
import Posix
import TestSupport
import Testing

@testable import SessionRuntime

@Suite struct ChildEnvironmentTests {
    @Test(
        arguments: [
            "AZURE_CLIENT_SECRET", "AZURE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CREDENTIALS",
            "AZURE_STORAGE_KEY", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_SAS_TOKEN",
            "ARM_CLIENT_SECRET", "ARM_ACCESS_KEY", "ARM_OIDC_TOKEN", "MSI_SECRET", "IDENTITY_HEADER",
        ])
    func `keeps our secrets from children`(_ name: String) {
        #expect(ChildEnvironment.isSecret(name))
        #expect(ChildEnvironment.texts(from: [name: "x", "HOME": "/h"], adding: []) == ["HOME=/h"])
    }

    @Test(
        arguments: [
            "SSH_AUTH_SOCK", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "TERM", "LANG", "PATH", "HOME",
            "DBUS_SESSION_BUS_ADDRESS", "KRB5CCNAME", "HTTPS_PROXY", "AZURE_TENANT_ID", "AZURE_CLIENT_ID",
            "AZURE_CONFIG_DIR", "IDENTITY_ENDPOINT", "MY_SECRET", "GPG_KEY",
        ])
    func `leaves everything else as it is`(_ name: String) {
        #expect(ChildEnvironment.texts(from: [name: "a=b c"], adding: []) == ["\(name)=a=b c"])
    }

    @Test func `adds what the client needs, in place of what was there`() {
        let texts = ChildEnvironment.texts(
            from: ["SSH_ASKPASS": "/other", "B": "2", "A": "1"],
            adding: [("SSH_ASKPASS", "/bin/bastion-up"), ("BASTION_UP_ASKPASS", "/run/s")])
        #expect(
            texts == ["A=1", "B=2", "SSH_ASKPASS=/bin/bastion-up", "BASTION_UP_ASKPASS=/run/s"])
    }
}

@Suite struct AskpassResponderTests {
    private static let prompt = "me@dev's password: "

    /// Runs a responder at a socket of its own, and the body beside it.
    private static func withResponder(
        client: Int32?, _ body: @escaping @Sendable (AskpassResponder, SocketAddress) async throws -> Void
    ) throws {
        var template = Array("/tmp/askpass-tests.XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { system("rm -rf '\(folder)'") }
        try onLoop {
            let address = try #require(SocketAddress(unixPath: folder + "/s"))
            let answer = ClientCommand.Answer(
                secret: try Samples.label(), prompts: [Self.prompt, "other: "])
            let responder = try AskpassResponder(at: address, [answer]) { _ in
                SecretBytes(copying: Array("hunter2".utf8))
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
        return String(decoding: await stream.readAll(limit: 100, until: deadline) ?? [], as: UTF8.self)
    }

    @Test func `answers a prompt that is expected, once`() throws {
        try Self.withResponder(client: getpid()) { responder, address in
            #expect(!responder.hasAnswered)
            #expect(await Self.ask("other: ", at: address) == "hunter2")
            #expect(responder.hasAnswered)
            #expect(await Self.ask(Self.prompt, at: address) == "")
        }
    }

    @Test func `answers again after another launch`() throws {
        try Self.withResponder(client: getpid()) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
            responder.client = getpid()
            #expect(!responder.hasAnswered)
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
        }
    }

    @Test func `answers a descendant of the client`() throws {
        try Self.withResponder(client: getppid()) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
        }
    }

    @Test(
        arguments: [
            "", "me@dev's password:", "me@dev's password: ?", "Are you sure (yes/no)? ",
            String(repeating: "x", count: 5000),
        ])
    func `answers no other prompt`(_ prompt: String) throws {
        try Self.withResponder(client: getpid()) { responder, address in
            #expect(await Self.ask(prompt, at: address) == "")
            #expect(!responder.hasAnswered)
            #expect(await Self.ask(Self.prompt, at: address) == "hunter2")
        }
    }

    /// nil: the client is not started yet.
    @Test(arguments: [nil, .max] as [Int32?])
    func `answers no process that does not come from the client`(_ client: Int32?) throws {
        try Self.withResponder(client: client) { responder, address in
            #expect(await Self.ask(Self.prompt, at: address) == "")
            #expect(!responder.hasAnswered)
        }
    }

    @Test func `answers no process beside the client`() throws {
        try Self.withResponder(client: nil) { responder, address in
            let sibling = try ChildProcess(
                ChildProcess.Configuration(program: "sleep", arguments: ["1000"], environment: []),
                signals: SignalRouter(try FileDescriptor.pipe().read))
            #expect(ProcessTable.parent(of: sibling.id) == getpid())
            responder.client = sibling.id
            #expect(await Self.ask(Self.prompt, at: address) == "")
            #expect(!responder.hasAnswered)
            sibling.send(signal: SIGKILL)
            // A child that nobody waits for would stand in the way of the tests that run in processes of their own.
            #expect(waitpid(sibling.id, nil, 0) == sibling.id)
        }
    }

    @Test func `knows the parents of processes`() {
        #expect(ProcessTable.parent(of: getpid()) == getppid())
        #expect(ProcessTable.parent(of: .max) == nil)
    }

    @Test(arguments: ["/nonexistent/socket", String(repeating: "x", count: 200)])
    func `the helper fails where there is no session`(_ path: String) throws {
        try onLoop { #expect(await AskpassHelper.run(prompt: Self.prompt, socket: path) == 1) }
    }
}
