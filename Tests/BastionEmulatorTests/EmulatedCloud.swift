import Cryptography
import Diagnostics
import FoundationEssentials
import Glibc
import Posix
import TestSupport
import Testing
import Transport

@testable import BastionEmulator

let tenant = "22222222-2222-2222-2222-222222222222"
let client = "33333333-3333-3333-3333-333333333333"
let groups = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups"
let hub = groups + "/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"
let basicHub = groups + "/rg-hub/providers/Microsoft.Network/bastionHosts/bas-basic"
let machine = groups + "/rg-dev/providers/Microsoft.Compute/virtualMachines/echo"
let address = groups + "/rg-hub/providers/Microsoft.Network/bh-hostConnect/10.0.0.4"
let closedPort: UInt16 = 9

struct SignedIn: Decodable {
    var access_token: String
}

struct IssuedSession: Decodable, Sendable {
    var authToken: String
    var nodeId: String
    var websocketToken: String
}

/// A running emulator with an echo server behind port 22, and a client that speaks to it over TLS.
struct EmulatedCloud: Sendable {
    let endpoints: Endpoints
    let context: TLSContext
    let http: HTTPClient
    let log: RequestLog

    var host: String { endpoints.dnsNames[0] }
    /// How long one step may take.
    var time = Duration.seconds(20)
    var deadline: Instant { .now.advanced(by: time) }

    /// The same with little patience.
    var hurried: EmulatedCloud {
        var copy = self
        copy.time = .milliseconds(300)
        return copy
    }

    /// - Parameter extra: further top-level YAML: rights, limits, faults.
    /// - Returns: the log's entries.
    @discardableResult
    static func run(
        _ extra: String = "", hosts: String = standardHosts,
        _ body: @escaping @Sendable (EmulatedCloud) async throws -> Void
    ) async throws -> [JSON] {
        let folder = temporaryFolder()
        defer { removeFolder(folder) }
        let log = RequestLog()
        try await onLoop { try await run(extra, hosts, folder, log, body) }
        return log.entries
    }

    private static func run(
        _ extra: String, _ hosts: String, _ folder: String, _ log: RequestLog,
        _ body: @escaping @Sendable (EmulatedCloud) async throws -> Void
    ) async throws {
        let echo = try EchoServer()
        let yaml = configuration(echoPort: echo.port, hosts: hosts) + extra
        let configuration = try ConfigurationDecoder.decode(Array(yaml.utf8), file: "test.yaml")
        let state = try EmulatorState(folder: folder)
        let confined = LoopConfined(echo)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await confined.value.serve() }
            let emulator = Emulator(configuration, state: state, log: log)
            let result = try await emulator.run { endpoints -> Result<Void, any Error> in
                do {
                    let context = try TLSContext.client(caFiles: [state.caFile])
                    let rules = ProxyRules(environment: [:])
                    let http = HTTPClient(context: context, proxies: rules, userAgent: "test")
                    try await body(
                        EmulatedCloud(endpoints: endpoints, context: context, http: http, log: log))
                    await http.closeIdle()
                    return .success(())
                } catch { return .failure(error) }
            }
            group.cancelAll()
            try result.get()
        }
    }

    static let standardHosts = """
        [{resourceId: \(hub), enableIpConnect: true, instances: 2}, {resourceId: \(basicHub), sku: Basic}]
        """

    private static func configuration(echoPort: UInt16, hosts: String) -> String {
        """
        listen: 127.0.0.1:0
        tenants:
          \(tenant):
            clients:
              \(client): {clientSecret: hunter2-hunter2}
              other-client: {clientSecret: another-secret}
        hosts: \(hosts)
        targets:
          - resourceId: \(machine)
            ports: {22: "127.0.0.1:\(echoPort)", \(closedPort): "127.0.0.1:1"}
          - ip: 10.0.0.4
            ports: {22: "127.0.0.1:\(echoPort)"}

        """
    }
}

// MARK: - What a client does

extension EmulatedCloud {
    func send(_ method: String, _ url: String, _ headers: HTTPHeaders = [:], body: String = "") async throws
        -> HTTPResponse
    {
        let (origin, target) = try #require(Origin.split(url))
        let body: HTTPBody = body.isEmpty ? .none : .bytes(Array(body.utf8))
        return try await http.send(
            HTTPRequest(method, target, headers: headers, body: body), to: origin, until: deadline)
    }

