import Diagnostics
import Profiles
import Testing

@testable import Planning

@Suite struct FreeRDPCommandLineTests {
    static let pin = String(repeating: "ab", count: 32)
    static let pinBytes = Array(repeating: "ab", count: 32).joined(separator: ":")

    static func profile(_ change: (inout Profile) throws -> Void = { _ in }) throws -> Profile {
        try Samples.profile {
            $0.name = "win-dev"
            ($0.client, $0.targetPort) = (.xfreerdp, 3389)
            $0.authentication = Authentication(method: .password, username: #"CONTOSO\dev"#)
            try change(&$0)
        }
    }

    static func facts(_ version: String, _ change: (inout Facts) -> Void = { _ in }) -> Facts {
        Samples.facts {
            let name = version.hasPrefix("3") ? "xfreerdp3" : "xfreerdp"
            $0.executables[name] = Facts.Executable(
                path: "/usr/bin/\(name)", version: "This is FreeRDP version \(version) (\(version))")
            $0.displays = [.x11]
            $0.pinnedCertificate = CertificateFingerprint("sha256:" + pin)
            change(&$0)
        }
    }

    private func plan(
        _ version: String, _ arguments: [String] = [], facts: Facts? = nil,
        _ profile: (inout Profile) throws -> Void = { _ in }
    ) throws -> Plan {
        try Planner().plan(
            try Self.profile(profile), for: .connect(arguments: arguments, tty: false),
            given: facts ?? Self.facts(version))
    }

    private func words(
        _ version: String, _ arguments: [String] = [], _ profile: (inout Profile) throws -> Void = { _ in }
    ) throws -> [String] {
        try #require(try plan(version, arguments, profile).command).arguments.map(\.shown)
    }

    @Test(arguments: ["2.2.0", "2.6.1", "2.11.7"])
    func `FreeRDP 2, word by word`(_ version: String) throws {
        let plan = try plan(version)
        let command = try #require(plan.command)
        #expect(command.program == "/usr/bin/xfreerdp")
        #expect(
            command.arguments.map(\.shown) == [
                "/v:127.0.0.1:<free-port>", "/u:dev", "/d:CONTOSO", "/from-stdin:force",
                "/cert:deny,fingerprint:sha256:\(Self.pinBytes)", "-sec-rdp", "/t:win-dev",
                "/wm-class:bastion-up-win-dev", "/dynamic-resolution", "-clipboard", "+auto-reconnect",
                "/auto-reconnect-max-retries:3",
            ])
        let label = try #require(plan.secrets.first)
        #expect(plan.secrets.count == 1 && label.kind == .password && label.username == #"CONTOSO\dev"#)
        #expect(command.secretInput == .standardInput(label))
        #expect(command.output == .kept && command.statusReading == .freeRDP)
        #expect(plan.warnings.isEmpty && plan.refusals.isEmpty)
    }

