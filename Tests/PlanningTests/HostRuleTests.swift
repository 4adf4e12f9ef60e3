import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct HostRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var codes: [String]
        var target: Target?
        var change: @Sendable (inout HostFacts) -> Void

        var testDescription: String { codes.joined(separator: " ") }
    }

    static let errors: [Case] = [
        Case(codes: ["plan.host-sku"]) { ($0.sku, $0.enableTunneling) = ("Basic", false) },
        Case(codes: ["plan.host-developer"]) { ($0.sku, $0.enableTunneling) = ("Developer", false) },
        Case(codes: ["plan.host-developer"]) { $0.sku = "QuickConnect" },
        Case(codes: ["plan.native-client-off"]) { $0.enableTunneling = false },
        Case(codes: ["plan.ip-connect-off"], target: .address("10.0.0.4")) { $0.enableIPConnect = false },
        Case(codes: ["plan.host-without-endpoint"]) { $0.endpoint = "" },
        Case(codes: ["plan.endpoint-outside-cloud"]) { $0.endpoint = "bastion.example.com" },
        Case(codes: ["plan.endpoint-outside-cloud"]) { $0.endpoint = "evilbastion.azure.com" },
        Case(codes: ["plan.endpoint-outside-cloud"]) { $0.endpoint = "evil.example/x.bastion.azure.com" },
        Case(codes: ["plan.endpoint-outside-cloud"]) { $0.endpoint = "evil.example@x.bastion.azure.com" },
        Case(codes: ["plan.endpoint-outside-cloud"]) { $0.endpoint = "evil.example#.bastion.azure.com" },
        Case(codes: ["plan.host-sku", "plan.endpoint-outside-cloud"]) {
            ($0.sku, $0.endpoint) = ("basic", "elsewhere")
        },
    ]

    @Test(arguments: errors)
    func `a host that cannot serve is refused, from the cache and when it was read`(_ item: Case) throws {
        var profile = try Samples.profile()
        if let target = item.target { profile.target = target }
        let host = Samples.hostFacts(item.change)
        let planned = #expect(throws: Problems.self) {
            try Planner().plan(profile, for: Samples.connect, given: Samples.facts { $0.host = host })
        }
        #expect(planned?.errors.map(\.code) == item.codes)
        let plan = try Planner().plan(profile, for: Samples.connect, given: Samples.facts())
        let confirmed = #expect(throws: Problems.self) { try Planner().confirm(plan, host: host) }
        #expect(confirmed?.errors == planned?.errors)
    }

    static let accepted: [Case] = [
        Case(codes: []) { _ in },
        Case(codes: []) { $0.sku = "premium" },
        Case(codes: []) { $0.enableIPConnect = false },
        Case(codes: []) { $0.provisioningState = nil },
        Case(codes: []) { $0.endpoint = "BST-1.Bastion.Azure.com.:8443" },
        Case(codes: ["plan.unknown-sku"]) { $0.sku = "Ultra" },
        Case(codes: ["plan.host-not-ready"]) { $0.provisioningState = "Updating" },
    ]

    @Test(arguments: accepted)
    func `a host that may serve is confirmed with its warnings`(_ item: Case) throws {
        let plan = try Planner().plan(try Samples.profile(), for: Samples.connect, given: Samples.facts())
        let host = Samples.hostFacts(item.change)
        let confirmed = try Planner().confirm(plan, host: host)
        #expect(confirmed.warnings.map(\.code) == item.codes)
        #expect(confirmed.hostCheck == .confirmed(host))
        #expect(confirmed.steps == plan.steps)
    }

    @Test func `what the cache warned of is gone when the host says otherwise`() throws {
        let cached = Samples.hostFacts { $0.provisioningState = "Updating" }
        let plan = try Planner().plan(
            try Samples.profile { $0.ports = [PortMapping(local: 8080, remote: 80)] }, for: Samples.connect,
            given: Samples.facts { $0.host = cached })
        #expect(plan.hostCheck == .fromCache(cached))
        #expect(plan.warnings.map(\.code) == ["plan.web-port", "plan.host-not-ready"])
        let confirmed = try Planner().confirm(plan, host: Samples.hostFacts())
        #expect(confirmed.warnings.map(\.code) == ["plan.web-port"])
    }

    @Test func `a diagnostic about the host stands where the profile names the host`() throws {
        let profile = try Samples.profile {
            $0.places = ["host": Samples.place(3), "target": Samples.place(4)]
            $0.target = .address("10.0.0.4")
        }
        let plan = try Planner().plan(profile, for: Samples.connect, given: Samples.facts())
        let problems = #expect(throws: Problems.self) {
            try Planner().confirm(
                plan, host: Samples.hostFacts { ($0.enableTunneling, $0.enableIPConnect) = (false, false) })
        }
        #expect(problems?.errors.map(\.location) == [Samples.place(3), Samples.place(4)])
    }

    @Test(arguments: [
        ("localhost:8443", "localhost", UInt16(8443)), ("a.b.", "a.b", 443), ("A_b-1", "a_b-1", 443),
    ])
    func `reads the endpoint of a host`(_ text: String, host: String, port: UInt16) {
        #expect(Endpoint(text)?.host == host)
        #expect(Endpoint(text)?.port == port)
    }

    @Test(arguments: [
        "", ".", "a..b", "a:0", "a:65536", "a:+1", "a:1:2", "a/b", "u@a", "a b", "a\n", "ä", "[::1]", ":443",
    ])
    func `refuses what is no endpoint`(_ text: String) { #expect(Endpoint(text) == nil) }

    @Test func `nothing lies under an empty domain`() { #expect(Endpoint("a")?.isUnder("") == false) }
}
