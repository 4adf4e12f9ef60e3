import Diagnostics
import Testing

@testable import BastionEmulator

@Suite struct ConfigurationTests {
    static let bad: [(yaml: String, code: String, line: Int, column: Int)] = [
        ("", "emulator.empty-file", 1, 1),
        ("[]", "emulator.wrong-type", 1, 1),
        ("host: []", "emulator.unknown-key", 1, 1),
        ("version: 2", "emulator.invalid-value", 1, 10),
        ("listen: here", "emulator.invalid-value", 1, 9),
        ("listen: {authority: 127.0.0.1:1}", "emulator.missing-key", 1, 9),
        ("publicName: a b", "emulator.invalid-value", 1, 13),
        ("hosts: {}", "emulator.wrong-type", 1, 8),
        ("hosts:\n  - {sku: Standard}", "emulator.missing-key", 2, 5),
        ("hosts:\n  - {resourceId: \(machine)}", "emulator.invalid-value", 2, 18),
        ("hosts:\n  - {resourceId: \(hub), sku: Gold}", "emulator.invalid-value", 2, 18 + hub.count + 7),
        (
            "hosts:\n  - {resourceId: \(hub), enableTunneling: yes}", "emulator.invalid-value", 2,
            18 + hub.count + 19
        ),
        ("targets:\n  - {ports: {22: 1}}", "emulator.target-name", 2, 5),
        ("targets:\n  - {ip: 10.0.0.300, ports: {}}", "emulator.invalid-value", 2, 10),
        ("targets:\n  - {ip: 10.0.0.3, ports: {0: 1}}", "emulator.invalid-value", 2, 28),
        ("targets:\n  - {ip: 10.0.0.3, ports: {22: 'host'}}", "emulator.invalid-value", 2, 32),
        ("tenants: {t: {}}", "emulator.missing-key", 1, 14),
        ("tenants: {t: {clients: {c: {}}}}", "emulator.missing-key", 1, 28),
        ("rights: [{client: nobody}]", "emulator.unknown-client", 1, 1),
        ("limits: {tokenLifetime: 5}", "emulator.invalid-value", 1, 25),
        ("faults: [{on: tokens}]", "emulator.fault-effect", 1, 10),
        ("faults: [{on: lunch, status: 500}]", "emulator.invalid-value", 1, 15),
        ("faults: [{on: tokens, upgrade: page}]", "emulator.fault-occasion", 1, 10),
        ("faults: [{on: sign-in, port: 22, status: 500}]", "emulator.fault-occasion", 1, 10),
        ("faults: [{on: tokens, body: html}]", "emulator.fault-status", 1, 10),
        ("faults: [{on: websocket, dropAfter: 1, stallAfter: 1}]", "emulator.fault-cut", 1, 10),
        ("faults: [{on: websocket, dropAfter: 1, code: 1001}]", "emulator.fault-cut", 1, 10),
        ("faults: [{on: websocket, dropAfter: 1, stall: up}]", "emulator.fault-cut", 1, 10),
        ("faults: [{on: websocket, stallAfter: 1, flood: pings}]", "emulator.fault-cut", 1, 10),
        ("faults: [{on: websocket, endAfter: 1, closing: empty}]", "emulator.fault-cut", 1, 10),
        ("faults: [{on: tokens, handshake: alert}]", "emulator.fault-occasion", 1, 10),
        ("faults: [{on: connect, certificate: old}]", "emulator.invalid-value", 1, 37),
        ("faults: [{on: connect, status: 500}]", "emulator.fault-occasion", 1, 10),
        ("faults: [{on: connect, path: /api, hangUp: true}]", "emulator.fault-occasion", 1, 10),
        ("faults: [{on: tokens, framing: short}]", "emulator.invalid-value", 1, 32),
        ("faults: [{on: tokens, fields: x}]", "emulator.wrong-type", 1, 31),
        ("faults: [{on: tokens, location: x}]", "emulator.fault-status", 1, 10),
        ("listen: 1\nlisten: 2", "yaml.duplicate-key", 2, 1),
    ]

