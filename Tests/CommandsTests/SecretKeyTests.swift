import Diagnostics
import Keyring
import Posix
import SessionRuntime
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// `secret` with keys: from the command line to what the keyring has.
@Suite struct SecretKeyTests {
    /// A home with two profiles, and a keyring in memory.
    private final class Desk: Sendable {
        let home: TemporaryHome
        let store = MemoryStore()
        private let said = Mutex("")
        var words: String { said.withLock { $0 } }

        init() throws {
            home = try TemporaryHome()
            try home.writeProfiles(
                """
                version: 1
                hosts:
                  hub: {resourceId: \(EmulatedCloud.host)}
                profiles:
                  stored:
                    host: hub
                    target: {resourceId: \(EmulatedCloud.machine)}
                    auth: {type: ssh-key, key: keyring, username: me}
                  filed: {host: hub, target: {ip: 10.0.0.4}, auth: {type: ssh-key, key: /keys/id, username: me}}
                """)
        }

        func run(_ words: String...) async throws {
            let request = try ArgumentParser(table: CommandTable.commands).parse(["secret"] + words)
            guard case .run(let specification, let parsed) = request else { return }
            let command = try specification.make(parsed)
            let signals = try FileDescriptor.pipe().read
            try await onLoop { [self] in
                let context = CommandContext(
                    surroundings: Surroundings(environment: home.environment, secret: nil, secrets: store),
                    options: parsed.global, signals: SignalRouter(signals),
                    conversation: Conversation(
                        printing: { text in self.said.withLock { $0 += text } },
                        saying: { text in self.said.withLock { $0 += text } }))
                _ = try await command.run(in: context)
            }
        }

        /// Makes a key with the system's ssh-keygen.
        func key(_ name: String, passphrase: String = "", _ more: String...) throws -> String {
            let path = home.path(name)
            let result = try CommandResult.run(
                "ssh-keygen", ["-q", "-N", passphrase, "-C", "c", "-f", path] + more,
                environment: TestEnvironment.minimal)
            #expect(result.status == 0, "\(result.standardError)")
            return path
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileReader.read(path, limit: 1 << 16).bytes, as: UTF8.self)
    }

    @Test func `a key is stored in the form in which ssh takes it`() async throws {
        let desk = try Desk()
        let path = try desk.key("id", "-t", "ed25519")
        let good = try Self.text(path)
        try desk.home.write(good.split(separator: "\n").joined(separator: "\r\n"), to: "mangled")
        try await desk.run("set", "stored", "--private-key", "--file", desk.home.path("mangled"))
        let item = try #require(desk.store.items.first)
        #expect(item.secret.withBytes { Array($0) } == Array(good.utf8))
        #expect(item.attributes.kind == .privateKey)
        #expect(item.attributes.values["username"] == "me")
        #expect(item.label == "bastion-up: private key of me for stored")
        #expect(desk.words == "stored: private key of me for stored (Ed25519)\n")
        try await desk.run("set", "stored", "--private-key", "--file", path)
        #expect(desk.words.hasSuffix("replaced: private key of me for stored (Ed25519)\n"))
        #expect(desk.store.items.count == 1)
        try await desk.run("rm", "stored", "--private-key", "--yes")
        #expect(desk.store.items.isEmpty)
    }

    @Test func `an encrypted key stays encrypted, and its passphrase is asked after`() async throws {
        let desk = try Desk()
        let path = try desk.key("id", passphrase: "secret words", "-t", "ecdsa")
        try await desk.run("set", "stored", "--private-key", "--file", path)
        #expect(desk.words.contains("bastion-up secret set stored --passphrase"))
        #expect(try desk.store.items.first?.secret.withBytes { Array($0) } == Array(Self.text(path).utf8))
        try await desk.run("list")
        #expect(desk.words.contains("private-key  me"))
    }

    @Test func `what ssh could not use is not stored`() async throws {
        let desk = try Desk()
        let path = try desk.key("id", "-t", "ed25519") + ".pub"
        let problem = try await diagnostic {
            try await desk.run("set", "stored", "--private-key", "--file", path)
        }
        #expect(problem.code == "key.public")
        let missing = try await diagnostic {
            try await desk.run("set", "stored", "--private-key", "--file", desk.home.path("none"))
        }
        #expect(missing.code == "secret.unreadable")
        #expect(missing.exit == .noSuchProfile)
        try desk.home.write(String(repeating: "x", count: 65_537), to: "long")
        let long = try await diagnostic {
            try await desk.run("set", "stored", "--private-key", "--file", desk.home.path("long"))
        }
        #expect(long.code == "secret.unreadable")
        #expect(desk.store.items.isEmpty)
    }

    @Test func `rm tells the three kinds apart`() async throws {
        let desk = try Desk()
        let path = try desk.key("id", "-t", "ed25519")
        try await desk.run("set", "stored", "--private-key", "--file", path)
        #expect(
            try await diagnostic { try await desk.run("rm", "stored", "--passphrase", "--yes") }.code
                == "secret.none")
        #expect(try await diagnostic { try await desk.run("rm", "stored", "--yes") }.code == "secret.none")
        #expect(
            try await diagnostic { try await desk.run("rm", "filed", "--private-key", "--yes") }.code
                == "secret.none")
        #expect(desk.store.items.count == 1)
    }
}
