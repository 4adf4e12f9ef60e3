import Azure
import Diagnostics
import Keyring
import Posix
import Profiles
import SessionRuntime
import TestSupport
import Testing
import Transport

@testable import Commands

@Suite struct LoginTests {
    @Test(arguments: [
        (["login"], "login.not-supported-yet", Diagnostics.ExitStatus.configuration),
        (["login", "--device-code"], "login.not-supported-yet", .configuration),
        (["login", "--browser"], "login.not-supported-yet", .configuration),
        (["login", "--managed-identity"], "login.not-supported-yet", .configuration),
        (["login", "--service-principal", "--tenant", "t"], "usage.missing-flag", .usage),
        (["login", "--service-principal", "--client-id", "c"], "usage.missing-flag", .usage),
        (["login", "--service-principal", "--client-id", "", "--tenant", "t"], "usage.missing-flag", .usage),
        (
            ["login", "--service-principal", "--client-id", "c", "--host", "h", "--cloud", "x"],
            "usage.exclusive-flags", .usage
        ),
        (["logout", "--all", "--account", "c"], "usage.exclusive-flags", .usage),
    ])
    func `refuses a command line that cannot be meant`(
        words: [String], code: String, exit: Diagnostics.ExitStatus
    ) throws {
        let problem = try diagnostic {
            guard
                case .run(let found, let parsed) = try ArgumentParser(table: CommandTable.commands).parse(
                    words)
            else { return }
            _ = try found.make(parsed)
        }
        #expect(problem.code == code)
        #expect(problem.exit == exit)
    }

    @Test func `a secret on the command line is refused and not repeated`() throws {
        let problem = try diagnostic {
            _ = try command("login", "--service-principal", "--client-secret", "hunter2")
        }
        #expect(problem.code == "login.secret-in-arguments")
        #expect(!problem.text.contains("hunter2"))
    }

    @Test(arguments: [([], "AzureCloud"), (["lab"], "lab"), (["AzureCloud", "lab"], "AzureCloud")])
    func `the cloud is the only one that hosts name, else Azure's`(named: [String], expected: String) throws {
        #expect(try SignInPlace.standardCloud(named) == expected)
    }

    @Test func `several foreign clouds have to be told apart`() throws {
        let problem = try diagnostic { _ = try SignInPlace.standardCloud(["lab", "other"]) }
        #expect(problem.code == "login.several-clouds")
    }

    // MARK: trying it out

    private static let cloud = Cloud(
        name: "lab", authority: "https://login.lab.example", resourceManager: "https://arm.lab.example",
        audience: "https://arm.lab.example", bastionSuffix: "lab.example")
    private static let granted = #"{"token_type":"Bearer","expires_in":3600,"access_token":"abc"}"#

    /// Runs a sign-in and tells what it threw.
    private func attempt(_ http: OneAnswer, _ store: MemoryStore, tenant: String = "t") async throws
        -> Diagnostic?
    {
        try await onLoop {
            let attempt = SignInAttempt(
                cloud: "lab",
                check: SignInCheck(cloud: try AzureAccess.endpoints(of: Self.cloud), http: http),
                surroundings: Surroundings(environment: [:], secret: nil, secrets: store))
            do {
                try await attempt.requireKeyring()
                try await attempt.run(
                    ServicePrincipal(
                        tenant: tenant, clientID: "app", secret: secret("sesame"), origin: .keyring))
                return nil
            } catch let problems as Problems { return problems.errors.first }
        }
    }

    @Test func `a credential that Entra takes is kept, without its token`() async throws {
        let store = MemoryStore()
        let http = OneAnswer(200, Self.granted)
        #expect(try await attempt(http, store) == nil)
        #expect(http.requests == 1)
        let item = try #require(store.items.first)
        #expect(store.items.count == 1)
        #expect(item.attributes.kind == .clientSecret)
        #expect(item.attributes.values["client"] == "app")
        #expect(SecretInput.areEqual(item.secret, secret("sesame")))
    }

    @Test func `a credential that Entra refuses is not kept`() async throws {
        let store = MemoryStore()
        let refusal =
            #"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#
        let problem = try #require(try await attempt(OneAnswer(401, refusal), store))
        #expect(problem.code == "entra.refused")
        #expect(problem.exit == .notPermitted)
        #expect(problem.remedy.contains("client secret"))
        #expect(store.items.isEmpty)
    }

    @Test func `a tenant that is none is refused before anything is sent`() async throws {
        let http = OneAnswer(200, Self.granted)
        #expect(try await attempt(http, MemoryStore(), tenant: "a/b")?.code == "login.invalid-tenant")
        #expect(http.requests == 0)
    }

    @Test func `without a keyring nobody is asked for anything`() async throws {
        let http = OneAnswer(200, Self.granted)
        let problem = try await attempt(http, MemoryStore(failure: .noService(.bus)))
        #expect(problem?.code == "keyring.no-service")
        #expect(http.requests == 0)
    }

    // MARK: logout

    private static func signedIn(_ accounts: [String]) async -> MemoryStore {
        let store = MemoryStore()
        _ = try? await onLoop {
            let soon = KeyringDeadlines(answer: .now.advanced(by: .seconds(10)))
            for client in accounts {
                let values = ["authority": "login.lab.example", "tenant": "t", "client": client]
                for kind in [SecretAttributes.Kind.clientSecret, .accessToken] {
                    try await store.store(
                        secret("x"), label: "", SecretAttributes(kind, values), by: soon)
                }
            }
            try await store.store(
                secret("x"), label: "", SecretAttributes(.password, ["target": "vm"]), by: soon)
        }
        return store
    }

    private func logout(_ store: MemoryStore, _ words: [String]) async throws -> [String] {
        guard
            case .run(_, let parsed) = try ArgumentParser(table: CommandTable.commands).parse(
                ["logout"] + words)
        else { return [] }
        let command = try LogoutCommand(parsed)
        return try await onLoop {
            try await command.remove(Surroundings(environment: [:], secret: nil, secrets: store))
        }
    }

    @Test func `logout removes the only sign-in and its tokens, and no password`() async throws {
        let store = await Self.signedIn(["a"])
        #expect(
            try await logout(store, []) == [
                "signed out: a of tenant t at login.lab.example", "access tokens removed",
            ])
        #expect(store.items.map(\.attributes.kind) == [.password])
        #expect(try await logout(store, []) == ["nobody is signed in"])
    }

    @Test func `logout does not guess between several accounts`() async throws {
        let store = await Self.signedIn(["a", "b"])
        #expect(try await diagnostic { _ = try await logout(store, []) }.code == "logout.several-accounts")
        #expect(store.items.count == 5)
        #expect(try await logout(store, ["--account", "A"]).count == 2)
        #expect(store.items.compactMap { $0.attributes.values["client"] } == ["b", "b"])
        #expect(try await logout(store, ["--account", "nobody"]) == ["'nobody' is not signed in"])
        #expect(try await logout(store, ["--all"]).contains("signed out: b of tenant t at login.lab.example"))
        #expect(store.items.map(\.attributes.kind) == [.password])
    }
}