    @Test(arguments: ["3.0.0", "3.5.1", "3.15.0", "3.17.2", "3.30.1"])
    func `FreeRDP 3 reads its arguments from a pipe, the password among them`(_ version: String) throws {
        let plan = try plan(version)
        let command = try #require(plan.command)
        #expect(command.program == "/usr/bin/xfreerdp3")
        #expect(
            command.arguments.map(\.shown) == [
                "/v:127.0.0.1:<free-port>", "/u:dev", "/d:CONTOSO",
                "/cert:deny,fingerprint:sha256:\(Self.pinBytes)", "/sec:rdp:off", "/t:win-dev",
                "/wm-class:bastion-up-win-dev", "/dynamic-resolution", "-clipboard", "+auto-reconnect",
                "/auto-reconnect-max-retries:3",
            ])
        let label = try #require(plan.secrets.first)
        #expect(
            command.secretInput
                == .argumentList(label, 3, prefix: "/p:", argument: "/args-from:fd:3"))
    }

    @Test func `the client's own files lie in the session's folder, and no proxy stands before loopback`()
        throws
    {
        let command = try #require(try plan("2.11.7").command)
        #expect(command.environment.map(\.name) == ["XDG_CONFIG_HOME", "no_proxy"])
        #expect(command.environment.map(\.value.shown) == ["<runtime>/config", "127.0.0.1"])
    }

    @Test func `listens on a free loopback port, opens the tunnel at once, and checks before it launches`()
        throws
    {
        let plan = try plan("2.11.7")
        #expect(plan.listeners.map(\.binding) == [.tcp(address: "127.0.0.1", port: 0)])
        #expect(plan.routes.map(\.port) == [3389] && plan.routes.allSatisfy(\.preopened))
        guard case .launch = try #require(plan.steps.last) else { throw TestFailure() }
        guard case .checkCertificate(let check)? = plan.steps.dropLast().last else { throw TestFailure() }
        #expect(check.target == TargetKey(of: try Self.profile()))
        #expect(check.pin.fingerprint?.digits == Self.pin)
    }

    struct TestFailure: Error {}

    @Test(
        arguments: [
            ("dev", "/u:dev", "/d:"), (#"CONTOSO\dev"#, "/u:dev", "/d:CONTOSO"), (#".\dev"#, "/u:dev", "/d:"),
            ("dev@contoso.example", "/u:dev@contoso.example", "/d:"),
            (#"A\b\c"#, #"/u:b\c"#, "/d:A"),
        ])
    func `the user, with the domain apart`(_ name: String, _ user: String, _ domain: String) throws {
        for version in ["2.11.7", "3.15.0"] {
            let words = try words(version) { $0.authentication.username = name }
            #expect(Array(words[1...2]) == [user, domain])
        }
    }

    struct Setting: Sendable, CustomTestStringConvertible {
        var words: [String]
        var wordsOf3: [String]?
        var change: @Sendable (inout RDPSettings) -> Void
        var testDescription: String { words.joined(separator: " ") }
    }

    static let settings: [Setting] = [
        Setting(words: ["/size:1920x1080", "/dynamic-resolution", "-clipboard"]) { $0.size = "1920x1080" },
        Setting(words: ["/f", "/dynamic-resolution", "-clipboard"]) { $0.fullScreen = true },
        Setting(words: ["-clipboard"]) { $0.dynamicResolution = false },
        Setting(words: ["/f", "/multimon", "/dynamic-resolution", "-clipboard"]) { $0.multimon = true },
        Setting(words: ["/multimon", "/dynamic-resolution", "-clipboard"]) {
            ($0.multimon, $0.fullScreen) = (true, false)
        },
        Setting(
            words: ["/dynamic-resolution", "/kbd:0x00000407", "-clipboard"],
            wordsOf3: ["/dynamic-resolution", "/kbd:layout:0x00000407", "-clipboard"]
        ) { $0.keyboard = "de" },
        Setting(
            words: ["/dynamic-resolution", "/kbd:0x10409", "-clipboard"],
            wordsOf3: ["/dynamic-resolution", "/kbd:layout:0x10409", "-clipboard"]
        ) { $0.keyboard = "0x10409" },
        Setting(
            words: ["/dynamic-resolution", "/kbd:German", "-clipboard"],
            wordsOf3: ["/dynamic-resolution", "/kbd:layout:German", "-clipboard"]
        ) { $0.keyboard = "German" },
        Setting(words: ["/dynamic-resolution", "/network:modem", "-clipboard"]) { $0.performance = "modem" },
        Setting(words: ["/dynamic-resolution", "+clipboard"]) { $0.clipboard = true },
        Setting(words: ["/dynamic-resolution", "-clipboard", "/sound", "/microphone"]) {
            ($0.sound, $0.microphone) = (true, true)
        },
        Setting(
            words: ["/dynamic-resolution", "-clipboard", "/drive:work,/home/me/my work", "/drive:tmp,/tmp"]
        ) { $0.drives = [.init(name: "work", path: "/home/me/my work"), .init(name: "tmp", path: "/tmp")] },
    ]

    @Test(arguments: settings)
    func `each setting of the desktop`(_ setting: Setting) throws {
        for version in ["2.11.7", "3.15.0"] {
            let words = try words(version) { setting.change(&$0.rdp) }
            let start = try #require(words.firstIndex { $0.hasPrefix("/wm-class") }) + 1
            let end = try #require(words.firstIndex(of: "+auto-reconnect"))
            let expected = version.hasPrefix("3") ? setting.wordsOf3 ?? setting.words : setting.words
            #expect(Array(words[start..<end]) == expected)
        }
    }

    @Test func `what follows the two hyphens comes last`() throws {
        for version in ["2.11.7", "3.15.0"] {
            #expect(try words(version, ["/scale:140", "+fonts"]).suffix(2) == ["/scale:140", "+fonts"])
        }
    }

    @Test func `without a certificate yet, one is asked for at the first connection`() throws {
        let plan = try plan("2.11.7", facts: Self.facts("2.11.7") { $0.pinnedCertificate = nil })
        let words = try #require(plan.command).arguments
        #expect(words[4].shown == "/cert:deny,fingerprint:sha256:<certificate>" && words[4].hasHoles)
        var filling = Word.Filling(folder: "/run")
        #expect(words[4].filled(by: filling) == nil)
        filling.certificate = "aa:bb"
        #expect(words[4].filled(by: filling) == "/cert:deny,fingerprint:sha256:aa:bb")
        #expect(plan.command?.certificate?.pin == CertificateCheck.Pin.none)
    }

    @Test func `the certificate of the profile wins over the one that was kept`() throws {
        let other = String(repeating: "01", count: 32)
        let plan = try plan("2.11.7") { $0.rdp.certificate = "sha256:" + other }
        guard case .ofProfile(let fingerprint)? = plan.command?.certificate?.pin else { throw TestFailure() }
        #expect(fingerprint.digits == other)
        #expect(plan.command?.arguments[4].shown.hasSuffix(fingerprint.bytes) == true)
    }

    @Test func `Entra sign-in takes FreeRDP 3, and the terminal for its code`() throws {
        let plan = try plan("3.15.0") {
            $0.authentication = Authentication(method: .entra, username: "dev@contoso.example")
            $0.rdp.computerName = "WIN-DEV"
        }
        let command = try #require(plan.command)
        #expect(
            command.arguments.prefix(6).map(\.shown) == [
                "/v:127.0.0.1:<free-port>", "/u:dev@contoso.example",
                "/cert:deny,fingerprint:sha256:\(Self.pinBytes)", "/sec:aad",
                "/azure:tenantid:22222222-2222-2222-2222-222222222222,use-tenantid:on",
                "/server-name:WIN-DEV",
            ])
        #expect(command.secretInput == nil && command.output == .terminal && plan.secrets.isEmpty)
        #expect(plan.warnings.map(\.code) == ["plan.rdp-entra-unverified"])
        #expect(plan.refusals.isEmpty)
    }

    @Test func `without a word of how to sign in, the user is asked for the name`() throws {
        let asked = Authentication(method: .none, username: "me", isUsernameSuggested: true)
        let plan = try plan("2.11.7") { $0.authentication = asked }
        #expect(plan.asksForUsername && plan.steps.contains(.askUsername(suggestion: "me")))
        let words = try #require(plan.command).arguments
        #expect(words[1...2].map(\.shown) == ["/u:<user>", "/d:"])
        #expect(words[1].filled(by: Word.Filling(folder: "/run")) == nil)
    }

    @Test func `with a name but no way to sign in, the password is asked for`() throws {
        let named = Authentication(method: .none, username: "dev")
        let plan = try plan("2.11.7") { $0.authentication = named }
        #expect(!plan.asksForUsername)
        #expect(plan.secrets.map(\.username) == ["dev"])
    }
}

