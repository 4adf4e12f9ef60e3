import Posix
import TestSupport
import Testing

@testable import Commands

@Suite struct KnownHostsCommandTests {
    static let alias =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg-dev/providers/"
        + "microsoft.compute/virtualmachines/vm-dev:22"
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBix//VLQ/XYdJTi9xLg3fjtViTXYpSJb/fiv+GQQ69x"
    static let fingerprint = "SHA256:O+2RZmxaH4/sjZZvnjBsdQI0zyBT/5B3G9fkl7MauF0"

    private let stage: Stage
    private let file: String

    init() throws {
        stage = try Stage(own: Example.own)
        file = try stage.home.write(
            "\(Self.alias) \(Self.key)\nother \(Self.key)\n", to: "state/bastion-up/known_hosts")
    }

    private func text() throws -> String {
        String(decoding: try FileReader.read(file, limit: 4096).bytes, as: UTF8.self)
    }

    @Test func `shows the keys of the profile's target`() async throws {
        let outcome = try await stage.run("known-hosts", "show", "dev")
        #expect(
            outcome.output == """
                dev: \(Self.alias)

                TYPE         FINGERPRINT                                         PLACE
                ssh-ed25519  \(Self.fingerprint)  ~/state/bastion-up/known_hosts:1

                """)
        let json = try await stage.run("known-hosts", "show", "dev", "--output", "json")
        #expect(json.output.contains("\"fingerprint\": \"\(Self.fingerprint)\""))
    }

    @Test func `forgets them after a yes, and nothing else`() async throws {
        let no = try await stage.run("known-hosts", "forget", "dev", answer: false)
        #expect(no.questions.count == 1 && no.output.contains(Self.fingerprint))
        #expect(try text().contains(Self.alias))
        let yes = try await stage.run("known-hosts", "forget", "dev", answer: true)
        #expect(yes.status == 0 && yes.said.hasPrefix("forgotten"))
        #expect(try text() == "other \(Self.key)\n")
        let none = try await stage.run("known-hosts", "show", "dev")
        #expect(none.output.isEmpty && none.said.hasPrefix("no host key is pinned") && none.status == 0)
    }

    @Test func `fails where nobody can be asked, unless --yes is given`() async throws {
        let outcome = try await stage.run("known-hosts", "forget", "dev")
        #expect(outcome.failures == ["known-hosts.not-asked"] && outcome.status == 77)
        #expect(try text().contains(Self.alias))
        #expect(try await stage.run("known-hosts", "forget", "dev", "--yes").status == 0)
        #expect(try !text().contains(Self.alias))
    }

    @Test func `knows two words only`() async throws {
        let outcome = try await stage.run("known-hosts", "drop", "dev")
        #expect(outcome.failures == ["usage.unknown-word"] && outcome.status == 64)
    }

    @Test func `shows and forgets the certificate of a desktop as well`() async throws {
        let name = String(Self.alias.dropLast(2)) + "3389"
        let digits = String(repeating: "0a", count: 32)
        let stage = try Stage(
            own: Example.own
                + "  win: {extends: base, client: xfreerdp, target: {vm: vm-dev, resourceGroup: rg-dev}}\n")
        let pins = try stage.home.write(
            "\(name) sha256:\(digits)\nother sha256:\(digits)\n", to: "state/bastion-up/rdp-certificates")
        let shown = try await stage.run("known-hosts", "show", "win")
        #expect(shown.output.contains("certificate  SHA256:0a:0a:") && shown.status == 0)
        #expect(shown.output.contains("rdp-certificates:1"))
        let json = try await stage.run("known-hosts", "show", "win", "--output", "json")
        #expect(json.output.contains("\"fingerprint\": \"sha256:\(digits)\""))
        #expect(try await stage.run("known-hosts", "forget", "win", answer: true).status == 0)
        let left = String(decoding: try FileReader.read(pins, limit: 4096).bytes, as: UTF8.self)
        #expect(left == "other sha256:\(digits)\n")
        let none = try await stage.run("known-hosts", "show", "win")
        #expect(none.said.hasPrefix("no certificate is pinned"))
    }
}
