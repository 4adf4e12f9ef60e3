import Diagnostics
import Profiles
import Testing

@testable import Planning

/// A rule's case: what is changed, and the diagnostic that must come of it.
struct RuleCase: Sendable, CustomTestStringConvertible {
    var code: String
    var exit: Diagnostics.ExitStatus
    /// The key whose place the diagnostic must show; nil where nothing in a file is to blame.
    var keyPath: String?
    var request = Samples.connect
    var profile: @Sendable (inout Profile) throws -> Void = { _ in }
    var facts: @Sendable (inout Facts) -> Void = { _ in }

    var testDescription: String { code }
}

@Suite struct RuleTests {
    static let errors: [RuleCase] = [
        RuleCase(code: "plan.cloud-shell", exit: .configuration, facts: { $0.isCloudShell = true }),
        RuleCase(
            code: "plan.scale-set-without-instance", exit: .configuration, keyPath: "target",
            profile: {
                let text = Samples.machineID.split(separator: "/").dropLast(2).joined(separator: "/")
                $0.target = .resource(try Samples.resource("/\(text)/virtualMachineScaleSets/set"))
            }),
        RuleCase(
            code: "plan.not-a-bastion-host", exit: .configuration, keyPath: "host",
            profile: { $0.host.resourceID = try Samples.resource(Samples.machineID) }),
        RuleCase(
            code: "plan.address-port", exit: .configuration, keyPath: "target.port",
            profile: { ($0.target, $0.targetPort) = (.address("10.0.0.4"), 2222) }),
        RuleCase(
            code: "plan.address-port", exit: .configuration, keyPath: "ports[0]",
            profile: {
                $0.target = .address("10.0.0.4")
                $0.ports = [PortMapping(local: 5432, remote: 5432)]
            }),
        RuleCase(
            code: "plan.address-port", exit: .configuration, request: .proxy(port: 5432),
            profile: { $0.target = .address("10.0.0.4") }),
        RuleCase(
            code: "plan.address-with-entra", exit: .configuration, keyPath: "auth.type",
            profile: {
                $0.target = .address("10.0.0.4")
                $0.authentication.method = .entra
            }),
        RuleCase(
            code: "plan.client-missing", exit: .unavailable, keyPath: "client",
            facts: { $0.executables = [:] }),
        RuleCase(
            code: "plan.client-too-old", exit: .unavailable, keyPath: "auth.type",
            profile: { $0.authentication.method = .password },
            facts: { $0.executables["ssh"]?.version = "OpenSSH_8.3p1" }),
        RuleCase(
            code: "plan.password-without-username", exit: .configuration, keyPath: "auth",
            profile: { $0.authentication = Authentication(method: .password, username: nil) }),
        RuleCase(
            code: "plan.runtime-folder-too-long", exit: .systemError,
            facts: { $0.runtimeFolder = "/" + String(repeating: "r", count: 75) }),
        RuleCase(
            code: "plan.local-port-twice", exit: .configuration, keyPath: "ports[1]",
            profile: {
                $0.ports = [PortMapping(local: 2222, remote: 22), PortMapping(local: 2222, remote: 23)]
            }),
        RuleCase(
            code: "plan.privileged-port", exit: .notPermitted, keyPath: "ports[0]",
            profile: { $0.ports = [PortMapping(local: 1023, remote: 22)] }),
        RuleCase(
            code: "plan.ssh-port-any", exit: .configuration, keyPath: "ports[0]",
            profile: { $0.ports = [PortMapping(local: 0, remote: 80, route: .ssh)] }),
        RuleCase(
            code: "plan.ssh-port-without-ssh", exit: .configuration, keyPath: "ports[0]",
            profile: {
                $0.client = .xfreerdp
                $0.authentication.method = .password
                $0.ports = [PortMapping(local: 8080, remote: 80, route: .ssh)]
            },
            facts: { $0 = FreeRDPCommandLineTests.facts("2.11.7") }),
    ]

