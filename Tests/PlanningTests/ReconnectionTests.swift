import Profiles
import Testing

@testable import Planning

@Suite struct ReconnectionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var request = Samples.connect
        var profile: @Sendable (inout Profile) -> Void = { _ in }
        var facts: @Sendable (inout Facts) -> Void = { _ in }
        var isRepeated: Bool

        var testDescription: String { what }
    }

    static let cases: [Case] = [
        Case(what: "a shell", isRepeated: true),
        Case(what: "a typed command", request: .connect(arguments: ["id"], tty: true), isRepeated: false),
        Case(what: "a script on standard input", facts: { $0.hasScriptedInput = true }, isRepeated: false),
        Case(what: "the profile's command", profile: { $0.ssh.command = "make" }, isRepeated: false),
        Case(
            what: "the profile's session",
            profile: { ($0.ssh.command, $0.ssh.tty) = ("tmux new -A", true) }, isRepeated: true),
        Case(what: "plink", profile: { $0.client = .putty }, isRepeated: true),
        Case(
            what: "a window of PuTTY", profile: { $0.client = .putty }, facts: { $0.displays = [.x11] },
            isRepeated: false),
        Case(what: "an own program", profile: { $0.client = .command(["ssh"]) }, isRepeated: true),
        Case(
            what: "an own program with typed words", request: .connect(arguments: ["x"], tty: false),
            profile: { $0.client = .command(["ssh"]) }, isRepeated: false),
        Case(
            what: "scp", request: .copy(FileCopy(.toTarget, ["a"], to: "b"), isQuiet: false),
            isRepeated: false),
        Case(
            what: "rsync", request: .copy(FileCopy(.toTarget, ["a"], to: "b", by: .rsync), isQuiet: false),
            facts: { $0.hasScriptedInput = true }, isRepeated: true),
        Case(what: "sftp", request: .sftp(path: nil, arguments: [], isQuiet: false), isRepeated: false),
        Case(what: "tunnels alone", request: .tunnel(ports: nil), isRepeated: false),
    ]

    @Test(arguments: cases)
    func `is launched again only where nothing is done twice`(_ item: Case) throws {
        let profile = try Samples.profile {
            ($0.reconnect.attempts, $0.reconnect.maximumDelay) = (4, .seconds(9))
            $0.authentication.method = .none
            item.profile(&$0)
        }
        let facts = Samples.facts {
            for name in ["scp", "sftp", "rsync", "plink", "putty"] {
                $0.executables[name] = Facts.Executable(path: "/usr/bin/\(name)")
            }
            $0.hostKeys = ["SHA256:abc"]
            item.facts(&$0)
        }
        let plan = try Planner().plan(profile, for: item.request, given: facts)
        #expect(plan.reconnect == (item.isRepeated ? profile.reconnect : ReconnectSettings()))
    }
}
