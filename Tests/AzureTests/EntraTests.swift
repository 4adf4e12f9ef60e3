import TestSupport
import Keyring
import Posix
import Synchronization
import Testing
import Transport

@testable import Azure

@Suite struct TokenRequestTests {
    @Test func `asks for the audience with its slash, and escapes the secret`() throws {
        let cloud = try Sample.cloud()
        let request = try TokenRequest(
            principal: Sample.principal("app id"), tenant: Sample.tenant, scope: cloud.scope
        ).request()
        #expect(request.method == "POST")
        #expect(request.target == "/\(Sample.tenant)/oauth2/v2.0/token")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(request.headers["Authorization"] == nil)
        #expect(
            String(decoding: request.body.bytes, as: UTF8.self)
                == "grant_type=client_credentials&client_id=app%20id&client_secret=s%26e%3Dc%2Br%2Ft"
                + "&scope=https%3A%2F%2Fmanagement.core.windows.net%2F%2F.default")
    }

    @Test(arguments: ["", "a/b", "..", "a?b", "a b", "ü.example", "a%2fb"])
    func `refuses a tenant that is not one segment`(_ tenant: String) {
        let failure = #expect(throws: AzureError.self) {
            try TokenRequest(principal: Sample.principal(), tenant: tenant, scope: "s").request()
        }
        #expect(failure == .noCredential(.invalidTenant(tenant)))
    }
}

