import Glibc
import Posix
import TestSupport
import Testing

/// Desktops: the built programs, the system's own xfreerdp on a screen of its own, real RDP servers, a real Secret
/// Service, and the emulator in Azure's place.
@Suite(.onThreadsOfItsOwn, .serialized) struct RDPSessionTests {
    private static let client =
        XDisplay.obstacle ?? TestEnvironment.obstacle(programs: ["xfreerdp"])
    private static let shadow = client ?? RDPServer.obstacle(to: .shadow)
    private static let xrdp = client ?? RDPServer.obstacle(to: .xrdp)

    /// Everything that a desktop needs, with the password in the keyring.
    private final class Stage {
        let desktop: RDPServer
        let cloud: EmulatedCloud
        let display: XDisplay
        let keyring: KeyringSession

        init(_ kind: RDPServer.Kind, faults: [String] = [], settings: String = "") throws {
            desktop = try RDPServer(kind)
            display = try XDisplay()
            cloud = try EmulatedCloud(SSHServer(), desktop: desktop.port, faults: faults)
            keyring = try KeyringSession("unlocked", in: cloud.home)
            try cloud.writeProfiles(
                auth: "{type: password, username: \(desktop.user)}",
                more: """
                      win-dev:
                        host: hub
                        target: {resourceId: \(EmulatedCloud.machine)}
                        client: xfreerdp
                        auth: {type: password, username: \(desktop.user)}
                        rdp: {size: 800x600}
                    \(settings)
                      win-ask:
                        host: hub
                        target: {resourceId: \(EmulatedCloud.machine)}
                        client: xfreerdp
                        rdp: {size: 800x600}
                    """)
            try keep(desktop.password)
        }

        var environment: [String: String] {
            cloud.environment.merging(display.environment) { $1 }
                .merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) { $1 }
        }

        func keep(_ password: String) throws {
            let stored = try CommandResult.run(
                BuiltProgram.path("bastion-up"), ["secret", "set", "win-dev"], environment: environment,
                input: Array(password.utf8))
            #expect(stored.status == 0, "\(stored.standardError)")
        }

        func start(_ words: String...) throws -> RunningCommand {
            try RunningCommand(BuiltProgram.path("bastion-up"), words, environment: environment)
        }

        func run(_ words: String...) throws -> CommandResult {
            try CommandResult.run(BuiltProgram.path("bastion-up"), words, environment: environment)
        }

        /// Waits for the desktop: 800 x 600 of 1024 x 768 in its ground colour, and its keyboard.
        func waitForDesktop(_ session: RunningCommand) throws {
            try eventually("a desktop: \(session.standardError)") {
                try display.picture().share(of: RDPServer.ground) >= 0.55
            }
            try eventually("the desktop's keyboard") { desktop.typed != nil }
        }

        /// Whether every session of the bastion was deleted again.
        var hasLeftNothing: Bool { cloud.count("session-opened") == cloud.count("session-deleted") }

