import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct ClientRuleTests {
    static let copy = PlanRequest.copy(FileCopy(.toTarget, ["a"], to: "b"), isQuiet: false)
    static let resume = PlanRequest.copy(FileCopy(.toTarget, ["a"], to: "b", by: .rsync), isQuiet: false)
    static let typed = PlanRequest.connect(arguments: ["id"], tty: false)
    static let terminal = PlanRequest.connect(arguments: [], tty: true)

    static let errors: [RuleCase] = [
        RuleCase(
            code: "plan.client-missing", exit: .unavailable, request: copy,
            facts: { $0.executables["scp"] = nil }),
        RuleCase(
            code: "plan.client-missing", exit: .unavailable, request: resume,
            facts: { $0.executables["rsync"] = nil }),
        RuleCase(
            code: "plan.client-missing", exit: .unavailable,
            request: .sftp(path: nil, arguments: [], isQuiet: false),
            facts: { $0.executables["sftp"] = nil }),
        RuleCase(
            code: "plan.client-missing", exit: .unavailable, keyPath: "client",
            profile: { ($0.client, $0.authentication.method) = (.putty, .none) },
            facts: { $0.executables["plink"] = nil }),
        RuleCase(
            code: "plan.client-missing", exit: .unavailable, keyPath: "client",
            profile: { $0.client = .command(["vncviewer", "{port}"]) }),
        RuleCase(
            code: "plan.client-path", exit: .configuration, keyPath: "client",
            profile: { $0.client = .command(["bin/vncviewer"]) }),
        RuleCase(
            code: "plan.files-without-ssh", exit: .configuration, keyPath: "client", request: copy,
            profile: { ($0.client, $0.targetPort) = (.xfreerdp, 3389) }),
        RuleCase(
            code: "plan.files-without-ssh", exit: .configuration, keyPath: "client",
            request: .sftp(path: nil, arguments: [], isQuiet: false),
            profile: { $0.client = .command(["ssh"]) }),
        RuleCase(
            code: "plan.arguments-without-client", exit: .configuration, keyPath: "client", request: typed,
            profile: { $0.client = .none }),
        RuleCase(
            code: "plan.terminal-without-ssh", exit: .configuration, keyPath: "client", request: terminal,
            profile: { $0.client = .command(["ssh"]) }),
        RuleCase(
            code: "plan.unknown-placeholder", exit: .configuration, keyPath: "client.command[2]",
            profile: { $0.client = .command(["ssh", "{port}", "{hots}"]) }),
        RuleCase(
            code: "plan.command-without-username", exit: .configuration, keyPath: "client.command[1]",
            profile: {
                $0.client = .command(["ssh", "{user}"])
                $0.authentication.username = nil
            }),
        RuleCase(
            code: "plan.putty-sign-in", exit: .configuration, keyPath: "auth",
            profile: { ($0.client, $0.authentication.method) = (.putty, .sshKey(.keyring)) }),
        RuleCase(
            code: "plan.putty-key", exit: .configuration, keyPath: "auth.key",
            profile: { $0.client = .putty }),
        RuleCase(
            code: "plan.openssh-key", exit: .configuration, keyPath: "auth.key",
            profile: { $0.authentication.method = .sshKey(.file("/k/id.PPK")) }),
        RuleCase(
            code: "plan.openssh-key", exit: .configuration, keyPath: "auth.key", request: copy,
            profile: { ($0.client, $0.authentication.method) = (.putty, .sshKey(.file("/k/id.ppk"))) }),
        RuleCase(
            code: "plan.password-without-username", exit: .configuration, keyPath: "auth",
            profile: {
                ($0.client, $0.authentication) = (.putty, .init(method: .password, username: nil))
            }),
        RuleCase(
            code: "plan.host-key-unknown", exit: .unavailable, keyPath: "client",
            profile: { ($0.client, $0.authentication.method) = (.putty, .none) },
            facts: {
                $0.hostKeys = []
                $0.executables["ssh"] = nil
            }),
    ]

    @Test(arguments: errors)
    func `a broken rule about a client is reported by its code at its place`(_ rule: RuleCase) throws {
        let (profile, facts) = try scene(rule)
        let problems = #expect(throws: Problems.self) {
            try Planner().plan(profile, for: rule.request, given: facts)
        }
        #expect(problems?.errors.map(\.code) == [rule.code])
        #expect(problems?.exit == rule.exit)
        #expect(problems?.errors.first?.location == rule.keyPath.flatMap { profile.places[$0] })
        #expect(problems?.errors.first?.remedy.isEmpty == false)
    }

    static let warnings: [RuleCase] = [
        RuleCase(
            code: "plan.host-key-unknown", exit: .success, keyPath: "client",
            profile: { ($0.client, $0.authentication.method) = (.putty, .none) }, facts: { $0.hostKeys = [] }),
        RuleCase(
            code: "plan.openssh-options", exit: .success, keyPath: "ssh.options",
            profile: {
                ($0.client, $0.authentication.method) = (.putty, .none)
                $0.ssh.options = [SSHSettings.Option(name: "SendEnv", value: "LANG")]
            }),
    ]

    @Test(arguments: warnings)
    func `what PuTTY leaves out is a warning`(_ rule: RuleCase) throws {
        let (profile, facts) = try scene(rule)
        let plan = try Planner().plan(profile, for: rule.request, given: facts)
        #expect(plan.warnings.map(\.code) == [rule.code])
        #expect(plan.warnings.first?.severity == .warning)
        #expect(plan.warnings.first?.location == rule.keyPath.flatMap { profile.places[$0] })
    }

    @Test(arguments: [Client.ssh, .putty, .none])
    func `files are copied by whatever profile leads to an ssh server`(_ client: Client) throws {
        let (profile, facts) = try scene(
            RuleCase(code: "", exit: .success, profile: { $0.client = client }))
        let plan = try Planner().plan(profile, for: Self.copy, given: facts)
        #expect(plan.command?.program == "/usr/bin/scp")
        #expect(plan.warnings.isEmpty && plan.refusals.isEmpty)
    }

    private func scene(_ rule: RuleCase) throws -> (Profile, Facts) {
        var profile = try Samples.profile(rule.profile)
        let keys = [
            "client", "auth", "auth.key", "ssh.options", "client.command[1]", "client.command[2]",
        ]
        for (line, key) in keys.enumerated() { profile.places[key] = Samples.place(line + 1) }
        let facts = Samples.facts {
            for name in ["scp", "sftp", "rsync", "plink"] {
                $0.executables[name] = Facts.Executable(path: "/usr/bin/\(name)")
            }
            $0.hostKeys = ["SHA256:abc"]
            rule.facts(&$0)
        }
        return (profile, facts)
    }
}