@Suite struct AccessTokenTests {
    @Test(arguments: [#""expires_in":3599"#, #""expires_in":"3599""#, #""expires_in":3599.0"#])
    func `reads a lifetime however it is written`(_ field: String) throws {
        let token = try AccessToken(response: Array(#"{"access_token":"t",\#(field)}"#.utf8), now: 100)
        #expect(token == AccessToken(value: "t", obtainedOn: 100, expiresOn: 3699))
    }

    @Test(
        arguments: [
            ("<html>", "body"), ("{}", "access_token"),
            (#"{"access_token":7,"expires_in":1}"#, "access_token"),
            (#"{"access_token":"a\r\nb","expires_in":1}"#, "access_token"),
            (#"{"access_token":"a"}"#, "expires_in"),
            (#"{"access_token":"a","expires_in":1e99}"#, "expires_in"),
        ])
    func `names what cannot be read`(_ body: String, _ field: String) {
        let failure = #expect(throws: AzureError.self) {
            try AccessToken(response: Array(body.utf8), now: 0)
        }
        #expect(failure == .unreadable(.entra, field: field))
    }

    @Test(
        arguments: [
            (3600, 3299, true), (3600, 3300, false), (600, 299, true), (600, 300, false),
            (100, 89, true), (100, 90, false), (3600, -301, false),
        ])
    func `expires a little early`(_ lifetime: Int, _ age: Int, _ isUsable: Bool) {
        let token = AccessToken(value: "t", obtainedOn: 1000, expiresOn: 1000 + lifetime)
        #expect(token.isUsable(at: 1000 + age) == isUsable)
    }

    @Test(arguments: ["eyJ0", #"quo"te\back"#])
    func `comes back from the keyring as it was`(_ value: String) {
        let token = AccessToken(value: value, obtainedOn: 5, expiresOn: 9)
        #expect(AccessToken(stored: token.stored) == token)
    }

    @Test(
        arguments: [
            "", "x", "{}", #"{"token":"a","obtained_on":1}"#,
            #"{"token":"a","obtained_on":-9e18,"expires_on":9e18}"#,
        ])
    func `ignores a damaged item`(_ text: String) {
        #expect(AccessToken(stored: Sample.secret(text)) == nil)
    }
}

@Suite struct AccessTokensTests {
    @Test func `issues once and then answers from memory`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(.token("one"))
            let tokens = try Sample.tokens(http)
            for _ in 1...2 {
                let value = try await tokens.token(until: Sample.soon()).value
                #expect(value == "one")
            }
            #expect(http.exchanges.map(\.origin) == [Origin(host: "login.lab.example")])
        }
    }

    @Test func `issues once for callers that come together`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(.token("one"), .token("two"))
            let folder = try TemporaryFolder()
            let tokens = try Sample.tokens(http, lock: folder.path + "/lock")
            let values = await withTaskGroup(of: String?.self) { group in
                for _ in 1...8 {
                    group.addTask { try? await tokens.token(until: Sample.soon()).value }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(values == Array(repeating: "one", count: 8))
            #expect(http.exchanges.count == 1)
        }
    }

    @Test func `shares a token through the keyring`() async throws {
        try await onLoop {
            let store = MemoryStore()
            _ = try await Sample.tokens(ScriptedHTTP(.token("one")), store: store).token(until: Sample.soon())
            let silent = ScriptedHTTP()
            let value = try await Sample.tokens(silent, store: store).token(until: Sample.soon()).value
            #expect(value == "one")
            #expect(silent.exchanges.isEmpty)
        }
    }

    @Test(arguments: ["tenant", "client", "authority", "audience"])
    func `takes no token that was issued for another`(_ what: String) async throws {
        try await onLoop {
            let store = MemoryStore()
            func tokens(_ http: ScriptedHTTP, _ other: String = "") throws -> AccessTokens {
                let cloud = try CloudEndpoints(
                    authority: other == "authority" ? "https://login.b.example" : "https://login.a.example",
                    resourceManager: "https://arm.lab.example",
                    audience: other == "audience" ? "https://b.example/" : "https://a.example/",
                    bastionSuffix: "lab.example", caFile: nil)
                return AccessTokens(
                    cloud: cloud, principal: Sample.principal(other == "client" ? "b" : "a"),
                    tenant: other == "tenant" ? "b.example" : nil, http: http, store: store,
                    lockFile: "/nonexistent/lock", policy: Sample.eager, now: { 1_000_000 })
            }
            _ = try await tokens(ScriptedHTTP(.token("one"))).token(until: Sample.soon())
            let value = try await tokens(ScriptedHTTP(.token("two")), what).token(until: Sample.soon()).value
            #expect(value == "two")
            let first = try await tokens(ScriptedHTTP()).token(until: Sample.soon()).value
            #expect(first == "one", "the other one stands beside it")
        }
    }

    @Test func `renews shortly before expiry`() async throws {
        try await onLoop {
            let clock = Mutex(1_000_000)
            let http = ScriptedHTTP(.token("one"), .token("two"))
            let tokens = try Sample.tokens(http, now: { clock.withLock { $0 } })
            _ = try await tokens.token(until: Sample.soon())
            clock.withLock { $0 += 3301 }
            let value = try await tokens.token(until: Sample.soon()).value
            #expect(value == "two")
        }
    }

    @Test func `gets another after one was not accepted, though the keyring still has it`() async throws {
        try await onLoop {
            let store = MemoryStore()
            let tokens = try Sample.tokens(ScriptedHTTP(.token("one"), .token("two")), store: store)
            let first = try await tokens.token(until: Sample.soon())
            await tokens.invalidate(first)
            let value = try await tokens.token(until: Sample.soon()).value
            #expect(value == "two")
        }
    }

    @Test(arguments: [KeyringError.locked, .timedOut, .noService(.bus)])
    func `works without a keyring and keeps the reason`(_ reason: KeyringError) async throws {
        try await onLoop {
            let tokens = try Sample.tokens(ScriptedHTTP(.token("one")), store: MemoryStore(failure: reason))
            for _ in 1...2 {
                let value = try await tokens.token(until: Sample.soon()).value
                #expect(value == "one")
            }
            #expect(await tokens.keyringProblem == reason)
        }
    }

    @Test func `waits for the process that is refreshing, and takes its token`() async throws {
        try await onLoop {
            let folder = try TemporaryFolder()
            let store = MemoryStore()
            let lock = try #require(try FileLock.tryLock(folder.path + "/lock"))
            let http = ScriptedHTTP()
            let waiting = try Sample.tokens(http, store: store, lock: folder.path + "/lock")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let value = try await waiting.token(until: Sample.soon()).value
                    #expect(value == "theirs")
                }
                group.addTask {
                    let other = try Sample.tokens(ScriptedHTTP(.token("theirs")), store: store)
                    _ = try await other.token(until: Sample.soon())
                    lock.release()
                }
                try await group.waitForAll()
            }
            #expect(http.exchanges.isEmpty)
        }
    }

    @Test func `retries what may pass`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(
                .json(429, "", ["Retry-After": "0"]), .failure(.connection(.closed(.transfer))), .token("one")
            )
            let value = try await Sample.tokens(http).token(until: Sample.soon()).value
            #expect(value == "one")
            #expect(http.exchanges.count == 3)
        }
    }

    @Test func `reports Entra's refusal with its code and does not repeat it`() async throws {
        try await onLoop {
            let body =
                #"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.\r\n"#
                + #"Trace ID: x","correlation_id":"c-1"}"#
            let http = ScriptedHTTP(.json(401, body), .token("never"))
            let failure = await #expect(throws: AzureError.self) {
                try await Sample.tokens(http).token(until: Sample.soon())
            }
            #expect(
                failure
                    == .refused(
                        Refusal(
                            service: .entra, status: 401, code: "AADSTS7000215",
                            message: "AADSTS7000215: Invalid client secret.", correlationID: "c-1")))
            #expect(http.exchanges.count == 1)
        }
    }
}

@Suite struct CredentialSearchTests {
    static func find(
        _ environment: EnvironmentCredential = .none, _ store: MemoryStore, account: String? = nil,
        tenant: String? = nil
    ) async throws -> ServicePrincipal {
        let signIns = SignInStore(store, cloud: try Sample.cloud())
        return try await CredentialSearch(environment: environment, signIns: signIns)
            .find(account: account, tenant: tenant, by: Sample.keyringSoon())
    }

