import Diagnostics
import Posix
import Profiles
import TestSupport
import Testing

@testable import ProfileStore

@Suite struct TrustLedgerTests {
    let home: TemporaryHome
    let file = "/srv/project/.bastion-up/team.yaml"

    init() throws { home = try TemporaryHome() }

    private func ledger() throws -> TrustLedger { try TrustLedger(reading: home.directories) }

    private func request(_ keyPath: String, _ value: String, line: Int = 1) -> GatedRequest {
        GatedRequest(
            keyPath: keyPath, sentence: "does \(keyPath)", value: value,
            location: SourceLocation(file: file, line: line, column: 1))
    }

    @Test func `trusts nothing at first, but what asks for nothing`() throws {
        let clipboard = [request("profiles.win.rdp.clipboard", "true")]
        #expect(try !ledger().isTrusted(file, clipboard))
        #expect(try ledger().isTrusted(file, []))
        #expect(
            try ledger().difference(file, clipboard).added.map(\.keyPath) == ["profiles.win.rdp.clipboard"])
    }

    @Test func `remembers across runs, in a file of the user alone`() throws {
        let requests = [request("a", "1"), request("b", "2")]
        var first = try ledger()
        try first.record(file, requests)
        #expect(first.isTrusted(file, requests))
        #expect(try ledger().isTrusted(file, requests))
        #expect(try ledger().files == [file])
        #expect(try FileFacts(of: home.path("state/bastion-up/trust.json")).permissions == 0o600)
    }

    @Test func `stays trusted when an edit moves requests or repeats one`() throws {
        var ledger = try ledger()
        try ledger.record(file, [request("a", "1"), request("b", "2")])
        #expect(
            ledger.isTrusted(
                file, [request("b", "2", line: 9), request("a", "1", line: 7), request("a", "1")]))
    }

    @Test(arguments: [
        ([("a", "1"), ("b", "3")], ["b=3"], ["b=2"]),
        ([("a", "1"), ("b", "2"), ("c", "4")], ["c=4"], []),
        ([("a", "1")], [], ["b=2"]),
        ([("a", "1:1,b"), ("b", "2")], ["a=1:1,b"], ["a=1"]),
    ])
    func `asks again when the requests change, and shows the difference`(
        _ now: [(String, String)], _ added: [String], _ removed: [String]
    ) throws {
        var ledger = try ledger()
        try ledger.record(file, [request("a", "1"), request("b", "2")])
        let requests = now.map { request($0.0, $0.1) }
        #expect(!ledger.isTrusted(file, requests))
        let difference = ledger.difference(file, requests)
        #expect(difference.added.map { "\($0.keyPath)=\($0.value)" } == added)
        #expect(difference.removed.map { "\($0.keyPath)=\($0.value)" } == removed)
    }

    @Test func `trusts one path, not another with the same requests`() throws {
        var ledger = try ledger()
        try ledger.record(file, [request("a", "1")])
        #expect(!ledger.isTrusted("/elsewhere/team.yaml", [request("a", "1")]))
    }

    @Test func `forgets`() throws {
        var ledger = try ledger()
        try ledger.record(file, [request("a", "1")])
        #expect(try ledger.forget(file))
        #expect(try !ledger.forget(file))
        #expect(try !self.ledger().isTrusted(file, [request("a", "1")]))
    }

    @Test func `keeps what another process recorded meanwhile`() throws {
        var one = try ledger()
        var other = try ledger()
        try one.record("/one", [request("a", "1")])
        try other.record("/other", [request("a", "1")])
        #expect(try ledger().files == ["/one", "/other"])
    }

    @Test(arguments: [
        "", "{}", "{\"version\": 2, \"files\": {}}", "{\"version\": 1, \"fil", "[1]", "\u{0}\u{FFFD}",
    ])
    func `trusts nothing and overwrites nothing when the record is damaged`(_ content: String) throws {
        let path = try home.write(content, to: "state/bastion-up/trust.json")
        let error = #expect(throws: Diagnostic.self) { _ = try ledger() }
        #expect(error?.code == "trust.damaged")
        #expect(error?.exit == .notPermitted)
        #expect(error?.remedy.contains("trust") == true)
        #expect(try FileReader.read(path, limit: 1000).bytes == Array(content.utf8))
    }

    @Test func `notices a list that does not fit its digest`() throws {
        var ledger = try ledger()
        try ledger.record(file, [request("a", "harmless")])
        let path = home.path("state/bastion-up/trust.json")
        let text = String(decoding: try FileReader.read(path, limit: 10_000).bytes, as: UTF8.self)
        try home.write(text.replacing("harmless", with: "harmful!"), to: "state/bastion-up/trust.json")
        let error = #expect(throws: Diagnostic.self) { _ = try self.ledger() }
        #expect(error?.code == "trust.damaged")
    }

    @Test func `does not believe a record that others may write`() throws {
        try home.write(
            "{\"version\": 1, \"files\": {}}", to: "state/bastion-up/trust.json", permissions: 0o666)
        let error = #expect(throws: Diagnostic.self) { _ = try ledger() }
        #expect(error?.code == "trust.exposed")
    }

    @Test func `says when the state folder is not the user's alone`() throws {
        try home.makeFolder("state/bastion-up", permissions: 0o777)
        var ledger = try ledger()
        let error = #expect(throws: Diagnostic.self) { try ledger.record(file, [request("a", "1")]) }
        #expect(error?.code == "trust.unwritable")
        #expect(error?.exit == .cannotWrite)
    }
}
