import Azure
import Cryptography
import Glibc
import Keyring
import Posix
import TestSupport
import Testing
import Transport

@testable import Tunnels

/// Long enough for a loaded machine; nothing that goes well takes it.
func soon() -> Instant { .now.advanced(by: .seconds(30)) }

/// Something that happens once, and that one task waits for.
final class Gate: @unchecked Sendable {
    private let wakeUp = WakeUp()
    private var isOpen = false

    func open() {
        isOpen = true
        wakeUp.signal()
    }

    /// - Returns: false at the deadline and when cancelled.
    @discardableResult
    func pass() async -> Bool {
        while !isOpen {
            if await wakeUp.wait(until: soon()) != .signalled { return false }
        }
        return true
    }
}

/// What was reported and logged.
final class Journal: @unchecked Sendable {
    private(set) var events: [TunnelEvent] = []
    private(set) var lines: [String] = []
    private let changed = WakeUp()

    func add(_ event: TunnelEvent) {
        events.append(event)
        changed.signal()
    }

    func add(_ line: String) {
        lines.append(line)
        changed.signal()
    }

    /// Waits for a line of the log.
    func line(_ text: String) async -> Bool {
        while !lines.contains(where: { $0.contains(text) }) {
            if await changed.wait(until: soon()) != .signalled { return false }
        }
        return true
    }

    /// The first event that the closure makes something of; waits for it.
    func first<Value>(_ pick: (TunnelEvent) -> Value?) async -> Value? {
        while true {
            if let found = events.lazy.compactMap(pick).first { return found }
            if await changed.wait(until: soon()) != .signalled { return nil }
        }
    }

    var retries: Int {
        events.count { if case .retrying = $0 { true } else { false } }
    }

    var leftBehind: Int {
        events.count { if case .leftBehind = $0 { true } else { false } }
    }

    var closed: [TunnelTraffic] {
        events.compactMap { if case .closed(_, let traffic) = $0 { traffic } else { nil } }
    }
}

/// A keyring that is not there.
struct NoKeyring: SecretStore {
    func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> SecretBytes?
    { throw .noService(.bus) }

    func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError) { throw .noService(.bus) }

    func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> Bool
    { throw .noService(.bus) }

    func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> [StoredItem]
    { throw .noService(.bus) }
}

/// The identity that all test servers show, and the context that trusts it.
enum TestIdentity {
    struct Contexts: Sendable {
        let client: TLSContext
        let server: TLSContext
    }

    static let contexts = Result { () throws -> Contexts in
        let authority = try CertificateAuthority(commonName: "Test authority")
        let issued = try authority.issueServerCertificate(for: ["localhost"])
        var name = Array("/tmp/tunnel-tests-ca-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        let text = Array(authority.certificatePEM.utf8)
        #expect(write(file, text, text.count) == text.count)
        close(file)
        return Contexts(
            client: try TLSContext.client(environment: ["SSL_CERT_FILE": path]),
            server: try TLSContext.server(
                certificates: Array(issued.certificatePEM.utf8), privateKey: issued.keyPEM))
    }
}

/// A tunnel server whose bastion is scripted, on the loop of one test.
final class Bench: @unchecked Sendable {
    let bastion: ScriptedBastion
    /// Closes the port of the bastion; connections that there are go on.
    var stopAccepting: () -> Void = {}
    let journal = Journal()
    let ledger: SessionLedger
    let server: TunnelServer
    let plane: DataPlane
    let opener: TunnelOpener

    init(_ bastion: ScriptedBastion, port: UInt16, _ options: Options, stateFolder: String) throws {
        self.bastion = bastion
        let contexts = try TestIdentity.contexts.get()
        let place = "https://localhost:\(port)"
        let cloud = try CloudEndpoints(
            authority: place, resourceManager: place, audience: place, bastionSuffix: "localhost", caFile: nil
        )
        let http = HTTPClient(
            context: contexts.client, proxies: ProxyRules(environment: [:]), userAgent: "test")
        var secret = Array("client-secret".utf8)
        let principal = ServicePrincipal(
            tenant: "22222222-2222-2222-2222-222222222222", clientID: "app",
            secret: SecretBytes(moving: &secret), origin: .environment)
        let tokens = AccessTokens(
            cloud: cloud, principal: principal, tenant: nil, http: http, store: NoKeyring(),
            lockFile: "/nonexistent/lock")
        ledger = SessionLedger(stateFolder: stateFolder)
        let journal = journal
        plane = DataPlane(
            bastion: BastionClient(tokens: tokens, http: http),
            endpoint: try BastionEndpoint("localhost:\(port)", under: "localhost"), caFile: nil,
            connections: http.connections, ledger: ledger, userAgent: "test", limits: options.limits
        ) { journal.add($0) }
        opener = TunnelOpener(
            to: .resource("/subscriptions/s"), port: 22, over: plane, timeout: options.timeout)
        server = TunnelServer(opener: opener, settings: options.settings) { journal.add($0) }
    }

