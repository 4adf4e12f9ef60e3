import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct PlannerTests {
    private func plan(
        _ request: PlanRequest = Samples.connect, host: HostFacts? = nil,
        _ change: (inout Profile) throws -> Void = { _ in }
    ) throws -> Plan {
        try Planner().plan(
            try Samples.profile(change), for: request, given: Samples.facts { $0.host = host })
    }

    private func route(
        _ listener: ListenerID, _ port: UInt16, preopened: Bool = false
    ) throws -> Plan.Step {
        .openTunnel(
            TunnelRoute(
                listener: listener, destination: .resource(try Samples.resource(Samples.machineID)),
                port: port,
                preopened: preopened))
    }

    private func listener(_ index: Int, _ local: UInt16, _ remote: UInt16, address: String = "127.0.0.1")
        -> Plan.Step
    {
        .openListener(
            ListenerPlan(
                id: .mapping(index), binding: .tcp(address: address, port: local),
                purpose: .mapping(remote: remote)))
    }

    private func start(source: Facts.TokenSource = .unknown) throws -> [Plan.Step] {
        let host = try Samples.host()
        return [.signIn(SignIn(host: host, source: source)), .readHost(HostRequest(host: host))]
    }

    @Test func `connecting by ssh opens a private socket, then the ports, then ssh`() throws {
        let plan = try plan {
            $0.ports = [
                PortMapping(local: 2222, remote: 22), PortMapping(local: 8080, remote: 80, route: .ssh),
            ]
        }
        let command = try #require(plan.command)
        let socket = ListenerPlan(id: .client, binding: .privateSocket, purpose: .client("ssh"))
        let expected =
            try start() + [
                .openListener(socket), listener(0, 2222, 22), route(.client, 22, preopened: true),
                route(.mapping(0), 22), .launch(command),
            ]
        #expect(plan.steps == expected)
        #expect(plan.profile == "dev-linux")
        #expect(plan.hostCheck == .unchecked)
    }

    @Test func `a host in the cache is not read again`() throws {
        let host = Samples.hostFacts()
        let plan = try plan(host: host)
        #expect(!plan.steps.contains(.readHost(HostRequest(host: try Samples.host()))))
        #expect(plan.hostCheck == .fromCache(host))
    }

    @Test func `a password is looked up before anything is opened`() throws {
        let plan = try plan { $0.authentication.method = .password }
        let label = SecretLabel(
            kind: .password, target: TargetKey(of: try Samples.profile()), username: "azureuser",
            profile: "dev-linux")
        #expect(plan.secrets == [label])
        #expect(plan.steps.dropFirst(2).first == .lookUpSecret(label))
        #expect(label.text == "password of azureuser for dev-linux")
        #expect(plan.command?.answers.map(\.secret) == [label])
    }

    @Test func `tunnels alone take the profile's ports that go through the bastion`() throws {
        let plan = try plan(.tunnel(ports: nil)) {
            $0.ports = [
                PortMapping(local: 8080, remote: 80, route: .ssh),
                PortMapping(address: "::1", local: 5432, remote: 5432), PortMapping(local: 0, remote: 22),
            ]
        }
        let expected =
            try start() + [
                listener(0, 5432, 5432, address: "::1"), listener(1, 0, 22),
                route(.mapping(0), 5432, preopened: true), route(.mapping(1), 22), .serve,
            ]
        #expect(plan.steps == expected)
    }

    @Test func `without ports a tunnel goes from any free port to the target's`() throws {
        let plan = try plan(.tunnel(ports: nil)) { $0.targetPort = 2200 }
        #expect(
            try plan.steps == start() + [
                listener(0, 0, 2200), route(.mapping(0), 2200, preopened: true), .serve,
            ])
    }

    @Test func `ports on the command line replace the profile's`() throws {
        let plan = try plan(.tunnel(ports: [PortMapping(local: 9000, remote: 80)])) {
            $0.ports = [PortMapping(local: 2222, remote: 22)]
        }
        #expect(
            try plan.steps == start() + [
                listener(0, 9000, 80), route(.mapping(0), 80, preopened: true), .serve,
            ])
        #expect(plan.warnings.isEmpty)
    }

    @Test func `the client none is tunnels alone`() throws {
        let ports = [PortMapping(local: 2222, remote: 22)]
        let connected = try plan {
            $0.client = .none
            $0.ports = ports
        }
        #expect(
            connected
                == (try plan(.tunnel(ports: nil)) {
                    $0.client = .none
                    $0.ports = ports
                }))
        #expect(connected.steps.last == .serve)
    }

    @Test(arguments: [(UInt16?.none, UInt16(22)), (5432, 5432)])
    func `a proxy has one tunnel and no listener`(asked: UInt16?, port: UInt16) throws {
        let plan = try plan(.proxy(port: asked)) { $0.ports = [PortMapping(local: 80, remote: 80)] }
        #expect(
            try plan.steps == start() + [
                route(.standardStreams, port, preopened: true), .relayStandardStreams,
            ])
    }

    @Test func `another client than ssh gets any free port of this machine`() throws {
        let plan = try Planner().plan(
            FreeRDPCommandLineTests.profile(), for: Samples.connect,
            given: FreeRDPCommandLineTests.facts("2.11.7"))
        let binding = ListenerPlan.Binding.tcp(address: "127.0.0.1", port: 0)
        #expect(
            plan.listeners == [ListenerPlan(id: .client, binding: binding, purpose: .client("xfreerdp"))])
    }

    @Test func `an address is asked for by an ID made up beside the bastion`() throws {
        let plan = try plan { $0.target = .address("10.0.0.4") }
        let id =
            "/subscriptions/\(Samples.subscription)/resourceGroups/rg-hub/providers/Microsoft.Network/bh-hostConnect/10.0.0.4"
        #expect(plan.routes.map(\.destination) == [.address("10.0.0.4", resourceID: id)])
        let fields = plan.routes.first?.calls(to: nil).first?.fields.map { "\($0.name)=\($0.value)" }
        #expect(
            fields == ["resourceId=\(id)", "protocol=tcptunnel", "workloadHostPort=22", "hostname=10.0.0.4"])
    }

    @Test(arguments: [(String?.none, "<endpoint>"), ("b.example:8443", "b.example:8443")])
    func `the calls of a connection go to the endpoint`(_ endpoint: String?, shown: String) throws {
        let calls = try #require(try plan().routes.first).calls(to: endpoint)
        #expect(
            calls.map { "\($0.method) \($0.url)" } == [
                "POST https://\(shown)/api/tokens",
                "GET wss://\(shown)/webtunnelv2/<websocket-token>?X-Node-Id=<node>",
                "DELETE https://\(shown)/api/tokens/<session-token>",
            ])
    }

    @Test func `equal inputs give equal plans`() throws { #expect(try plan() == plan()) }
}
