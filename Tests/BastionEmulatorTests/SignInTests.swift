import Posix
import Testing
import Transport

@testable import BastionEmulator

@Suite struct SignInTests {
    struct Refusal: Sendable {
        var changes: [String: String]
        var status: Int
        var error: String
        var code: Int
    }

    static let refusals = [
        Refusal(changes: ["client_secret": "wrong"], status: 401, error: "invalid_client", code: 7_000_215),
        Refusal(changes: ["client_secret": ""], status: 401, error: "invalid_client", code: 7_000_218),
        Refusal(changes: ["client_id": "nobody"], status: 400, error: "unauthorized_client", code: 700016),
        Refusal(changes: ["client_id": ""], status: 400, error: "invalid_request", code: 900144),
        Refusal(
            changes: ["grant_type": "password"], status: 400, error: "unsupported_grant_type", code: 70003),
        Refusal(changes: ["scope": ""], status: 400, error: "invalid_request", code: 900144),
        Refusal(
            changes: ["scope": "https://management.azure.com/user_impersonation"], status: 400,
            error: "invalid_scope", code: 1_002_012),
        Refusal(
            changes: ["scope": "https://vault.azure.net/.default"], status: 400, error: "invalid_resource",
            code: 500011),
    ]

    struct ErrorDocument: Decodable {
        var error: String
        var error_description: String
        var error_codes: [Int]
    }

    @Test(arguments: refusals) func `refuses a token request in the service's words`(_ refusal: Refusal)
        async throws
    {
        try await EmulatedCloud.run { cloud in
            let answer = try await cloud.signIn(refusal.changes)
            let document = try cloud.decode(ErrorDocument.self, answer)
            #expect(answer.status == refusal.status)
            #expect(document.error == refusal.error)
            #expect(document.error_codes == [refusal.code])
            #expect(document.error_description.hasPrefix("AADSTS\(refusal.code): "))
        }
    }

    @Test func `knows its tenants alone`() async throws {
        try await EmulatedCloud.run { cloud in
            let answer = try await cloud.signIn(tenant: "elsewhere")
            #expect(answer.status == 400)
            #expect(try cloud.decode(ErrorDocument.self, answer).error_codes == [90002])
        }
    }

    @Test(arguments: [
        "https://management.azure.com/.default", "https://management.core.windows.net//.default",
        "https://MANAGEMENT.azure.com//.default",
    ])
    func `issues tokens for the resource manager under its names`(_ scope: String) async throws {
        try await EmulatedCloud.run { cloud in
            let token = try await cloud.token(["scope": scope])
            #expect(try await cloud.manage("/subscriptions", token: token).status == 200)
        }
    }

    struct Metadata: Decodable {
        var issuer: String
        var token_endpoint: String
    }

    @Test func `describes itself`() async throws {
        try await EmulatedCloud.run { cloud in
            let base = cloud.endpoints.authority
            let answer = try await cloud.send(
                "GET", "\(base)/\(tenant)/v2.0/.well-known/openid-configuration")
            let document = try cloud.decode(Metadata.self, answer)
            #expect(document.issuer == "\(base)/\(tenant)/v2.0")
            #expect(document.token_endpoint == "\(base)/\(tenant)/oauth2/v2.0/token")
            let instances = try await cloud.send(
                "GET", "\(base)/common/discovery/instance?api-version=1.1&authorization_endpoint=x")
            #expect(instances.status == 200)
        }
    }

    @Test func `reads its own tokens alone`() throws {
        let key = SecretBytes(count: 32) { $0[0] = 1 }
        let other = SecretBytes(count: 32) { $0[0] = 2 }
        let tokens = AccessTokens(key: key)
        let claims = AccessTokens.Claims(audience: "a", tenant: "t", client: "c", expiry: 100)
        let token = tokens.issue(claims, issuer: "i", at: 10)
        #expect(try tokens.read(token, at: 99) == claims)
        #expect(throws: AccessTokens.Failure.expired) { try tokens.read(token, at: 100) }
        #expect(throws: AccessTokens.Failure.invalid) { try AccessTokens(key: other).read(token, at: 10) }
        let parts = token.split(separator: ".")
        for forged in ["", "a.b.c", "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[0]).\(parts[2])"] {
            #expect(throws: AccessTokens.Failure.invalid) { try tokens.read(forged, at: 10) }
        }
    }
}