    @Test(arguments: errors)
    func `a broken rule is reported by its code at its place`(_ rule: RuleCase) throws {
        let (profile, facts) = try scene(rule)
        let problems = #expect(throws: Problems.self) {
            try Planner().plan(profile, for: rule.request, given: facts)
        }
        #expect(problems?.errors.map(\.code) == [rule.code])
        #expect(problems?.exit == rule.exit)
        #expect(problems?.errors.first?.location == rule.keyPath.flatMap { profile.places[$0] })
        #expect(problems?.errors.first?.remedy.isEmpty == false)
    }

    static let warnings: [RuleCase] = [
        RuleCase(
            code: "plan.unusual-target", exit: .success, keyPath: "target",
            profile: {
                $0.target = .resource(
                    try Samples.resource(
                        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/k"
                    ))
            }),
        RuleCase(
            code: "plan.open-listener", exit: .success, keyPath: "ports[0]",
            profile: { $0.ports = [PortMapping(address: "0.0.0.0", local: 2222, remote: 22)] }),
        RuleCase(
            code: "plan.web-port", exit: .success, keyPath: "ports[0]",
            profile: { $0.ports = [PortMapping(local: 8080, remote: 80)] }),
        RuleCase(
            code: "plan.ssh-port-left-out", exit: .success, keyPath: "ports[0]", request: .tunnel(ports: nil),
            profile: { $0.ports = [PortMapping(local: 8080, remote: 80, route: .ssh)] }),
        RuleCase(
            code: "plan.incomplete-credential", exit: .success,
            facts: { $0.tokenSource = .incompleteEnvironment(missing: ["AZURE_TENANT_ID"]) }),
    ]

    @Test(arguments: warnings)
    func `what is doubtful is a warning of the plan`(_ rule: RuleCase) throws {
        let (profile, facts) = try scene(rule)
        let plan = try Planner().plan(profile, for: rule.request, given: facts)
        #expect(plan.warnings.map(\.code) == [rule.code])
        #expect(plan.warnings.first?.severity == .warning)
        #expect(plan.warnings.first?.location == rule.keyPath.flatMap { profile.places[$0] })
        #expect(plan.refusals.isEmpty)
    }

    @Test func `every broken rule is reported in one run`() throws {
        let profile = try Samples.profile {
            $0.ports = [PortMapping(local: 80, remote: 22), PortMapping(local: 80, remote: 23)]
        }
        let problems = #expect(throws: Problems.self) {
            try Planner().plan(
                profile, for: Samples.connect, given: Samples.facts { $0.executables = [:] })
        }
        #expect(
            problems?.errors.map(\.code) == [
                "plan.client-missing", "plan.privileged-port", "plan.local-port-twice",
                "plan.privileged-port",
            ])
    }

    @Test(arguments: [
        (PortMapping(local: 0, remote: 1), PortMapping(local: 0, remote: 2), false),
        (PortMapping(local: 9000, remote: 1), PortMapping(local: 9001, remote: 1), false),
        (
            PortMapping(address: "127.0.0.2", local: 9000, remote: 1), PortMapping(local: 9000, remote: 2),
            false
        ),
        (
            PortMapping(address: "localhost", local: 9000, remote: 1), PortMapping(local: 9000, remote: 2),
            true
        ),
        (
            PortMapping(address: "0.0.0.0", local: 9000, remote: 1), PortMapping(local: 9000, remote: 2), true
        ),
        (
            PortMapping(local: 9000, remote: 1, route: .ssh), PortMapping(local: 9000, remote: 2), true
        ),
    ])
    func `two mappings clash where both cannot listen`(
        _ first: PortMapping, _ second: PortMapping, clash: Bool
    )
        throws
    {
        let profile = try Samples.profile { $0.ports = [first, second] }
        let problems = codes { try Planner().plan(profile, for: Samples.connect, given: Samples.facts()) }
        #expect(problems == (clash ? ["plan.local-port-twice"] : []))
    }

    @Test(arguments: [
        (UInt16(1024), false, UInt16(1023), true), (0, false, 80, false), (1024, true, 80, false),
    ])
    func `a low port is refused where the system would refuse it`(
        start: UInt16, isRoot: Bool, local: UInt16, refused: Bool
    ) throws {
        let profile = try Samples.profile { $0.ports = [PortMapping(local: local, remote: 22)] }
        let facts = Samples.facts { ($0.unprivilegedPortStart, $0.isRoot) = (start, isRoot) }
        let problems = codes { try Planner().plan(profile, for: .tunnel(ports: nil), given: facts) }
        #expect(problems == (refused ? ["plan.privileged-port"] : []))
    }

    @Test(arguments: [
        ("OpenSSH_9.2p1 Debian-2+deb12u10", OpenSSHVersion(major: 9, minor: 2)),
        ("OpenSSH_10.0p2", OpenSSHVersion(major: 10, minor: 0)), ("OpenSSH_8", nil), ("Sun_SSH_1.1", nil),
        ("", nil),
    ])
    func `reads the version of OpenSSH`(_ text: String, version: OpenSSHVersion?) {
        #expect(OpenSSHVersion(text) == version)
    }

    /// The codes of the errors that a plan fails with.
    private func codes(_ body: () throws -> Plan) -> [String] {
        do {
            _ = try body()
            return []
        } catch { return (error as? Problems)?.errors.map(\.code) ?? ["\(error)"] }
    }

    private func scene(_ rule: RuleCase) throws -> (Profile, Facts) {
        var profile = try Samples.profile(rule.profile)
        for (line, key) in [
            "target", "target.port", "host", "client", "auth", "auth.type", "ports[0]", "ports[1]",
        ]
        .enumerated() {
            profile.places[key] = Samples.place(line + 1)
        }
        return (profile, Samples.facts(rule.facts))
    }
}