@Suite struct FreeRDPVersionTests {
    @Test(
        arguments: [
            ("This is FreeRDP version 2.11.7 (2.11.7)", 2, 11),
            ("This is FreeRDP version 3.15.0 (3.15.0)\n", 3, 15),
            ("[08:00:00:000] [1:1] [WARN] - noise 1.2\nThis is FreeRDP version 3.5.1 (n/a)", 3, 5),
            ("This is FreeRDP version 3.17.3-dev (git-1a2b)", 3, 17),
            ("FreeRDP version 2.11", 2, 11),
        ])
    func `is read from what clients print`(_ text: String, _ major: Int, _ minor: Int) {
        #expect(FreeRDPVersion(text) == FreeRDPVersion(major: major, minor: minor))
    }

    @Test(
        arguments: [
            "", "usage: xfreerdp", "failed to open display: 1.0", "This is FreeRDP version",
            "This is FreeRDP version git", "OpenSSH_9.2p1", "FreeRDP version 2", "FreeRDP version 999.1",
        ])
    func `is nothing where no version stands`(_ text: String) {
        #expect(FreeRDPVersion(text) == nil)
    }
}

@Suite struct FreeRDPClientTests {
    private static func facts(_ names: [String], _ displays: Set<Facts.Display>) -> Facts {
        Samples.facts {
            for name in names { $0.executables[name] = Facts.Executable(path: "/usr/bin/\(name)") }
            $0.displays = displays
        }
    }

    @Test(
        arguments: [
            ([.x11], FreeRDPClient.names, "xfreerdp3"), ([.x11], ["wlfreerdp", "xfreerdp"], "xfreerdp"),
            ([.x11], ["sdl-freerdp"], "sdl-freerdp"),
            ([.wayland, .x11], FreeRDPClient.names, "sdl-freerdp3"),
            ([.wayland, .x11], ["wlfreerdp", "xfreerdp"], "xfreerdp"),
            ([.wayland], ["wlfreerdp", "xfreerdp"], "wlfreerdp"),
        ] as [(Set<Facts.Display>, [String], String)])
    func `goes by the screen`(_ displays: Set<Facts.Display>, _ names: [String], _ chosen: String) throws {
        #expect(try FreeRDPClient.choose(from: Self.facts(names, displays)).name == chosen)
    }

    @Test(
        arguments: [
            ("xfreerdp", 2), ("xfreerdp3", 3), ("sdl-freerdp", 3), ("sdl-freerdp3", 3),
        ])
    func `is taken for what its name says until it is asked`(_ name: String, _ major: Int) throws {
        let client = try FreeRDPClient.choose(from: Self.facts([name], [.x11]))
        #expect(!client.isChecked && client.version.major == major)
    }

    @Test func `is the user's own choice`() throws {
        var facts = Self.facts(FreeRDPClient.names, [.x11])
        facts.preferredPrograms["xfreerdp"] = "/opt/freerdp/bin/xfreerdp"
        #expect(throws: FreeRDPClient.Lack.preferred("/opt/freerdp/bin/xfreerdp")) {
            try FreeRDPClient.choose(from: facts)
        }
        facts.executables["/opt/freerdp/bin/xfreerdp"] = Facts.Executable(
            path: "/opt/freerdp/bin/xfreerdp", version: "This is FreeRDP version 3.16.0 (3.16.0)")
        let client = try FreeRDPClient.choose(from: facts)
        #expect(client.path == "/opt/freerdp/bin/xfreerdp" && client.version.major == 3 && client.isChecked)
    }
}
