import Diagnostics
import Profiles
import Testing

@testable import Planning

/// A target behind two machines: the bastion reaches `gate`, which reaches `inner`, which reaches `dev-linux`.
@Suite struct JumpTests {
    static func hop(
        _ name: String, behind jumps: [Profile] = [], _ change: (inout Profile) throws -> Void = { _ in }
    )
        throws -> Profile
    {
        var profile = try Samples.profile {
            $0.name = name
            let id = Samples.machineID.dropLast("Dev-Linux".count) + "vm-" + name
            $0.target = .resource(try Samples.resource(String(id)))
            $0.jumps = jumps
            if let last = jumps.last { $0.ssh.jump = last.name }
            $0.authentication = Authentication(method: .sshKey(.file("/keys/\(name)")), username: "u-\(name)")
        }
        try change(&profile)
        return profile
    }

    static func profile(
        gate change: (inout Profile) throws -> Void = { _ in },
        target: (inout Profile) throws -> Void = { _ in }
    ) throws -> Profile {
        let gate = try hop("gate", change)
        let inner = try hop("inner", behind: [gate]) { $0.target = .address("fd00::5") }
        return try hop("dev-linux", behind: [gate, inner]) {
            try target(&$0)
        }
    }

    static func plan(
        _ profile: Profile, _ request: PlanRequest = Samples.connect, facts: Facts = Samples.facts()
    ) throws -> Plan {
        try Planner().plan(profile, for: request, given: facts)
    }

    private static func words(_ command: ClientCommand, _ file: RuntimeFile) throws -> [String] {
        let found = try #require(command.files.first { $0.file == file })
        guard case .command(let words) = found.content else { return [] }
        return words.map(\.shown)
    }

    private static func value(_ option: String, _ words: [String]) -> String? {
        words.first { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
    }

    @Test func `the bastion is asked for the first machine alone`() throws {
        let gateHost = BastionHost(
            name: "edge", resourceID: try Samples.resource(Samples.hostID + "-2"), tenant: nil,
            cloud: try #require(Cloud.builtIn.first))
        let profile = try Self.profile(gate: {
            $0.host = gateHost
            $0.targetPort = 2222
            $0.tunnel.drain = .seconds(5)
        })
        let plan = try Self.plan(profile)
        #expect(plan.bastion == gateHost)
        #expect(plan.entry == profile.jumps[0].target && plan.target == profile.target)
        #expect(plan.tunnel.drain == .seconds(5))
        #expect(plan.routes.map(\.destination) == [Destination(plan.entry, through: gateHost)])
        #expect(plan.routes.map(\.port) == [2222])
        #expect(plan.listeners.map(\.binding) == [.privateSocket])
        #expect(
            plan.jumps.map { "\($0.profile) \($0.next) \($0.isNextName)" } == [
                "gate [fd00::5]:22 false", "inner vm-dev-linux:22 true",
            ])
        #expect(plan.hostKeyCheck?.profile == "gate")
    }

    @Test func `each machine is a login of its own`() throws {
        let command = try #require(try Self.plan(Self.profile()).command)
        let target = command.arguments.map(\.shown)
        #expect(Self.value("ProxyCommand", target) == "/bin/sh <runtime>/jump-1")
        #expect(Self.value("ProxyUseFdpass", target) == "no")
        #expect(target.suffix(6) == ["-p", "22", "-l", "u-dev-linux", "--", "dev-linux"])

        let inner = try Self.words(command, .jump(1))
        #expect(inner.first == "/usr/bin/ssh")
        #expect(Self.value("ProxyCommand", inner) == "/bin/sh <runtime>/jump-2")
        #expect(inner.firstIndex(of: "-W").map { inner[$0 + 1] } == "vm-dev-linux:22")
        #expect(inner.suffix(6) == ["-p", "22", "-l", "u-inner", "--", "inner"])

        let gate = try Self.words(command, .jump(2))
        #expect(
            Self.value("ProxyCommand", gate) == "/usr/bin/bastion-up pass-descriptor <runtime>/tunnel.sock")
        #expect(Self.value("ProxyUseFdpass", gate) == "yes")
        #expect(gate.firstIndex(of: "-W").map { gate[$0 + 1] } == "[fd00::5]:22")
        #expect(Self.value("IdentityFile", gate) == #""/keys/gate""#)

        let aliases = [target, inner, gate].compactMap { Self.value("HostKeyAlias", $0) }
        #expect(Set(aliases).count == 3)
        // Signing in to a machine takes its time, which those behind it wait for.
        #expect([target, inner, gate].map { Self.value("ConnectTimeout", $0) } == ["275", "155", "35"])
        #expect(command.answers.map(\.secret.profile) == ["gate", "inner", "dev-linux"])
    }

