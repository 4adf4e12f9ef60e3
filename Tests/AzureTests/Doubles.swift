import Cryptography
import Glibc
import Keyring
import Posix
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Azure

/// Answers requests from a list, in order, and keeps what was asked.
final class ScriptedHTTP: HTTPSending {
    struct Exchange: Sendable {
        let request: HTTPRequest
        let origin: Origin

        var body: String { String(decoding: request.body.bytes, as: UTF8.self) }
    }

    private let answers: Mutex<[Result<HTTPResponse, HTTPError>]>
    private let seen = Mutex<[Exchange]>([])

    init(_ answers: Result<HTTPResponse, HTTPError>...) { self.answers = Mutex(answers) }

    var exchanges: [Exchange] { seen.withLock { $0 } }

    func send(_ request: HTTPRequest, to origin: Origin, until deadline: Instant) async throws(HTTPError)
        -> HTTPResponse
    {
        seen.withLock { $0.append(Exchange(request: request, origin: origin)) }
        let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let answer else { throw .cutShort(receivedBytes: 0) }
        return try answer.get()
    }
}

extension Result<HTTPResponse, HTTPError> {
    static func json(_ status: Int, _ text: String, _ headers: HTTPHeaders = [:]) -> Self {
        .success(HTTPResponse(status, headers: headers, body: Array(text.utf8)))
    }

    static func token(_ value: String, seconds: Int = 3600) -> Self {
        .json(200, #"{"token_type":"Bearer","expires_in":\#(seconds),"access_token":"\#(value)"}"#)
    }
}

/// A folder that is gone after the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/azure-tests.XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { system("rm -rf '\(path)'") }
}

enum Sample {
    static func cloud() throws -> CloudEndpoints {
        try CloudEndpoints(
            authority: "https://login.lab.example", resourceManager: "https://arm.lab.example:8443",
            audience: "https://management.core.windows.net/", bastionSuffix: "bastion.lab.example",
            caFile: nil)
    }

    static let tenant = "22222222-2222-2222-2222-222222222222"

    static func secret(_ text: String) -> SecretBytes {
        var bytes = Array(text.utf8)
        return SecretBytes(moving: &bytes)
    }

    static func principal(
        _ client: String = "app", tenant: String = tenant, secret text: String = "s&e=c+r/t"
    )
        -> ServicePrincipal
    {
        ServicePrincipal(tenant: tenant, clientID: client, secret: secret(text), origin: .keyring)
    }

    /// No waiting between attempts.
    static let eager = RetryPolicy(base: .zero, cap: .zero, attempts: 3)

    static func soon() -> Instant { .now.advanced(by: .seconds(10)) }
    static func keyringSoon() -> KeyringDeadlines { KeyringDeadlines(answer: soon()) }

    static func tokens(
        _ http: ScriptedHTTP, store: MemoryStore = MemoryStore(), lock: String = "/nonexistent/lock",
        now: @escaping @Sendable () -> Int = { 1_000_000 }
    ) throws -> AccessTokens {
        AccessTokens(
            cloud: try cloud(), principal: principal(), tenant: nil, http: http, store: store, lockFile: lock,
            policy: eager, now: now)
    }
}
