import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct RDPRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var code: String
        var exit: Diagnostics.ExitStatus
        var keyPath: String?
        var version = "2.11.7"
        var arguments: [String] = []
        var facts: @Sendable (inout Facts) -> Void = { _ in }
        var profile: @Sendable (inout Profile) -> Void = { _ in }

        var testDescription: String { "\(code) \(arguments)" }
    }

    private static func drive(_ path: String) -> @Sendable (inout Profile) -> Void {
        { $0.rdp.drives = [.init(name: "work", path: path)] }
    }

    static let errors: [Case] = [
        Case(
            code: "plan.client-missing", exit: .unavailable, keyPath: "client",
            facts: { $0.executables = [:] }),
        Case(
            code: "plan.client-missing", exit: .unavailable, keyPath: "client",
            facts: { $0.preferredPrograms["xfreerdp"] = "myrdp" }),
        Case(code: "plan.client-too-old", exit: .unavailable, keyPath: "client", version: "1.2.0"),
        Case(
            code: "plan.rdp-with-key", exit: .configuration, keyPath: "auth.type",
            profile: { $0.authentication.method = .sshKey(.agent) }),
        Case(
            code: "plan.rdp-entra-client", exit: .unavailable, keyPath: "auth.type",
            profile: {
                $0.authentication.method = .entra
                $0.rdp.computerName = "WIN"
            }),
        Case(
            code: "plan.rdp-entra-name", exit: .configuration, keyPath: "auth.type", version: "3.15.0",
            profile: { $0.authentication.method = .entra }),
        Case(
            code: "plan.rdp-drive", exit: .configuration, keyPath: "rdp.drives.work",
            profile: drive("/home/me/a,b")),
        Case(
            code: "plan.rdp-drive", exit: .configuration, keyPath: "rdp.drives.work",
            profile: drive("/home/me/\"a\"")),
        Case(
            code: "plan.rdp-drive", exit: .configuration, keyPath: "rdp.drives.work",
            facts: { $0.missingFolders = ["/gone"] }, profile: drive("/gone")),
        Case(
            code: "plan.rdp-keyboard", exit: .configuration, keyPath: "rdp.keyboard",
            profile: { $0.rdp.keyboard = "xx" }),
        Case(
            code: "plan.rdp-keyboard", exit: .configuration, keyPath: "rdp.keyboard",
            profile: { $0.rdp.keyboard = "0xQQ" }),
        Case(
            code: "plan.rdp-keyboard", exit: .configuration, keyPath: "rdp.keyboard",
            profile: { $0.rdp.keyboard = "German,pipe:/tmp/x" }),
        Case(
            code: "plan.ssh-port-without-ssh", exit: .configuration, keyPath: "ports[0]",
            profile: { $0.ports = [PortMapping(local: 8080, remote: 80, route: .ssh)] }),
    ]

    private static func plan(_ item: Case) throws -> Plan {
        var profile = try FreeRDPCommandLineTests.profile()
        item.profile(&profile)
        if let keyPath = item.keyPath { profile.places[keyPath] = Samples.place(7) }
        return try Planner().plan(
            profile, for: .connect(arguments: item.arguments, tty: false),
            given: FreeRDPCommandLineTests.facts(item.version, item.facts))
    }

    @Test(arguments: errors)
    func `refuses`(_ item: Case) throws {
        let problems = #expect(throws: Problems.self) { try Self.plan(item) }
        #expect(problems?.errors.map(\.code) == [item.code])
        #expect(problems?.exit == item.exit)
        #expect(problems?.errors.first?.location == item.keyPath.map { _ in Samples.place(7) })
    }

    @Test(
        arguments: [
            "/p:geheim", "+p:geheim", "-p:geheim", "--p:geheim", "/P:geheim", "/pth:00", "/gp:geheim",
            "/gateway:g:h,p:geheim", "/gat:x", "/v:other", "/port:1", "/u:x", "/d:x", "/from-stdin",
            "/from-stdin:force", "/args-from:stdin", "/cert:ignore", "/cert-ignore", "/sec:rdp", "+sec-rdp",
            "/proxy:h", "/tune:FreeRDP_IgnoreCertificate:true", "file.rdp", "", "/",
            "/scale:140\n/cert:ignore",
        ])
    func `adds nothing that undoes the session, and repeats no secret`(_ argument: String) throws {
        let problems = #expect(throws: Problems.self) {
            try Self.plan(Case(code: "plan.rdp-argument", exit: .usage, arguments: ["/scale:140", argument]))
        }
        #expect(problems?.errors.map(\.code) == ["plan.rdp-argument"])
        #expect(problems?.exit == .usage)
        #expect(problems?.errors.first?.text.contains("geheim") == false)
    }

    @Test func `a client that was not asked is said to be taken by its name`() throws {
        let plan = try Self.plan(
            Case(code: "", exit: .success, facts: { $0.executables["xfreerdp"]?.version = nil }))
        #expect(plan.warnings.map(\.code) == ["plan.client-unchecked"])
        #expect(plan.command?.arguments.contains("/from-stdin:force") == true)
    }

    @Test func `without a screen the plan is shown, and not run`() throws {
        let plan = try Self.plan(Case(code: "", exit: .success, facts: { $0.displays = [] }))
        #expect(plan.refusals.map(\.code) == ["plan.no-display"] && plan.command != nil)
        let refused = #expect(throws: Problems.self) { try plan.throwIfRefused() }
        #expect(refused?.exit == .unavailable)
    }

    @Test func `an RD gateway is not supported yet`() throws {
        let plan = try Self.plan(Case(code: "", exit: .success, profile: { $0.rdp.gateway = true }))
        #expect(plan.refusals.map(\.code) == ["plan.not-supported-yet"] && plan.command == nil)
    }
}