    @Test func `no question of one machine is answered with the password of another`() throws {
        let sameUser = { (profile: inout Profile) in
            profile.authentication.method = .password
            profile.authentication.username = "admin"
        }
        let command = try #require(
            try Self.plan(try Self.profile(gate: sameUser, target: sameUser)).command)
        let prompts = command.answers.flatMap(\.prompts)
        #expect(command.answers.count == 3)
        #expect(Set(prompts).count == prompts.count)
    }

    @Test func `what is kept for a machine counts only for the same way there`() throws {
        var profile = try Self.profile()
        let behind = TargetKey(of: profile)
        profile.jumps.removeLast()
        let nearer = TargetKey(of: profile)
        profile.jumps = []
        let keys = [behind, nearer, TargetKey(of: profile)]
        #expect(Set(keys).count == 3)
        #expect(keys.allSatisfy { TargetKey(hostKeyAlias: $0.hostKeyAlias) == $0 })
    }

    @Test func `secrets, keys and pins of the machines do not mix`() throws {
        let profile = try Self.profile(
            gate: {
                $0.authentication.method = .password
                $0.ssh.hostKeys = ["ssh-ed25519 AAAAgate"]
            },
            target: {
                $0.authentication.method = .sshKey(.keyring)
                $0.ssh.hostKeys = ["ssh-ed25519 AAAAdev"]
            })
        let plan = try Self.plan(profile)
        let command = try #require(plan.command)
        #expect(plan.secrets.map { "\($0.kind) \($0.profile)" } == ["password gate", "privateKey dev-linux"])
        #expect(command.identities.map(\.publicKey) == [.publicKey(0)])
        let texts = command.files.compactMap { file -> String? in
            guard case .text(let text) = file.content else { return nil }
            return "\(file.file.name): \(text)"
        }
        #expect(texts.count == 2)
        #expect(texts[0].hasPrefix("host-keys-0: ") && texts[0].hasSuffix("AAAAdev\n"))
        #expect(texts[1].hasPrefix("host-keys-2: ") && texts[1].hasSuffix("AAAAgate\n"))
        let gate = try Self.words(command, .jump(2))
        #expect(Self.value("UserKnownHostsFile", gate) == "<runtime>/host-keys-2")
        #expect(Self.value("StrictHostKeyChecking", gate) == "yes")
        #expect(plan.hostKeyCheck?.keys == ["ssh-ed25519 AAAAgate"])
    }

    @Test func `only the target's forwards and command count`() throws {
        let command = try #require(
            try Self.plan(
                Self.profile(
                    gate: {
                        $0.ssh.forwards = ["1:gate:1"]
                        $0.ssh.command = "gate-command"
                        $0.ssh.tty = true
                        $0.ports = [PortMapping(local: 8080, remote: 80)]
                    }, target: { $0.ssh.forwards = ["2:dev:2"] })
            ).command)
        #expect(command.arguments.contains("2:dev:2"))
        let gate = try Self.words(command, .jump(2))
        #expect(!gate.contains("-L") && !gate.contains("gate-command") && !gate.contains("-t"))
    }

    @Test(arguments: [(nil as UInt16?, "vm-dev-linux:22"), (5432, "vm-dev-linux:5432")])
    func `the proxy is an ssh to the machine before the target`(_ port: UInt16?, place: String) throws {
        let plan = try Self.plan(Self.profile(), .proxy(port: port))
        let command = try #require(plan.command)
        let words = command.arguments.map(\.shown)
        #expect(words.firstIndex(of: "-W").map { words[$0 + 1] } == place)
        #expect(words.suffix(6) == ["-p", "22", "-l", "u-inner", "--", "inner"])
        #expect(Self.value("ProxyCommand", words) == "/bin/sh <runtime>/jump-2")
        #expect(command.files.map(\.file) == [.jump(2)])
        #expect(command.answers.map(\.secret.profile) == ["gate", "inner"])
        #expect(!plan.steps.contains(.relayStandardStreams))
        #expect(plan.routes.map(\.listener) == [.client])
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var code: String
        var request = Samples.connect
        var gate: @Sendable (inout Profile) throws -> Void = { _ in }
        var target: @Sendable (inout Profile) throws -> Void = { _ in }
        var testDescription: String { code }
    }

    static let refused = [
        Refused(code: "plan.jump-through-other-client", gate: { $0.client = .xfreerdp }),
        Refused(code: "plan.jump-through-other-client", gate: { $0.client = .none }),
        Refused(code: "plan.jump-without-ssh", target: { $0.client = .command(["ssh", "{host}"]) }),
        Refused(code: "plan.jump-tunnel", request: .tunnel(ports: nil)),
        Refused(code: "plan.jump-tunnel", request: .tunnel(ports: [PortMapping(local: 0, remote: 22)])),
        Refused(code: "plan.jump-tunnel", target: { $0.client = .none }),
        Refused(code: "plan.jump-port", target: { $0.ports = [PortMapping(local: 8080, remote: 80)] }),
        Refused(
            code: "plan.jump-to-instance",
            target: {
                let id =
                    Samples.machineID.replacing("virtualMachines/Dev-Linux", with: "")
                    + "virtualMachineScaleSets/set/virtualMachines/3"
                $0.target = .resource(try Samples.resource(id))
            }),
        Refused(
            code: "plan.address-port",
            gate: {
                $0.target = .address("10.0.0.4")
                $0.targetPort = 2222
            }),
        Refused(
            code: "plan.password-without-username",
            gate: { $0.authentication = Authentication(method: .password, username: nil) }),
        Refused(
            code: "plan.key-without-username",
            gate: { $0.authentication = Authentication(method: .sshKey(.keyring), username: nil) }),
    ]

    @Test(arguments: refused)
    func `what cannot work is said before it is tried`(_ item: Refused) throws {
        let profile = try Self.profile(gate: item.gate, target: item.target)
        let error = #expect(throws: Problems.self) { try Self.plan(profile, item.request) }
        #expect(error?.errors.map(\.code).contains(item.code) == true, "\(String(describing: error))")
        #expect(error?.exit == .configuration)
    }

    @Test func `an address behind a jump may have any port`() throws {
        let profile = try Self.profile(target: {
            $0.target = .address("10.0.0.9")
            $0.targetPort = 2022
        })
        #expect(try Self.plan(profile).jumps.last?.next == "10.0.0.9:2022")
    }

    @Test func `the switch for addresses matters to the first machine alone`() throws {
        var facts = Samples.facts()
        facts.host = Samples.hostFacts { $0.enableIPConnect = false }
        let behind = try Self.profile(target: { $0.target = .address("10.0.0.9") })
        #expect(try Self.plan(behind, facts: facts).refusals.isEmpty)
        let first = try Self.profile(gate: { $0.target = .address("10.0.0.9") })
        let error = #expect(throws: Problems.self) { try Self.plan(first, facts: facts) }
        #expect(error?.errors.map(\.code) == ["plan.ip-connect-off"])
    }
}

@Suite struct WindowsSignInTests {
    @Test func `a user of a domain has no sign-in with Entra`() throws {
        let profile = try Samples.profile {
            $0.authentication = Authentication(method: .entra, username: #"CONTOSO\dev"#)
        }
        let error = #expect(throws: Problems.self) {
            try Planner().plan(profile, for: Samples.connect, given: Samples.facts())
        }
        #expect(error?.errors.map(\.code) == ["plan.entra-with-domain-user"])
    }

    @Test(arguments: [#"CONTOSO\dev"#, "dev@contoso.com"])
    func `names of Windows reach ssh as they are`(_ user: String) throws {
        let profile = try Samples.profile {
            $0.authentication = Authentication(method: .password, username: user)
        }
        let plan = try Planner().plan(profile, for: Samples.connect, given: Samples.facts())
        let words = try #require(plan.command?.arguments.map(\.shown))
        #expect(words.firstIndex(of: "-l").map { words[$0 + 1] } == user)
    }
}