    /// Carries a local end to its end.
    func carry(_ end: FileDescriptor) async -> TunnelFailure? {
        await server.carry { wakeUp throws(SystemError) in try LocalEnd(socket: end, wakeUp: wakeUp) }
    }
}

struct Options: Sendable {
    var timeout = Duration.seconds(20)
    var limits = DataPlane.Limits()
    var settings = TunnelServer.Settings()
    /// Nil: one of its own.
    var stateFolder: String?
    /// How many sessions the ledger holds at the end.
    var leftBehind = 0

    init() {
        settings.pace = RelayMode.pace
        limits.deletionPause = .milliseconds(1)
        settings.retries = RetryPolicy(base: .milliseconds(1), cap: .milliseconds(2), attempts: 5)
    }
}

/// Runs a test against a scripted bastion. At the end every session must be deleted, once, and struck off the ledger.
func withBench(
    _ scripts: [ScriptedBastion.Script], options change: (inout Options) -> Void = { _ in },
    body: @escaping @Sendable (Bench) async throws -> Void
) async throws {
    var options = Options()
    change(&options)
    let fixed = options
    var template = Array("/tmp/tunnel-tests.XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { system("rm -rf '\(folder)'") }
    try await onLoop {
        let bastion = ScriptedBastion()
        bastion.scripts = scripts
        let listener = try Listener(on: try #require(SocketAddress(literal: "127.0.0.1", port: 0)))
        let port = try #require(listener.address).port
        let bench = try Bench(bastion, port: port, fixed, stateFolder: fixed.stateFolder ?? folder)
        let confined = LoopConfined(listener)
        bench.stopAccepting = { listener.close() }
        let https = HTTPServer(context: try TestIdentity.contexts.get().server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await https.serve(confined.value, with: bastion) }
            let deleting = Task(executorPreference: EventLoop.current) { await bench.plane.retryDeletions() }
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(bench)) } catch { outcome = .failure(error) }
            deleting.cancel()
            await deleting.value
            await bench.plane.deleteLeftBehind()
            group.cancelAll()
            try outcome.get()
        }
        bench.ledger.finish()
        let left = AbandonedLedger.all(stateFolder: fixed.stateFolder ?? folder).flatMap(\.entries)
        #expect(left.count == fixed.leftBehind)
        #expect(Set(bastion.deleted).count == bastion.deleted.count, "a session was deleted twice")
        #expect(Set(bastion.deleted).isSubset(of: bastion.issued))
        #expect(bastion.deleted.count == bastion.issued.count - fixed.leftBehind)
        for line in bench.journal.lines {
            for secret in ["secret-", "azure-token", "session-"] { #expect(!line.contains(secret)) }
        }
    }
}

/// The local program at the other end of a socket.
final class Program {
    let socket: StreamSocket

    init(_ socket: StreamSocket) { self.socket = socket }

    /// A program, and the descriptor to carry.
    static func connected() throws -> (Program, FileDescriptor) {
        let (ours, theirs) = try FileDescriptor.socketPair()
        return (Program(try StreamSocket(adopting: ours, wakeUp: WakeUp())), theirs)
    }

    static func dialling(_ address: SocketAddress) async throws -> Program {
        Program(try await StreamSocket.connect(to: address, wakeUp: WakeUp(), until: soon()))
    }

    func write(_ bytes: [UInt8]) async throws {
        var sent = 0
        while sent < bytes.count {
            let progress = try bytes.withUnsafeBytes {
                try socket.write(UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            if case .done(let count) = progress { sent += count } else { try await pause() }
        }
    }

    /// Reads so many bytes; fewer only at the end.
    func read(_ count: Int = .max) async throws -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while all.count < count {
            let limit = min(buffer.count, count - all.count)
            switch try buffer.withUnsafeMutableBytes({ try socket.read(into: .init(rebasing: $0[..<limit])) })
            {
            case .done(let more): all += buffer[..<more]
            case .ended: return all
            case .wouldBlock: try await pause()
            }
        }
        return all
    }

    /// Writes while it reads, up to the end of what comes.
    func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
        var sent = 0
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var hasMoved = false
            if sent < bytes.count {
                let progress = try bytes.withUnsafeBytes {
                    try socket.write(UnsafeRawBufferPointer(rebasing: $0[sent...]))
                }
                if case .done(let count) = progress {
                    sent += count
                    hasMoved = true
                }
            }
            switch try buffer.withUnsafeMutableBytes({ try socket.read(into: $0) }) {
            case .done(let more):
                all += buffer[..<more]
                hasMoved = true
            case .ended: return all
            case .wouldBlock: break
            }
            if !hasMoved { try await pause() }
        }
    }

    /// Whether nothing moves for a while.
    func isStalled(_ time: Duration = .milliseconds(300)) async -> Bool {
        await socket.wakeUp.wait(until: .now.advanced(by: time)) == .deadline
    }

    private struct Stuck: Error {}
    private func pause() async throws {
        if await socket.wakeUp.wait(until: soon()) != .signalled { throw Stuck() }
    }
}

/// Bytes that do not repeat in a way that an error could hide behind.
func pattern(_ count: Int) -> [UInt8] {
    var state: UInt32 = 2_463_534_242
    let words = [UInt32](unsafeUninitializedCapacity: count / 4 + 1) { words, initialized in
        while initialized < words.count {
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            words[initialized] = state
            initialized += 1
        }
    }
    return words.withUnsafeBytes { Array($0.prefix(count)) }
}
