import Diagnostics
import Testing
import Transport

@testable import BastionEmulator

@Suite struct DataPlaneTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var changes: [String: String] = [:]
        var headers: HTTPHeaders = [:]
        var status: Int
        var violation: String
        var testDescription: String { violation }
    }

    static let ipTarget = ["resourceId": address, "hostname": "10.0.0.4"]

    static let refusals = [
        Refusal(
            headers: ["Content-Type": "application/json"], status: 500,
            violation: "the body is not form encoded"),
        Refusal(headers: ["Authorization": "Bearer x"], status: 500, violation: "an Authorization field"),
        Refusal(changes: ["aztoken": ""], status: 401, violation: "no aztoken"),
        Refusal(changes: ["aztoken": "a.b.c"], status: 401, violation: "aztoken is invalid"),
        Refusal(changes: ["protocol": "rdp"], status: 400, violation: "protocol is not tcptunnel"),
        Refusal(changes: ["workloadHostPort": "ssh"], status: 400, violation: "workloadHostPort is no port"),
        Refusal(changes: ["workloadHostPort": "0"], status: 400, violation: "workloadHostPort is no port"),
        Refusal(changes: ["colour": "red"], status: 400, violation: "an unknown field 'colour'"),
        Refusal(changes: ["resourceId": "dev"], status: 403, violation: "resourceId is no resource ID"),
        Refusal(
            changes: ["resourceId": machine + "x"], status: 403,
            violation: "the target is unknown, or no right to it"),
        Refusal(
            changes: ["resourceId": groups + "/g/providers/Microsoft.Compute/virtualMachineScaleSets/s"],
            status: 403,
            violation: "a scale set without an instance"),
        Refusal(
            changes: ["hostname": "10.0.0.4"], status: 400, violation: "hostname is given for a resource"),
        Refusal(
            changes: ipTarget.merging(["hostname": "10.0.0.5"]) { $1 }, status: 400,
            violation: "hostname is not the address in resourceId"),
        Refusal(
            changes: ipTarget.merging(["workloadHostPort": "80"]) { $1 }, status: 403,
            violation: "port 80 of an address"),
        Refusal(headers: ["X-Node-Id": "elsewhere"], status: 404, violation: "X-Node-Id is no node"),
    ]

    @Test(arguments: refusals) func `refuses a session, and logs why`(_ refusal: Refusal) async throws {
        let log = try await EmulatedCloud.run { cloud in
            let token = try await cloud.token()
            let answer = try await cloud.requestSession(token, refusal.changes, refusal.headers)
            #expect(answer.status == refusal.status)
            struct Document: Decodable { var message: String }
            #expect(try !cloud.decode(Document.self, answer).message.isEmpty)
        }
        let last = try #require(log.last { $0["event"] == "request" })
        #expect(last["violations"] == .list([.text(refusal.violation)]))
        #expect(!log.contains { $0["event"] == "session-opened" })
    }

    @Test func `refuses native clients at a Basic host`() async throws {
        try await EmulatedCloud.run { cloud in
            let token = try await cloud.token()
            let answer = try await cloud.requestSession(token, on: cloud.endpoints.dnsNames[1])
            #expect(answer.status == 403)
        }
    }

    @Test func `refuses a token for another resource, or one that has expired`() async throws {
        try await EmulatedCloud.run("audiences: [https://vault.azure.net]\nlimits: {tokenLifetime: 0s}\n") {
            cloud in
            let other = try await cloud.token(["scope": "https://vault.azure.net/.default"])
            #expect(try await cloud.requestSession(other).status == 401)
            #expect(try await cloud.requestSession(cloud.token()).status == 401)
        }
    }

    @Test func `answers in chunks, without a length`() async throws {
        try await EmulatedCloud.run { cloud in
            let answer = try await cloud.requestSession(cloud.token())
            #expect(answer.headers["Content-Length"] == nil)
            #expect(answer.headers["Transfer-Encoding"] == "chunked")
        }
    }

    @Test func `serves a host under its own name alone`() async throws {
        try await EmulatedCloud.run { cloud in
            let token = try await cloud.token()
            let port = cloud.host.split(separator: ":")[1]
            #expect(try await cloud.requestSession(token, on: "localhost:\(port)").status == 404)
            #expect(
                try await cloud.send("GET", "https://\(cloud.host)/subscriptions?api-version=2020-01-01")
                    .status == 404)
        }
    }

    @Test func `tells roles apart by path where a host has the public name`() async throws {
        let hosts = "[{resourceId: \(hub), dnsName: localhost}]"
        try await EmulatedCloud.run(hosts: hosts) { cloud in
            #expect("https://\(cloud.host)" == cloud.endpoints.authority)
            let token = try await cloud.token()
            #expect(try await cloud.manage(hub, token: token).status == 200)
            #expect(try await cloud.refusal(of: cloud.session(token)) == 101)
        }
    }

    @Test func `goes on with a session on its node, and makes a new one elsewhere`() async throws {
        let log = try await EmulatedCloud.run { cloud in
            let token = try await cloud.token()
            let first = try await cloud.session(token)
            let again = try await cloud.session(
                token, ["token": first.authToken], ["X-Node-Id": first.nodeId])
            #expect(again.authToken == first.authToken)
            #expect(again.nodeId == first.nodeId)
            #expect(again.websocketToken != first.websocketToken)
            #expect(try await cloud.refusal(of: first) == 404)
            let other = try await cloud.session(token)
            #expect(other.nodeId != first.nodeId)
            let astray = try await cloud.session(
                token, ["token": first.authToken], ["X-Node-Id": other.nodeId])
            #expect(astray.authToken != first.authToken)
            let stranger = try await cloud.token([
                "client_id": "other-client", "client_secret": "another-secret",
            ])
            let stolen = try await cloud.session(
                stranger, ["token": first.authToken], ["X-Node-Id": first.nodeId])
            #expect(stolen.authToken != first.authToken)
        }
        #expect(log.count { $0["event"] == "session-opened" } == 4)
        #expect(log.count { $0["event"] == "session-continued" } == 1)
        #expect(log.count { $0["event"] == "session-leaked-at-exit" } == 4)
    }

    @Test func `deletes a session once, on its node`() async throws {
        let log = try await EmulatedCloud.run { cloud in
            let session = try await cloud.session(cloud.token())
            #expect(try await cloud.delete(session, node: "elsewhere") == 404)
            #expect(try await cloud.delete(session) == 204)
            #expect(try await cloud.delete(session) == 404)
            #expect(try await cloud.refusal(of: session) == 404)
        }
        #expect(log.count { $0["event"] == "session-deleted" } == 1)
        #expect(!log.contains { $0["event"] == "session-leaked-at-exit" })
    }

    @Test func `takes so many sessions and no more`() async throws {
        try await EmulatedCloud.run("limits: {sessionsPerHost: 1}\n") { cloud in
            let token = try await cloud.token()
            let first = try await cloud.session(token)
            let second = try await cloud.requestSession(token)
            #expect(second.status == 429)
            #expect(second.headers["Retry-After"] == "5")
            #expect(try await cloud.delete(first) == 204)
            #expect(try await cloud.requestSession(token).status == 200)
        }
    }

    @Test func `keeps tokens and secrets out of the log`() async throws {
        nonisolated(unsafe) var secrets = ["hunter2-hunter2"]
        let log = try await EmulatedCloud.run { cloud in
            let token = try await cloud.token()
            let session = try await cloud.session(token)
            try await cloud.open(session).close()
            _ = try await cloud.delete(session)
            _ = try await cloud.send("GET", "https://\(cloud.host)/elsewhere/\(token)?access_token=\(token)")
            secrets += [token, session.authToken, session.websocketToken]
        }
        let text = log.map(\.compact).joined()
        #expect(text.contains("/webtunnelv2/#"))
        for secret in secrets { #expect(!text.contains(secret)) }
    }
}
