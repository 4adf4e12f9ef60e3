import Glibc
import Posix
import TestSupport
import Testing

@testable import SSHKeys

@Suite struct PrivateAgentTests {
    /// A folder for an agent, and the tools with this package's own program as askpass helper.
    private static func withTools(
        _ body: @escaping @Sendable (PrivateFolder, AgentTools) async throws -> Void
    ) async throws {
        let home = try TemporaryHome()
        let environment = home.environment.map { "\($0.key)=\($0.value)" }
        try await onLoop {
            try await withChildSignals { signals in
                let tools = AgentTools(
                    askpass: (BuiltProgram.path("bastion-up"), "BASTION_UP_ASKPASS"),
                    environment: environment, signals: signals)
                try await body(try PrivateFolder(making: home.path("run")), tools)
            }
        }
    }

    @Test(arguments: SampleKeys.kinds)
    func `holds a key of every kind, and nothing is left of it`(kind: SampleKeys.Kind) async throws {
        let key = try PrivateKeyText(SecretBytes(SampleKeys.text(kind.name)))
        let expected = try SampleKeys.text(kind.name + ".pub").split(separator: " ").prefix(2)
        try await Self.withTools { folder, tools in
            let agent = try await PrivateAgent(at: try folder.socketPath(of: "agent.sock"), tools: tools)
            let loader = AgentLoader(into: agent.socket, folder: folder, tools: tools)
            let line = try await loader.load(
                .privateKey(key, passphrase: kind.secret), lifetime: .seconds(60))
            #expect(line.split(separator: " ").prefix(2) == expected)
            #expect(try FileFacts(of: agent.socket).permissions & 0o077 == 0)
            await agent.close()
            #expect(try FolderListing.names(in: folder.path).isEmpty)
        }
    }
}
