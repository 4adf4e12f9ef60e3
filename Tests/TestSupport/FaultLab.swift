internal import Glibc
internal import Posix

/// An emulator with a port of the machine for each fault, and one `tunnel` process that listens for all of them.
///
/// Port `healthy` has no fault; it comes first, so that the tunnel that is opened early is one of it.
package final class FaultLab {
    package static let healthy: UInt16 = 20_000
    /// The port of the first fault; the others follow.
    private static let first: UInt16 = 20_001
    /// How long opening may take, and how long the service may be silent after the local end.
    package static let connectTimeout = Duration.seconds(4)
    package static let drain = Duration.milliseconds(500)
    package static let stallTimeout = Duration.seconds(2)

    package let home: TemporaryHome
    private let echo: LoopbackServer
    private let emulator: RunningCommand
    private let tunnel: RunningCommand
    private var ports: [UInt16: UInt16] = [:]

    /// - Parameters:
    ///   - faults: for each fault its rules, flow mappings in which `PORT` stands for its port.
    ///   - openFiles: how many the tunnel process may have; nil for what the test may.
    package init(_ faults: [[String]], openFiles: Int? = nil) throws {
        home = try TemporaryHome()
        let echo = try LoopbackServer.echo()
        self.echo = echo
        let remotes = [Self.healthy] + faults.indices.map { Self.first + UInt16($0) }
        let rules = faults.enumerated().flatMap { index, rules in
            rules.map { $0.replacing("PORT", with: String(Self.first + UInt16(index))) }
        }
        let configuration = Self.configuration(
            targets: remotes.map { "\($0): \"127.0.0.1:\(echo.port)\"" }, rules)
        let file = try home.write(configuration, to: "emulator.yaml")
        emulator = try RunningCommand(
            BuiltProgram.path("bastion-emulator"),
            ["--config", file, "--state", home.path("emulator"), "--log", home.path("requests.jsonl")],
            environment: home.environment)
        try emulator.wait { $0.contains("dnsName=") }
        try home.writeProfiles(Self.profiles(emulator.output))
        let environment = home.environment.merging([
            "AZURE_TENANT_ID": EmulatedCloud.tenant, "AZURE_CLIENT_ID": EmulatedCloud.client,
            "AZURE_CLIENT_SECRET": EmulatedCloud.secret,
        ]) { $1 }
        let words =
            (openFiles.map { ["prlimit", "--nofile=\($0):\($0)"] } ?? [])
            + [BuiltProgram.path("bastion-up"), "tunnel", "vm"]
            + remotes.flatMap { ["--port", "0:\($0)"] }
        tunnel = try RunningCommand(words[0], Array(words.dropFirst()), environment: environment)
        try tunnel.wait { $0.contains("ready") }
        for line in tunnel.output.split(separator: "\n") {
            guard let match = line.wholeMatch(of: /127\.0\.0\.1:(\d+) -> (\d+)/), let local = UInt16(match.1),
                let remote = UInt16(match.2)
            else { continue }
            ports[remote] = local
        }
    }

    private static func configuration(targets: [String], _ rules: [String]) -> String {
        """
        listen: 127.0.0.1:0
        tenants:
          \(EmulatedCloud.tenant):
            clients:
              \(EmulatedCloud.client): {clientSecret: "\(EmulatedCloud.secret)"}
        hosts:
          - {resourceId: \(EmulatedCloud.host)}
        targets:
          - resourceId: \(EmulatedCloud.machine)
            ports: {9: "127.0.0.1:1", \(targets.joined(separator: ", "))}
        limits: {sessionsPerHost: 1000}
        faults:
        \(rules.map { "  - \($0)" }.joined(separator: "\n"))
        """
    }

    private static func profiles(_ output: String) -> String {
        var values: [Substring: Substring] = [:]
        for line in output.split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[pair[0]] = pair[1] }
        }
        return """
            version: 1
            clouds:
              lab:
                authority: \(values["authority"] ?? "")
                resourceManager: \(values["resourceManager"] ?? "")
                bastionSuffix: \(values["bastionSuffix"] ?? "")
                caFile: \(values["caFile"] ?? "")
            hosts:
              hub: {resourceId: \(EmulatedCloud.host), tenant: \(EmulatedCloud.tenant), cloud: lab}
            profiles:
              vm:
                host: hub
                target: {resourceId: \(EmulatedCloud.machine)}
                client: none
                tunnel: {connectTimeout: 4s, drain: 500ms, stallTimeout: 2s}
            """
    }

    /// A program that is connected to the port of a fault, by its place in the list; nil: the healthy one.
    package func connect(toFault index: Int?) throws -> LocalProgram {
        let remote = index.map { Self.first + UInt16($0) } ?? Self.healthy
        guard let local = ports[remote] else {
            throw RunningCommand.Failure(
                description: "no listener for port \(remote): \(tunnel.standardError)")
        }
        return try LocalProgram(port: local)
    }

    // MARK: - What was said

    /// A message on standard error: its first line and its hint.
    package struct Message: Hashable, Sendable {
        package let text: String
        package let code: String
        package let hint: String
    }

    /// The errors and warnings so far, in order.
    package var messages: [Message] {
        let lines = tunnel.standardError.split(separator: "\n").map(String.init)
        return lines.indices.compactMap { index in
            guard let match = lines[index].wholeMatch(of: /(?:error|warning): (.*) \[([a-z.-]+)\]/) else {
                return nil
            }
            let next = index + 1 < lines.count ? lines[index + 1] : ""
            return Message(
                text: String(match.1), code: String(match.2),
                hint: next.hasPrefix("hint: ") ? String(next.dropFirst(6)) : "")
        }
    }

    /// The lines that are neither messages, their hints, nor said on the way.
    package var otherLines: [String] {
        tunnel.standardError.split(separator: "\n").map(String.init).filter { line in
            !line.contains(/^(error|warning): .*\]$|^hint: |^try \d+ in |^ready$/)
        }
    }

    /// Sessions that were opened and are not deleted.
    package var sessionsLeft: Int { count("session-opened") - count("session-deleted") }
    package var sessionsOpened: Int { count("session-opened") }

    private func count(_ event: String) -> Int {
        let contents = try? FileReader.read(home.path("requests.jsonl"), limit: 1 << 26)
        return String(decoding: contents?.bytes ?? [], as: UTF8.self).split(separator: "\n")
            .count { $0.contains("\"event\":\"\(event)\"") }
    }

    package var isRunning: Bool { tunnel.isRunning }
    package var standardError: String { tunnel.standardError }

    /// Ends the tunnel as a user would.
    package func finish() throws -> CommandResult {
        tunnel.send(signal: SIGTERM)
        return try tunnel.finish(within: .seconds(30))
    }
}
