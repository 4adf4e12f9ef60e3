internal import Posix

/// A bastion-emulator of its own for each test, with a profile that leads to a local port. Ended with the test.
package final class EmulatedCloud {
    package let home: TemporaryHome
    private let emulator: RunningCommand
    private let values: [String: String]
    /// What stands for the machine's ssh server.
    package let server: SSHServer

    package static let tenant = "22222222-2222-2222-2222-222222222222"
    package static let client = "33333333-3333-3333-3333-333333333333"
    /// The client secret. Long and unusual, so that a search for it finds nothing else.
    package static let secret = "emulated-client-secret-5c9e27"
    private static let groups = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups"
    package static let host = groups + "/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"
    package static let machine = groups + "/rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux"

    /// - Parameters:
    ///   - server: what stands for port 22 of the machine; lives as long as this does.
    ///   - hostKeys: further keys of the host entry (`enableTunneling: false`).
    ///   - desktop: the local port that stands for port 3389 of the machine; by default one that nobody listens on.
    ///   - sessions: how many the host has at a time.
    ///   - faults: rules, each a flow mapping.
    ///   - domain: the name of every service; nil for `localhost`, which is never proxied.
    package init(
        _ server: SSHServer, hostKeys: String = "sku: Standard, enableIpConnect: true",
        desktop: UInt16 = 1, sessions: Int = 100, faults: [String] = [], domain: String? = nil
    ) throws {
        self.server = server
        let port = server.port
        home = try TemporaryHome()
        let configuration = """
            version: 1
            listen: 127.0.0.1:0
            \(domain.map { "publicName: \($0)\nbastionSuffix: \($0)" } ?? "")
            tenants:
              \(Self.tenant):
                clients:
                  \(Self.client): {clientSecret: "\(Self.secret)"}
            limits: {sessionsPerHost: \(sessions)}
            hosts:
              - {resourceId: \(Self.host), \(hostKeys)\(domain.map { ", dnsName: \($0)" } ?? "")}
            targets:
              - resourceId: \(Self.machine)
                ports: {22: "127.0.0.1:\(port)", 9: "127.0.0.1:1", 3389: "127.0.0.1:\(desktop)"}
              - ip: 10.0.0.4
                ports: {22: "127.0.0.1:\(port)"}
            \(faults.isEmpty ? "" : "faults:")
            \(faults.map { "  - \($0)" }.joined(separator: "\n"))
            """
        let file = try home.write(configuration, to: "emulator.yaml")
        emulator = try RunningCommand(
            BuiltProgram.path("bastion-emulator"),
            ["--config", file, "--state", home.path("emulator"), "--log", home.path("requests.jsonl")],
            environment: home.environment)
        try emulator.wait { $0.contains("dnsName=") }
        var values: [String: String] = [:]
        for line in emulator.output.split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
        }
        self.values = values
    }

    /// The certificate of the emulator's authority.
    package var caFile: String { values["caFile"] ?? "" }

    /// The port that every service listens on.
    package var port: UInt16 {
        UInt16(values["authority"]?.split(separator: ":").last ?? "") ?? 0
    }

    /// Writes the profiles `dev-linux` (given `auth`), `by-address` and those of `more`.
    /// - Parameter namesAuthority: whether the cloud's entry says which authority is to be trusted.
    package func writeProfiles(auth: String, more: String = "", namesAuthority: Bool = true) throws {
        try home.writeProfiles(
            """
            version: 1
            clouds:
              local:
                authority: \(values["authority"] ?? "")
                resourceManager: \(values["resourceManager"] ?? "")
                bastionSuffix: \(values["bastionSuffix"] ?? "")
                \(namesAuthority ? "caFile: \(caFile)" : "")
            hosts:
              hub: {resourceId: \(Self.host), tenant: \(Self.tenant), cloud: local}
            profiles:
              dev-linux:
                host: hub
                target: {resourceId: \(Self.machine)}
                auth: \(auth)
              by-address:
                host: hub
                target: {ip: 10.0.0.4}
                auth: \(auth)
            \(more)
            """)
    }

    /// What bastion-up needs to sign in from the environment.
    package var environment: [String: String] {
        home.environment.merging([
            "AZURE_TENANT_ID": Self.tenant, "AZURE_CLIENT_ID": Self.client,
            "AZURE_CLIENT_SECRET": Self.secret,
        ]) { $1 }
    }

    package func run(_ words: String..., input: [UInt8] = [], adding variables: [String: String] = [:]) throws
        -> CommandResult
    {
        try CommandResult.run(
            BuiltProgram.path("bastion-up"), words, environment: environment.merging(variables) { $1 },
            input: input)
    }

    package func start(_ words: String...) throws -> RunningCommand {
        try RunningCommand(BuiltProgram.path("bastion-up"), words, environment: environment)
    }

    /// The same as another user, who is given the home and all that is in it. Needs root.
    package func start(as user: ThrowAwayUser, _ words: [String]) throws -> RunningCommand {
        let program = home.path("bastion-up")
        try Tool.run("cp", [BuiltProgram.path("bastion-up"), program])
        try Tool.run("chown", ["-R", "\(user.name):\(user.name)", home.path])
        let account = ["--reuid", user.name, "--regid", user.name, "--clear-groups"]
        return try RunningCommand("setpriv", account + [program] + words, environment: environment)
    }

    /// The request log so far, a JSON object a line.
    package var log: String {
        let contents = try? FileReader.read(home.path("requests.jsonl"), limit: 1 << 26)
        return String(decoding: contents?.bytes ?? [], as: UTF8.self)
    }

    /// How often an event stands in the log.
    package func count(_ event: String) -> Int {
        log.split(separator: "\n").count { $0.contains("\"event\":\"\(event)\"") }
    }
}