        var pins: String {
            let file = cloud.home.directories.state + "/rdp-certificates"
            return String(
                decoding: (try? FileReader.read(file, limit: 65_536).bytes) ?? [], as: UTF8.self)
        }
    }

    private func showsDesktop(_ kind: RDPServer.Kind) throws {
        let stage = try Stage(kind)
        let plain = try stage.desktop.fingerprint
        var session: RunningCommand?
        let report = try ProcessWatch.report(on: [Array(stage.desktop.password.utf8)]) {
            let started = try stage.start("win-dev")
            session = started
            try stage.waitForDesktop(started)
            try stage.display.type("Hello-42")
            try eventually("the text there: \(stage.desktop.typed ?? "nothing")") {
                stage.desktop.typed == "Hello-42"
            }
        }
        #expect(report.sightings.isEmpty && report.programs.contains("xfreerdp"))
        let running = try #require(session)
        #expect(
            running.standardError
                == "trusting the certificate SHA256:\(plain) of win-dev (first connection)\n")
        // The pin is there while the session is up: a kill would not lose it.
        #expect(stage.pins.contains("sha256:" + plain.filter { $0 != ":" }))
        if kind == .xrdp {
            try stage.desktop.logOff()
            #expect(try running.finish(within: .seconds(20)).status == 0)
        } else {
            running.send(signal: SIGTERM)
            #expect(try running.finish(within: .seconds(20)).status == 143)
        }
        #expect(stage.hasLeftNothing)
        let folders = try FolderListing.names(in: stage.cloud.home.directories.runtime)
        #expect(!folders.contains { $0.hasPrefix("s-") })
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `shows a desktop with network-level authentication, and no process shows the password`() throws {
        try showsDesktop(.shadow)
    }

    @Test(.enabled(if: xrdp == nil, "\(xrdp ?? "")"))
    func `shows a desktop of xrdp, and logging off there is success`() throws {
        try showsDesktop(.xrdp)
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `says that the password is most likely wrong`() throws {
        let stage = try Stage(.shadow)
        try stage.keep("not it")
        let result = try stage.run("win-dev")
        #expect(result.status == 77, "\(result.standardError)")
        #expect(result.standardError.contains("[rdp.sign-in-ended]"))
        #expect(result.standardError.contains("(xfreerdp ended with status 147)"))
        #expect(result.standardError.contains("secret set win-dev"))
        #expect(!result.standardError.contains("not it"))
        #expect(stage.hasLeftNothing)
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `refuses another certificate with both fingerprints, until the old one is forgotten`() throws {
        let stage = try Stage(.shadow)
        let first = try stage.start("win-dev")
        try stage.waitForDesktop(first)
        first.send(signal: SIGTERM)
        #expect(try first.finish(within: .seconds(20)).status == 143)
        let old = try stage.desktop.fingerprint
        try stage.desktop.changeCertificate()
        let new = try stage.desktop.fingerprint

        let refused = try stage.run("win-dev")
        #expect(refused.status == 77, "\(refused.standardError)")
        #expect(refused.standardError.contains("[rdp.certificate-changed]"))
        #expect(refused.standardError.contains(old) && refused.standardError.contains(new))
        #expect(try stage.run("known-hosts", "show", "win-dev").output.contains(old))
        #expect(stage.pins.contains(old.filter { $0 != ":" }))

        #expect(try stage.run("known-hosts", "forget", "win-dev", "--yes").status == 0)
        #expect(stage.pins.isEmpty)
        let again = try stage.start("win-dev")
        try stage.waitForDesktop(again)
        #expect(again.standardError.contains("trusting the certificate SHA256:\(new) of win-dev"))
        again.send(signal: SIGTERM)
        _ = try again.finish(within: .seconds(20))
        #expect(stage.hasLeftNothing)
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `lets the profile's certificate decide, and keeps none`() throws {
        let zeros = String(repeating: "00", count: 32)
        let stage = try Stage(
            .shadow,
            settings: """
                  win-strict: {extends: win-dev, rdp: {certificate: "sha256:\(zeros)"}}
                """)
        let result = try stage.run("win-strict")
        #expect(result.status == 77, "\(result.standardError)")
        #expect(result.standardError.contains("the profile allows only SHA256:00:00"))
        #expect(stage.pins.isEmpty)
    }

    /// The second tunnel carries the desktop (the first was asked for the certificate): it breaks while somebody types.
    private static let cut = "{on: websocket, nth: 2, times: 1, dropAfter: 8000, direction: up}"

    /// Types until the tunnel has broken.
    private func typeUntil(_ what: String, _ stage: Stage, _ isBroken: () -> Bool) throws {
        try eventually(what) {
            if !isBroken() { try stage.display.type("0123456789") }
            return isBroken()
        }
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `gets a lost desktop back through a new tunnel, in the same window`() throws {
        let stage = try Stage(.shadow, faults: [Self.cut])
        let session = try stage.start("-v", "win-dev")
        try stage.waitForDesktop(session)
        try typeUntil("a third tunnel", stage) { session.standardError.contains("connection 3: open") }
        #expect(session.standardError.contains("[tunnel.dropped]"))
        try stage.display.wait(for: RDPServer.ground, atLeast: 0.55)
        try eventually("the text there") {
            try stage.display.type("back")
            return stage.desktop.typed?.hasSuffix("back") == true
        }
        session.send(signal: SIGTERM)
        #expect(try session.finish(within: .seconds(20)).status == 143)
        #expect(stage.hasLeftNothing)
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `says that the tunnel was lost where it does not come back`() throws {
        let stage = try Stage(
            .shadow, faults: [Self.cut, "{on: websocket, nth: 3, dropAfter: 30}"])
        let session = try stage.start("win-dev")
        try stage.waitForDesktop(session)
        try typeUntil("the end", stage) { session.standardError.contains("error:") }
        let result = try session.finish(within: .seconds(30))
        #expect(result.status == 69, "\(result.standardError)")
        #expect(result.standardError.contains("(xfreerdp ended with status 131) [tunnel.dropped]"))
        #expect(stage.hasLeftNothing)
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `launches the client again where the profile asks for it`() throws {
        let stage = try Stage(
            .shadow, faults: [Self.cut, "{on: websocket, nth: 3, times: 3, dropAfter: 30}"],
            settings: """
                  win-again: {extends: win-dev, reconnect: {attempts: 3, maxDelay: 1s}}
                """)
        let session = try stage.start("win-again")
        try stage.waitForDesktop(session)
        try typeUntil("another launch", stage) { session.standardError.contains("connecting again in") }
        try stage.waitForDesktop(session)
        session.send(signal: SIGTERM)
        #expect(try session.finish(within: .seconds(20)).status == 143)
        #expect(stage.hasLeftNothing)
    }

    @Test(.enabled(if: client == nil, "\(client ?? "")"))
    func `says in bounded time that the target is silent`() throws {
        let display = try XDisplay()
        let silent = try SilentServer()
        let cloud = try EmulatedCloud(SSHServer(), desktop: silent.port)
        let keyring = try KeyringSession("unlocked", in: cloud.home)
        try cloud.writeProfiles(
            auth: "{type: password, username: alex}",
            more: """
                  win-dev:
                    host: hub
                    target: {resourceId: \(EmulatedCloud.machine)}
                    client: xfreerdp
                    tunnel: {connectTimeout: 2s}
                    auth: {type: password, username: alex}
                """)
        let environment = cloud.environment.merging(display.environment) { $1 }
            .merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) { $1 }
        let program = BuiltProgram.path("bastion-up")
        _ = try CommandResult.run(
            program, ["secret", "set", "win-dev"], environment: environment, input: Array("x".utf8))
        let result = try CommandResult.run(
            program, ["win-dev"], environment: environment, within: .seconds(40))
        #expect(result.status == 69)
        #expect(result.standardError.contains("[tunnel.silent]"), "\(result.standardError)")
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `asks for name and password where no profile says them`() throws {
        let stage = try Stage(.shadow)
        let nobody = try stage.run("--no-input", "win-ask")
        #expect(nobody.status == 77 && nobody.standardError.contains("[client.no-username]"))
        let session = try TerminalCommand(
            BuiltProgram.path("bastion-up"), ["win-ask"], environment: stage.environment)
        try session.wait { $0.text.contains("User name on win-ask [") }
        // The keyring has this user's password for this target already.
        try session.type("\(stage.desktop.user)\n")
        try stage.display.wait(for: RDPServer.ground, atLeast: 0.55)
        session.send(signal: SIGTERM)
        #expect(try session.finish(within: .seconds(20)) == 143)
        #expect(stage.hasLeftNothing)
    }

    /// FreeRDP 3 is not on every machine: a program in its place tells what it was given.
    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `gives FreeRDP 3 its arguments and the password on a pipe`() throws {
        let stage = try Stage(.shadow)
        let given = stage.cloud.home.path("given")
        try stage.cloud.home.write(
            """
            #!/bin/sh
            if [ "$1" = --version ]; then echo 'This is FreeRDP version 3.15.0 (3.15.0)'; exit; fi
            { printf '%s\\n' "$@" --; cat <&3; } >'\(given)'
            exit 12
            """, to: "bin/xfreerdp3", permissions: 0o755)
        var environment = stage.environment
        environment["PATH"] = "\(stage.cloud.home.path)/bin:\(environment["PATH"] ?? "")"
        let result = try CommandResult.run(
            BuiltProgram.path("bastion-up"), ["win-dev", "--", "/scale:140"], environment: environment)
        #expect(result.status == 0, "\(result.standardError)")
        let text = String(decoding: try FileReader.read(given, limit: 65_536).bytes, as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["/args-from:fd:3", "--"])
        #expect(lines.contains { $0.hasPrefix("/v:127.0.0.1:") && UInt16($0.dropFirst(13)) != nil })
        #expect(lines.contains("/cert:deny,fingerprint:sha256:\(try stage.desktop.fingerprint)"))
        #expect(lines.suffix(2) == ["/scale:140", "/p:\(stage.desktop.password)"])
        #expect(!result.standardError.contains(stage.desktop.password))
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `hands on what xfreerdp is asked for, and refuses what would undo the session`() throws {
        let stage = try Stage(.shadow)
        let asked = try stage.run("win-dev", "--", "/monitor-list")
        #expect(asked.status == 0 && asked.output.contains("1024x768"), "\(asked.standardError)")
        let unknown = try stage.run("win-dev", "--", "/no-such-option:1")
        #expect(unknown.status == 64 && unknown.standardError.contains("[rdp.arguments]"))
        #expect(unknown.standardError.contains("Unexpected keyword"))
        let secret = try stage.run("win-dev", "--", "/p:visible")
        #expect(secret.status == 64 && secret.standardError.contains("[plan.rdp-argument]"))
        #expect(stage.hasLeftNothing)
    }
}

/// Takes connections and never says a word.
private final class SilentServer {
    private let socket: FileDescriptor
    let port: UInt16

    init() throws {
        socket = FileDescriptor(owning: Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = socket.rawValue
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) == 0 }
        }
        var length = size
        let isNamed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) == 0 }
        }
        guard isBound, isNamed, listen(number, 16) == 0 else { throw SystemError.last("listen") }
        port = UInt16(bigEndian: address.sin_port)
    }
}
