import TestSupport
import Testing
import Transport

@testable import Azure

@Suite struct BastionClientTests {
    static let answer = #"""
        {"authToken":"AUTH","username":"u","dataSource":"d","availableDataSources":["d"],
        "nodeId":"node-1","websocketToken":"ws/tok en"}
        """#.replacing(" en", with: "+en")
    static let vm = TunnelTarget.resource("/subscriptions/s/x/vm")

    static func endpoint() throws -> BastionEndpoint {
        try BastionEndpoint("bst.bastion.lab.example:4443", under: "bastion.lab.example")
    }

    static func client(
        _ http: ScriptedHTTP, tokens: ScriptedHTTP = ScriptedHTTP(.token("one"), .token("two"))
    )
        throws -> BastionClient
    {
        BastionClient(tokens: try Sample.tokens(tokens), http: http)
    }

    @Test(
        arguments: [
            (
                vm,
                "resourceId=%2Fsubscriptions%2Fs%2Fx%2Fvm&protocol=tcptunnel&workloadHostPort=22&aztoken=one"
            ),
            (
                .address("10.0.0.4", subscription: "s", resourceGroup: "rg"),
                "resourceId=%2Fsubscriptions%2Fs%2FresourceGroups%2Frg%2Fproviders%2FMicrosoft.Network"
                    + "%2Fbh-hostConnect%2F10.0.0.4&protocol=tcptunnel&workloadHostPort=22&aztoken=one"
                    + "&hostname=10.0.0.4"
            ),
        ])
    func `asks for a session with the token in the form`(_ target: TunnelTarget, _ form: String) async throws
    {
        try await onLoop {
            let http = ScriptedHTTP(.json(200, Self.answer))
            let token = try await Self.client(http)
                .issueToken(for: target, port: 22, at: Self.endpoint(), until: Sample.soon(), grace: .zero)
            #expect(token == TunnelToken(authToken: "AUTH", nodeID: "node-1", websocketToken: "ws/tok+en"))
            let sent = try #require(http.exchanges.first)
            #expect(sent.origin == Origin(host: "bst.bastion.lab.example", port: 4443))
            #expect(sent.request.method == "POST")
            #expect(sent.request.target == "/api/tokens")
            #expect(sent.request.headers["Authorization"] == nil)
            #expect(sent.request.headers["X-Node-Id"] == nil)
            #expect(!sent.request.isRepeatable)
            #expect(sent.body == form)
        }
    }

    @Test func `escapes what a form would read otherwise in the token`() {
        let request = BastionClient.tokenRequest(for: Self.vm, port: 1, azureToken: "a+b/c=&d e~.-_")
        let body = String(decoding: request.body.bytes, as: UTF8.self)
        #expect(body.hasSuffix("&aztoken=a%2Bb%2Fc%3D%26d%20e~.-_"))
    }

    @Test func `escapes the WebSocket's target`() {
        let token = TunnelToken(authToken: "a", nodeID: "n&x", websocketToken: "a/b?c")
        #expect(token.websocketTarget == "/webtunnelv2/a%2Fb%3Fc?X-Node-Id=n%26x")
    }

    @Test(
        arguments: [
            ("", "body"), ("<html>", "body"), ("{}", "authToken"),
            (#"{"authToken":"","nodeId":"n","websocketToken":"w"}"#, "authToken"),
            (#"{"authToken":"a","nodeId":"n\r\nX: y","websocketToken":"w"}"#, "nodeId"),
            (#"{"authToken":"a","nodeId":"n","websocketToken":7}"#, "websocketToken"),
        ])
    func `names what cannot be read`(_ body: String, _ field: String) {
        let failure = #expect(throws: AzureError.self) { try TunnelToken(response: Array(body.utf8)) }
        #expect(failure == .unreadable(.bastion, field: field))
    }

    @Test func `asks once more with a new token, and only once`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(
                .json(401, #"{"message":"expired"}"#), .json(401, #"{"message":"again"}"#))
            let failure = await #expect(throws: AzureError.self) {
                try await Self.client(http)
                    .issueToken(
                        for: Self.vm, port: 22, at: Self.endpoint(), until: Sample.soon(), grace: .zero)
            }
            #expect(failure == .refused(Refusal(service: .bastion, status: 401, message: "again")))
            #expect(http.exchanges.map { $0.body.suffix(11) } == ["aztoken=one", "aztoken=two"])
        }
    }

    @Test func `leaves it to the tunnel to try again`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(.json(429, "", ["Retry-After": "7"]), .json(200, Self.answer))
            let failure = await #expect(throws: AzureError.self) {
                try await Self.client(http)
                    .issueToken(
                        for: Self.vm, port: 22, at: Self.endpoint(), until: Sample.soon(), grace: .zero)
            }
            #expect(failure?.isRetryable == true)
            #expect(failure?.retryAfter == .seconds(7))
            #expect(http.exchanges.count == 1)
        }
    }

    @Test func `recognises a page of something in between`() async throws {
        try await onLoop {
            let http = ScriptedHTTP(
                .json(502, " <!DOCTYPE html><h1>Bad gateway", ["Content-Type": "text/html"]))
            let failure = await #expect(throws: AzureError.self) {
                try await Self.client(http)
                    .issueToken(
                        for: Self.vm, port: 22, at: Self.endpoint(), until: Sample.soon(), grace: .zero)
            }
            #expect(failure == .refused(Refusal(service: .bastion, status: 502, isPage: true)))
        }
    }

    @Test(arguments: [200, 204, 404])
    func `deletes a session, also one that is gone`(_ status: Int) async throws {
        try await onLoop {
            let http = ScriptedHTTP(.json(status, ""))
            let token = TunnelToken(authToken: "a/b", nodeID: "n", websocketToken: "w")
            try await Self.client(http).delete(token, at: Self.endpoint(), until: Sample.soon())
            let sent = try #require(http.exchanges.first)
            #expect(sent.request.method == "DELETE")
            #expect(sent.request.target == "/api/tokens/a%2Fb")
            #expect(sent.request.headers["X-Node-Id"] == "n")
            #expect(sent.request.headers["Authorization"] == nil)
        }
    }

    /// Another node than the session's own does not know it either.
    @Test(arguments: [nil, "guess"])
    func `does not take it for gone where its node is not known`(_ guess: String?) async throws {
        try await onLoop {
            let http = ScriptedHTTP(.json(404, ""))
            let token = TunnelToken(authToken: "a", nodeID: "", websocketToken: "")
            let error = await #expect(throws: AzureError.self) {
                try await Self.client(http).delete(
                    token, guess: guess, at: Self.endpoint(), until: Sample.soon())
            }
            guard case .refused(let refusal)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 404)
            let sent = try #require(http.exchanges.first)
            #expect(sent.request.headers["X-Node-Id"] == guess)
        }
    }
}
