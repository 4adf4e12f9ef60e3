import Testing
import Transport

@testable import BastionEmulator

@Suite struct ResourceManagerTests {
    struct HostDocument: Decodable {
        struct SKU: Decodable { var name: String }
        struct Properties: Decodable {
            var dnsName: String
            var enableTunneling: Bool
            var enableIpConnect: Bool
            var provisioningState: String
        }
        var id: String
        var sku: SKU
        var properties: Properties
    }

    struct List<Item: Decodable>: Decodable { var value: [Item] }

    struct ErrorDocument: Decodable {
        struct Detail: Decodable { var code: String }
        var error: Detail
    }

    @Test(arguments: [hub, hub.uppercased(), hub.lowercased()])
    func `shows a host, whatever the case of its ID`(_ path: String) async throws {
        try await EmulatedCloud.run { cloud in
            let answer = try await cloud.manage(path, token: cloud.token())
            let host = try cloud.decode(HostDocument.self, answer)
            #expect(host.id == hub)
            #expect(host.sku.name == "Standard")
            #expect(host.properties.dnsName == cloud.host)
            #expect(host.properties.enableTunneling && host.properties.enableIpConnect)
            #expect(host.properties.provisioningState == "Succeeded")
            #expect(answer.headers["x-ms-request-id"] != nil)
        }
    }

    @Test func `lists hosts and subscriptions`() async throws {
        struct Subscription: Decodable { var tenantId: String }
        try await EmulatedCloud.run { cloud in
            let token = try await cloud.token()
            for scope in [groups + "/RG-hub", String(groups.dropLast("/resourceGroups".count))] {
                let answer = try await cloud.manage(
                    scope + "/providers/Microsoft.Network/bastionHosts", token: token)
                let hosts = try cloud.decode(List<HostDocument>.self, answer)
                #expect(hosts.value.map(\.id) == [hub, basicHub])
            }
            let answer = try await cloud.manage("/subscriptions", token: token)
            #expect(try cloud.decode(List<Subscription>.self, answer).value.map(\.tenantId) == [tenant])
        }
    }

    struct Refusal: Sendable {
        var path = hub
        var version: String? = "2024-01-01"
        var hasToken = true
        var status: Int
        var code: String
    }

    static let refusals = [
        Refusal(hasToken: false, status: 401, code: "AuthenticationFailed"),
        Refusal(version: nil, status: 400, code: "MissingApiVersionParameter"),
        Refusal(version: "2021-01-01", status: 400, code: "NoRegisteredProviderFound"),
        Refusal(version: "newest", status: 400, code: "InvalidApiVersionParameter"),
        Refusal(path: hub + "x", status: 404, code: "ResourceNotFound"),
        Refusal(
            path: groups + "/nowhere/providers/Microsoft.Network/bastionHosts/b", status: 404,
            code: "ResourceGroupNotFound"),
        Refusal(path: "/subscriptions/unknown", status: 404, code: "SubscriptionNotFound"),
    ]

    @Test(arguments: refusals) func `refuses in the service's words`(_ refusal: Refusal) async throws {
        try await EmulatedCloud.run { cloud in
            let token: String? = refusal.hasToken ? try await cloud.token() : nil
            let answer = try await cloud.manage(refusal.path, token: token, version: refusal.version)
            #expect(answer.status == refusal.status)
            #expect(try cloud.decode(ErrorDocument.self, answer).error.code == refusal.code)
        }
    }

    @Test func `names the tenant of a subscription to whom it does not know`() async throws {
        try await EmulatedCloud.run { cloud in
            let answer = try await cloud.manage(hub, token: "nonsense")
            let challenge = answer.headers["WWW-Authenticate"] ?? ""
            #expect(answer.status == 401)
            #expect(challenge.contains("authorization_uri=\"\(cloud.endpoints.authority)/\(tenant)\""))
        }
    }

    @Test func `refuses a token that has expired`() async throws {
        try await EmulatedCloud.run("limits: {tokenLifetime: 0s}\n") { cloud in
            let answer = try await cloud.manage(hub, token: cloud.token())
            #expect(answer.status == 401)
            #expect(try cloud.decode(ErrorDocument.self, answer).error.code == "ExpiredAuthenticationToken")
        }
    }

    @Test func `keeps clients to their rights`() async throws {
        try await EmulatedCloud.run("rights: [{client: \(client), hosts: [\(basicHub)]}]\n") { cloud in
            let token = try await cloud.token()
            #expect(try await cloud.manage(hub, token: token).status == 403)
            #expect(try await cloud.manage(basicHub, token: token).status == 200)
            let answer = try await cloud.manage(
                groups + "/rg-hub/providers/Microsoft.Network/bastionHosts", token: token)
            #expect(try cloud.decode(List<HostDocument>.self, answer).value.map(\.id) == [basicHub])
            #expect(try await cloud.requestSession(token).status == 403)
        }
    }
}
