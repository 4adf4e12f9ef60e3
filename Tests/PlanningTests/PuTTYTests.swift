import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct PuTTYTests {
    private static let key = "SHA256:abc"

    private func plan(
        _ arguments: [String] = [], tty: Bool = false, facts: Facts = Self.facts(),
        _ change: (inout Profile) throws -> Void = { _ in }
    ) throws -> Plan {
        let profile = try Samples.profile {
            $0.client = .putty
            $0.authentication = Authentication(method: .password, username: "me")
            try change(&$0)
        }
        return try Planner().plan(profile, for: .connect(arguments: arguments, tty: tty), given: facts)
    }

    private static func facts(_ change: (inout Facts) -> Void = { _ in }) -> Facts {
        Samples.facts {
            for name in ["putty", "plink"] {
                $0.executables[name] = Facts.Executable(path: "/usr/bin/\(name)")
            }
            $0.hostKeys = [key]
            change(&$0)
        }
    }

    @Test func `plink takes its password from a pipe and accepts known keys only`() throws {
        let plan = try plan(["uname", "-a"], facts: Self.facts { $0.hostKeys = [Self.key, "SHA256:def"] })
        let command = try #require(plan.command)
        #expect(command.program == "/usr/bin/plink")
        #expect(
            command.arguments == [
                "-ssh", "-noshare", "-P", Word([.port(.client)]), "-l", "me", "-hostkey", "SHA256:abc",
                "-hostkey", "SHA256:def", "-noagent", "-pwfile", "/dev/fd/3", "-no-antispoof", "127.0.0.1",
                "uname", "-a",
            ])
        let label = try #require(plan.secrets.first)
        #expect(label.kind == .password)
        #expect(command.secretInput == .descriptor(label, 3))
        #expect(command.answers.isEmpty && command.environment.isEmpty)
        #expect(command.statusReading == .own(failure: 1))
        #expect(
            plan.listeners == [
                ListenerPlan(
                    id: .client, binding: .tcp(address: "127.0.0.1", port: 0), purpose: .client("plink"))
            ])
    }

    struct Window: Sendable {
        var arguments: [String] = []
        var command: String?
        var facts: @Sendable (inout Facts) -> Void = { $0.displays = [.x11] }
        var isWindow: Bool
    }

    @Test(arguments: [
        Window(isWindow: true), Window(facts: { _ in }, isWindow: false),
        Window(arguments: ["id"], isWindow: false), Window(command: "top", isWindow: false),
        Window(facts: { ($0.displays, $0.hasScriptedInput) = ([.wayland], true) }, isWindow: false),
        Window(
            facts: {
                $0.displays = [.x11]
                $0.executables["putty"] = nil
            }, isWindow: false),
    ])
    func `a window opens where there is a display and no command`(_ item: Window) throws {
        let plan = try plan(item.arguments, facts: Self.facts(item.facts)) { $0.ssh.command = item.command }
        let command = try #require(plan.command)
        #expect(command.program == (item.isWindow ? "/usr/bin/putty" : "/usr/bin/plink"))
        let words = command.arguments.map(\.shown)
        #expect(words.contains("-title") == item.isWindow)
        #expect(words.contains("-no-antispoof") != item.isWindow)
        if let typed = item.command { #expect(words.last == typed) }
    }

    static let logins: [(Authentication.Method, [String])] = [
        (.none, []), (.sshKey(.agent), ["-agent"]), (.sshKey(.unspecified), ["-agent"]),
        (.sshKey(.file("/k/My Key.PPK")), ["-noagent", "-i", "/k/My Key.PPK"]),
    ]

    @Test(arguments: logins)
    func `each way to sign in has its options`(_ method: Authentication.Method, options: [String]) throws {
        let command = try #require(
            try plan { $0.authentication = Authentication(method: method, username: nil) }.command)
        #expect(
            command.arguments.map(\.shown) == ["-ssh", "-noshare", "-P", "<free-port>", "-hostkey", Self.key]
                + options + ["-no-antispoof", "127.0.0.1"])
        #expect(command.secretInput == nil)
    }

    @Test func `forwards and the wish for a terminal are handed on`() throws {
        let command = try #require(
            try plan(["top"], tty: true) {
                $0.ssh.forwards = ["5432:db:5432"]
                $0.ssh.remoteForwards = ["9000:localhost:9000"]
                $0.ssh.socks = "1080"
            }.command)
        #expect(
            command.arguments.map(\.shown).suffix(10) == [
                "-L", "5432:db:5432", "-R", "9000:localhost:9000", "-D", "1080", "-t", "-no-antispoof",
                "127.0.0.1", "top",
            ])
    }

    @Test func `while no host key is known the plan says that one is learnt`() throws {
        let plan = try plan(facts: Self.facts { $0.hostKeys = [] })
        #expect(plan.warnings.map(\.code) == ["plan.host-key-unknown"])
        let command = try #require(plan.command)
        #expect(command.needsHostKey)
        #expect(command.arguments.map(\.shown).contains("<host-key>"))
        #expect(command.arguments.contains { $0.filled(by: Word.Filling(folder: "/r")) == nil })
    }

    @Test func `learning a host key signs nobody in`() throws {
        let profile = try Samples.profile {
            ($0.client, $0.authentication.method) = (.putty, .sshKey(.file("/k/id.ppk")))
        }
        let plan = try Planner().plan(profile, for: .learnHostKey, given: Samples.facts())
        let command = try #require(plan.command)
        let words = command.arguments.map(\.shown)
        #expect(command.program == "/usr/bin/ssh")
        #expect(words.contains("StrictHostKeyChecking=accept-new"))
        #expect(words.contains("PreferredAuthentications=none"))
        #expect(!words.contains { $0.hasPrefix("IdentityFile") })
        #expect(plan.secrets.isEmpty && plan.reconnect.attempts == 0)
    }
}