    @Test(arguments: bad)
    func `refuses a bad file at the right place`(_ yaml: String, _ code: String, _ line: Int, _ column: Int) {
        let problems = #expect(throws: Problems.self) {
            try ConfigurationDecoder.decode(Array(yaml.utf8), file: "emulator.yaml")
        }
        let first = problems?.errors.first
        #expect(first?.code == code)
        #expect(first?.location == SourceLocation(file: "emulator.yaml", line: line, column: column))
    }

    @Test func `reports all problems of a file in one run`() {
        let yaml = "lisen: 1\nlimits: {tokenLifetime: x}\nfaults: [{}]\n"
        let problems = #expect(throws: Problems.self) {
            try ConfigurationDecoder.decode(Array(yaml.utf8), file: "emulator.yaml")
        }
        let codes = Set(problems?.all.map(\.code) ?? [])
        #expect(codes == ["emulator.unknown-key", "emulator.invalid-value", "emulator.missing-key"])
        #expect(problems?.all.first { $0.code == "emulator.unknown-key" }?.remedy == "did you mean 'listen'?")
    }

    @Test func `does not show the line of a secret`() {
        let yaml = "tenants: {t: {clients: {c: {clientSecret: hunter2, x: 1}}}}\n"
        let problems = #expect(throws: Problems.self) {
            try ConfigurationDecoder.decode(Array(yaml.utf8), file: "emulator.yaml")
        }
        #expect(problems?.all.map(\.text).joined().contains("hunter2") == false)
    }

    @Test func `reads every key`() throws {
        let yaml = """
            version: 1
            listen: {authority: "localhost:1", resourceManager: "[::1]:2", bastion: 127.0.0.1:3}
            publicName: azure.localhost
            bastionSuffix: bastion.localhost
            audiences: [https://vault.azure.net]
            tenants:
              t1: {subscriptions: [\(hub.split(separator: "/")[1])], clients: {c1: {clientSecret: s}}}
            hosts:
              - {resourceId: \(hub), sku: Premium, enableTunneling: false, enableIpConnect: true,
                 provisioningState: Updating, location: northeurope, dnsName: one.localhost, port: 7, instances: 3}
            targets:
              - {resourceId: \(machine), ports: {22: "127.0.0.1:2222"}}
              - {ip: "::1", ports: {3389: 4000}}
            rights: [{client: c1, hosts: [\(hub)], targets: [\(machine), "::1"]}]
            limits: {tokenLifetime: 5m, webSocketTokenLifetime: 2s, sessionsPerHost: 3, idleTimeout: 1h,
                     connectTimeout: 500ms, unreachableTargetCode: 1000}
            faults:
              - {on: websocket, path: /webtunnelv2, port: 22, nth: 2, times: 3, delay: 1s, hangUp: false,
                 closeAfter: 4, code: 1000, reason: why, direction: up, messages: empty}
              - {on: tokens, status: 429, retryAfter: 1, body: empty}
              - {on: websocket, upgrade: page}
              - {on: connect, certificate: self-signed, handshake: alert}
              - {on: tokens, framing: cut, pace: 5ms, status: 302, location: "https://x",
                 fields: {a: null, b: 5, c: "6"}}
              - {on: websocket, stallAfter: 3, stall: up}
              - {on: websocket, floodAfter: 3, flood: pongs}
              - {on: websocket, closeAfter: 3, code: 999, closing: one-byte}
            """
        let configuration = try ConfigurationDecoder.decode(Array(yaml.utf8), file: "emulator.yaml")
        #expect(configuration.listen.resourceManager == LocalAddress(host: "::1", port: 2))
        #expect(configuration.tenants.map(\.id) == ["t1"])
        #expect(configuration.hosts.first?.sku == .premium)
        #expect(configuration.hosts.first?.dnsName == "one.localhost")
        #expect(configuration.hosts.first?.port == 7)
        #expect(configuration.targets.last?.name == .address("::1"))
        #expect(configuration.targets.last?.ports == [3389: LocalAddress(host: "127.0.0.1", port: 4000)])
        #expect(configuration.rights?.first?.targets?.count == 2)
        #expect(configuration.limits.tokenLifetime == .seconds(300))
        #expect(configuration.limits.connectTimeout == .milliseconds(500))
        let fault = try #require(configuration.faults.first)
        #expect(
            fault.cut
                == TunnelCut(
                    afterBytes: 4, direction: .up, ending: .close(.init(code: 1000, reason: "why"))))
        #expect(fault.messages == .empty)
        #expect(configuration.faults[1].answer?.retryAfter == 1)
        #expect(configuration.faults[2].upgrade == .page)
        #expect(configuration.faults[3].certificate == .selfSigned)
        #expect(configuration.faults[3].handshake == .alert)
        #expect(configuration.faults[4].framing == .cut)
        #expect(configuration.faults[4].pace == .milliseconds(5))
        #expect(configuration.faults[4].answer?.location == "https://x")
        #expect(
            configuration.faults[4].fields == [
                .init(name: "a", value: .absent), .init(name: "b", value: .number(5)),
                .init(name: "c", value: .text("6")),
            ])
        #expect(configuration.faults[5].cut?.ending == .stall(.up))
        #expect(configuration.faults[6].cut?.ending == .flood(.pongs))
        #expect(configuration.faults[7].cut?.ending == .close(.init(code: 999, shape: .oneByte)))
    }
}

@Suite struct EmulatorOptionsTests {
    @Test(arguments: [
        (["--lisen", "x"], EmulatorOptions.Failure.unknown("--lisen", suggestion: "--listen")),
        (["serve"], .unknown("serve", suggestion: nil)), (["--config"], .missingValue("--config")),
        (["--log="], .missingValue("--log")), (["--log", "a", "--log=b"], .twice("--log")),
        (["--listen", "here"], .notAnAddress("here")), (["--listen", "1:2:3"], .notAnAddress("1:2:3")),
    ])
    func `refuses a wrong command line`(_ arguments: [String], _ failure: EmulatorOptions.Failure) {
        #expect(throws: failure) { try EmulatorOptions(arguments) }
    }

    @Test func `reads options in both forms`() throws {
        let options = try EmulatorOptions([
            "--listen=[::1]:0", "--state", "/s", "--ready-file", "/r", "--config=c",
        ])
        #expect(options.listen == LocalAddress(host: "::1", port: 0))
        #expect([options.stateFolder, options.readyFile, options.configFile] == ["/s", "/r", "c"])
        #expect(options.logFile == nil)
    }
}
