import TestSupport
import Testing
import Transport

@testable import Azure

@Suite struct ResourceManagerClientTests {
    static let id = "/subscriptions/s/resourceGroups/rg (1)/providers/Microsoft.Network/bastionHosts/hub"
    static let host = #"""
        {"id":"/subscriptions/S/x","location":"westeurope","sku":{"name":"Standard"},"properties":{
        "dnsName":"bst.bastion.lab.example","enableTunneling":true,"provisioningState":"Succeeded"}}
        """#

    static func client(_ tokenHTTP: ScriptedHTTP, _ http: ScriptedHTTP) throws -> ResourceManagerClient {
        ResourceManagerClient(
            cloud: try Sample.cloud(), tokens: try Sample.tokens(tokenHTTP), http: http, policy: Sample.eager)
    }

    @Test func `reads a host`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(.json(200, Self.host))
            let record = try await Self.client(ScriptedHTTP(.token("one")), http)
                .bastionHost(Self.id, until: Sample.soon())
            #expect(
                record
                    == BastionHostRecord(
                        id: "/subscriptions/S/x", sku: "Standard", dnsName: "bst.bastion.lab.example",
                        enableTunneling: true, provisioningState: "Succeeded", location: "westeurope"))
            let sent = try #require(http.exchanges.first)
            #expect(sent.origin == Origin(host: "arm.lab.example", port: 8443))
            #expect(
                sent.request.target
                    == "/subscriptions/s/resourceGroups/rg%20(1)/providers/Microsoft.Network/bastionHosts/hub"
                    + "?api-version=2024-01-01")
            #expect(sent.request.headers["Authorization"] == "Bearer one")
            #expect(sent.request.headers["x-ms-client-request-id"]?.utf8.count == 36)
        }
    }

    @Test(arguments: ["{}", #"{"properties":null,"sku":"Standard"}"#, #"{"properties":{"dnsName":7}}"#])
    func `takes what is missing or of another type for unknown`(_ body: String) throws {
        #expect(try BastionHostRecord(response: Array(body.utf8), id: "/x") == BastionHostRecord(id: "/x"))
    }

    @Test func `gets a new token once when the first is not accepted`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(.json(401, ""), .json(200, Self.host))
            let client = try Self.client(ScriptedHTTP(.token("one"), .token("two")), http)
            _ = try await client.bastionHost(Self.id, until: Sample.soon())
            #expect(
                http.exchanges.map { $0.request.headers["Authorization"] } == ["Bearer one", "Bearer two"])
            let ids = http.exchanges.map { $0.request.headers["x-ms-client-request-id"] }
            #expect(ids[0] != ids[1])
        }
    }

    @Test func `reports a refusal in Resource Manager's words`() async throws {
        try await onLoop {
            let body =
                #"{"error":{"code":"AuthorizationFailed","message":"The client 'x' has\u001b[31m no right"}}"#
            let http = ScriptedHTTP(.json(403, body, ["x-ms-correlation-request-id": "c-9"]))
            let failure = await #expect(throws: AzureError.self) {
                try await Self.client(ScriptedHTTP(.token("one")), http)
                    .bastionHost(Self.id, until: Sample.soon())
            }
            #expect(
                failure
                    == .refused(
                        Refusal(
                            service: .resourceManager, status: 403, code: "AuthorizationFailed",
                            message: "The client 'x' has[31m no right", correlationID: "c-9")))
        }
    }
}