    static func signedIn(_ accounts: (String, String)...) async throws -> MemoryStore {
        let store = MemoryStore()
        let signIns = SignInStore(store, cloud: try Sample.cloud())
        for (client, tenant) in accounts {
            try await signIns.save(Sample.principal(client, tenant: tenant), by: Sample.keyringSoon())
        }
        return store
    }

    static let complete = EnvironmentCredential.read(
        ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "env"], secret: Sample.secret("x"))

    @Test func `prefers a complete environment to a sign-in`() async throws {
        try await onLoop {
            let store = try await Self.signedIn(("app", "t"))
            #expect(try await Self.find(Self.complete, store).clientID == "env")
        }
    }

    @Test func `prefers the account that was asked for to the environment`() async throws {
        try await onLoop {
            let store = try await Self.signedIn(("app", "t"), ("app2", "t"))
            let found = try await Self.find(Self.complete, store, account: "APP2")
            #expect(found.clientID == "app2")
            #expect(found.origin == .keyring)
        }
    }

    @Test func `lets the host's tenant decide between sign-ins`() async throws {
        try await onLoop {
            let store = try await Self.signedIn(("app", "t1"), ("app", "t2"))
            #expect(try await Self.find(.none, store, tenant: "t2").tenant == "t2")
        }
    }

    @Test func `does not guess between several sign-ins`() async throws {
        try await onLoop {
            let store = try await Self.signedIn(("b", "t"), ("a", "t"))
            let failure = await #expect(throws: AzureError.self) { try await Self.find(.none, store) }
            #expect(failure == .noCredential(.severalAccounts(["a (tenant t)", "b (tenant t)"])))
        }
    }

    @Test func `says what the environment lacks when nothing is signed in`() async throws {
        try await onLoop {
            let partial = EnvironmentCredential.read(["AZURE_CLIENT_ID": "x"], secret: nil)
            let failure = await #expect(throws: AzureError.self) {
                try await Self.find(partial, MemoryStore(failure: .locked))
            }
            let gap = EnvironmentCredential.Gap.missing(["AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"])
            #expect(failure == .noCredential(.notSignedIn(environment: gap, keyring: .locked)))
        }
    }

    @Test func `forgets a sign-in and its tokens`() async throws {
        try await onLoop {
            let store = try await Self.signedIn(("app", Sample.tenant))
            _ = try await Sample.tokens(ScriptedHTTP(.token("one")), store: store).token(until: Sample.soon())
            let signIns = SignInStore(store, cloud: try Sample.cloud())
            #expect(try await signIns.remove(nil, by: Sample.keyringSoon()))
            #expect(try await store.search(SecretAttributes(nil), by: Sample.keyringSoon()) == [])
        }
    }

    @Test(
        arguments: [
            ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_CERTIFICATE_PATH": "/x"],
            ["AZURE_CLIENT_CERTIFICATE_PATH": "/x"],
        ])
    func `names a variable that is not supported yet`(_ environment: [String: String]) {
        let read = EnvironmentCredential.read(environment, secret: nil)
        #expect(read.gap == .unsupported("AZURE_CLIENT_CERTIFICATE_PATH"))
    }
}