    func post(_ url: String, _ form: [String: String], _ headers: HTTPHeaders = [:]) async throws
        -> HTTPResponse
    {
        var headers = headers
        headers["Content-Type"] = headers["Content-Type"] ?? "application/x-www-form-urlencoded"
        let body = form.map { "\($0.key)=\(escaped($0.value))" }.joined(separator: "&")
        return try await send("POST", url, headers, body: body)
    }

    private func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let digits = String(byte, radix: 16)
            return character.isASCII && (character.isLetter || character.isNumber)
                ? String(character) : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    /// A token request, with fields replaced (or, with an empty value, left out).
    func signIn(_ changes: [String: String] = [:], tenant: String = tenant) async throws -> HTTPResponse {
        var form = [
            "grant_type": "client_credentials", "client_id": client, "client_secret": "hunter2-hunter2",
            "scope": endpoints.resourceManager + "/.default",
        ]
        form.merge(changes) { $1 }
        return try await post(
            "\(endpoints.authority)/\(tenant)/oauth2/v2.0/token", form.filter { !$0.value.isEmpty })
    }

    func token(_ changes: [String: String] = [:]) async throws -> String {
        let answer = try await signIn(changes)
        #expect(answer.status == 200)
        return try decode(SignedIn.self, answer).access_token
    }

    func manage(_ path: String, token: String?, version: String? = "2024-01-01") async throws -> HTTPResponse
    {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token { headers["Authorization"] = "Bearer \(token)" }
        let query = version.map { "?api-version=\($0)" } ?? ""
        return try await send("GET", endpoints.resourceManager + path + query, headers)
    }

    /// A request for a session, with fields replaced (or, with an empty value, left out).
    func requestSession(
        _ token: String, _ changes: [String: String] = [:], _ headers: HTTPHeaders = [:],
        on host: String? = nil
    ) async throws -> HTTPResponse {
        var form = [
            "resourceId": machine, "protocol": "tcptunnel", "workloadHostPort": "22", "aztoken": token,
        ]
        form.merge(changes) { $1 }
        return try await post(
            "https://\(host ?? self.host)/api/tokens", form.filter { !$0.value.isEmpty }, headers)
    }

    func session(_ token: String, _ changes: [String: String] = [:], _ headers: HTTPHeaders = [:])
        async throws
        -> IssuedSession
    {
        let answer = try await requestSession(token, changes, headers)
        #expect(answer.status == 200)
        return try decode(IssuedSession.self, answer)
    }

    func delete(_ session: IssuedSession, node: String? = nil) async throws -> Int {
        try await send(
            "DELETE", "https://\(host)/api/tokens/\(session.authToken)",
            ["X-Node-Id": node ?? session.nodeId]
        ).status
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ answer: HTTPResponse) throws -> Value {
        try JSONDecoder().decode(type, from: Data(answer.body))
    }

    func connect() async throws -> (TLSConnection, Origin) {
        let (origin, _) = try #require(Origin.split("https://\(host)/"))
        let tls = try await TLSConnection.connect(
            to: origin.host, port: origin.port, context: context, wakeUp: WakeUp(), until: deadline)
        return (tls, origin)
    }

    func open(_ session: IssuedSession, node: String? = nil) async throws -> TestTunnel {
        let (tls, origin) = try await connect()
        let first = try await WebSocketUpgrade.open(
            "/webtunnelv2/\(session.websocketToken)?X-Node-Id=\(node ?? session.nodeId)", at: origin,
            over: tls,
            userAgent: "test", until: deadline)
        return TestTunnel(tls, first: first, until: deadline)
    }

    /// The status that a tunnel is refused with.
    func refusal(of session: IssuedSession, node: String? = nil) async throws -> Int {
        do {
            _ = try await open(session, node: node)
            return 101
        } catch WebSocketOpeningError.refused(let status, _, _) { return status }
    }
}

// MARK: - Folders

private func temporaryFolder() -> String {
    var template = Array("/tmp/bastion-emulator-test.XXXXXX".utf8CString)
    return template.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress, mkdtemp(start) != nil else { return "/nowhere" }
        return String(cString: start)
    }
}

private func removeFolder(_ folder: String) {
    for name in ["ca.pem", "ca-key.pem", "token-key", "lock"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
}
