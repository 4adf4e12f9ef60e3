import Diagnostics
import Planning
import Posix
import SessionRuntime
import TestSupport
import Testing

@testable import Commands

@Suite struct HostKeyWordsTests {
    private static let alias = "/subscriptions/s/vm:22"
    // The keys "one", "two" and "six" in Base64.
    private static let one = "ssh-ed25519 b25l"
    private static let two = "ssh-ed25519 dHdv"
    private static let six = "ecdsa-sha2-nistp256 c2l4"

    private func code(kept: [String], listed: [String] = [], shown: String, _ type: String = "ssh-ed25519")
        throws -> String?
    {
        let home = try TemporaryHome()
        try home.write(kept.map { "\($0)\n" }.joined(), to: "state/known_hosts")
        let check = Plan.HostKeyCheck(profile: "dev", alias: Self.alias, keys: listed)
        let words = HostKeyWords(check, stateFolder: home.path("state"))
        return words.diagnostic(ShownHostKey(type: type, bytes: Array(shown.utf8)))?.code
    }

    private static let kept = "\(alias) \(one)"

    @Test(arguments: [
        [kept], ["\(alias) \(six)", kept, "/other:22 \(two)"], [kept, "@revoked \(alias) \(two)"],
    ])
    func `a key of the same kind as a kept one, and not it, was refused`(_ kept: [String]) throws {
        #expect(try code(kept: kept, shown: "two") == "ssh.host-key-changed")
    }

    @Test func `a revoked key was refused, even where it is kept`() throws {
        let kept = [Self.kept, "@revoked \(Self.kept)"]
        #expect(try code(kept: kept, shown: "one") == "ssh.host-key-changed")
    }

    @Test(arguments: [
        [], [kept], ["/other:22 \(two)"], ["\(alias) \(six)"], ["\(alias) \(two)", kept],
        ["@cert-authority \(alias) \(two)"],
    ])
    func `nothing is said where ssh had no reason to refuse the key`(_ kept: [String]) throws {
        #expect(try code(kept: kept, shown: "one") == nil)
    }

    @Test func `a key that is not listed was refused, whatever is kept`() throws {
        #expect(
            try code(kept: [Self.kept], listed: [Self.two, Self.six], shown: "one")
                == "ssh.host-key-unlisted")
        #expect(try code(kept: ["\(Self.alias) \(Self.two)"], listed: [Self.one], shown: "one") == nil)
    }

    @Test func `nothing is said of certificates, which are judged by who signed them`() throws {
        let type = "ssh-ed25519-cert-v01@openssh.com"
        #expect(try code(kept: [Self.kept], shown: "two", type) == nil)
        #expect(try code(kept: [], listed: [Self.one], shown: "two", type) == nil)
    }
}
