import Planning
import Posix
import Profiles
import Synchronization
import TestSupport
import Testing

@testable import SessionRuntime

/// Programs that stand for FreeRDP's clients, on a search path of their own.
@Suite struct ClientDetectionTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func program(_ name: String, _ script: String) throws {
        try home.write(
            "#!/bin/sh\necho x >>'\(home.path)/asked'\n\(script)\n", to: "bin/\(name)", permissions: 0o755)
    }

    private var timesAsked: Int {
        ((try? FileReader.read(home.path("asked"), limit: 100).bytes) ?? []).count { $0 == 0x0A }
    }

    private func profile() throws -> Profile {
        let plan = try Samples.plan()
        return Profile(
            name: "win", host: plan.bastion, target: plan.target, targetPort: 3389,
            authentication: Authentication(method: .password, username: "me"), client: .xfreerdp)
    }

    /// The client that is chosen once it was asked.
    private func chosen() async throws -> FreeRDPClient {
        let environment = home.environment.merging([
            "PATH": "\(home.path)/bin:/usr/bin:/bin", "DISPLAY": ":99",
        ]) { $1 }
        let profile = try profile()
        let result = Mutex<FreeRDPClient?>(nil)
        try await onLoop {
            try await withChildSignals { signals in
                let surroundings = Surroundings(environment: environment, secret: nil)
                let facts = FactsProbe(surroundings).facts(for: profile)
                let detection = ClientDetection(surroundings, signals: signals)
                let client = try FreeRDPClient.choose(from: await detection.completed(facts, for: profile))
                result.withLock { $0 = client }
            }
        }
        return try #require(result.withLock { $0 })
    }

    @Test func `asks once, and again when the program was replaced`() async throws {
        try program("xfreerdp3", "echo 'This is FreeRDP version 3.15.0 (3.15.0)'")
        let first = try await chosen()
        #expect(first.isChecked && first.version == FreeRDPVersion(major: 3, minor: 15))
        #expect(try await chosen() == first && timesAsked == 1)
        try program("xfreerdp3", "echo 'This is FreeRDP version 3.17.2 (3.17.2)' # longer")
        #expect(try await chosen().version == FreeRDPVersion(major: 3, minor: 17))
        #expect(timesAsked == 2)
    }

    @Test(arguments: ["exit 1", "echo nonsense; exit 0", "echo 'failed to open display' >&2; exit 1"])
    func `goes by the name where the program does not say`(_ script: String) async throws {
        try program("xfreerdp3", script)
        let client = try await chosen()
        #expect(!client.isChecked && client.version.major == 3)
    }

    @Test func `reads what is written to standard error too, among other lines`() async throws {
        try program("xfreerdp3", "echo noise; echo 'This is FreeRDP version 3.9.0 (3.9.0)' >&2")
        #expect(try await chosen().version == FreeRDPVersion(major: 3, minor: 9))
    }
}
