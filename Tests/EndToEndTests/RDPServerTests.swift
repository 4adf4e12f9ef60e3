import Posix
import TestSupport
import Testing

/// The ground that the tests with RDP stand on: the throw-away servers serve the system's own xfreerdp.
@Suite(.onThreadsOfItsOwn) struct RDPServerTests {
    private static let screen = XDisplay.obstacle ?? TestEnvironment.obstacle(programs: ["xfreerdp"])
    private static let shadow = screen ?? RDPServer.obstacle(to: .shadow)
    private static let xrdp = screen ?? RDPServer.obstacle(to: .xrdp)

    /// xfreerdp, started to log in; it stays as long as the session does.
    private func connect(
        _ server: RDPServer, on display: XDisplay, in home: TemporaryHome, password: String? = nil,
        fingerprint: String? = nil
    ) throws -> RunningCommand {
        let pin = try fingerprint ?? server.fingerprint
        return try RunningCommand(
            "xfreerdp",
            [
                "/v:127.0.0.1:\(server.port)", "/u:\(server.user)", "/d:", "/from-stdin:force",
                "/size:800x600",
                "/cert:deny,fingerprint:sha256:\(pin)",
            ], environment: home.environment.merging(display.environment) { $1 },
            input: Array("\(password ?? server.password)\n".utf8))
    }

    private func showsDesktopAndTypes(_ kind: RDPServer.Kind) throws {
        let (server, display, home) = (try RDPServer(kind), try XDisplay(), try TemporaryHome())
        #expect(try display.picture().share(of: RDPServer.ground) == 0)
        let client = try connect(server, on: display, in: home)
        // 800 x 600 of 1024 x 768
        try display.wait(for: RDPServer.ground, atLeast: 0.55)
        try eventually("the desktop's keyboard: \(client.standardError)") { server.typed == "" }
        try display.type("Hello-42")
        try eventually("the text there: \(server.typed ?? "nothing")") { server.typed == "Hello-42" }
        if kind == .xrdp {
            try server.logOff()
            #expect(try client.finish().status == 12)
            #expect(server.log.contains("Session started successfully for user \(server.user)"))
        }
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `freerdp-shadow-cli shows its desktop and takes what is typed`() throws {
        try showsDesktopAndTypes(.shadow)
    }

    @Test(.enabled(if: xrdp == nil, "\(xrdp ?? "")"))
    func `xrdp shows a desktop, takes what is typed, and logs off`() throws {
        try showsDesktopAndTypes(.xrdp)
    }

    @Test(.enabled(if: shadow == nil, "\(shadow ?? "")"))
    func `lets nobody in with another password`() throws {
        let (server, display, home) = (try RDPServer(.shadow), try XDisplay(), try TemporaryHome())
        let client = try connect(server, on: display, in: home, password: "not it")
        #expect(try client.finish(within: .seconds(20)).status == 147)
        #expect(try display.picture().share(of: RDPServer.ground) == 0)
    }

    @Test(
        .enabled(if: shadow == nil, "\(shadow ?? "")"), .enabled(if: xrdp == nil, "\(xrdp ?? "")"),
        arguments: RDPServer.Kind.allCases)
    func `shows another certificate on the same port after a change`(_ kind: RDPServer.Kind) throws {
        let (server, display, home) = (try RDPServer(kind), try XDisplay(), try TemporaryHome())
        let old = try server.fingerprint
        try server.changeCertificate()
        #expect(try server.fingerprint != old)
        let refused = try connect(server, on: display, in: home, fingerprint: old)
        #expect(try refused.finish(within: .seconds(20)).status == 143)
        let client = try connect(server, on: display, in: home)
        try display.wait(for: RDPServer.ground, atLeast: 0.55)
        client.send(signal: 15)
        #expect(try client.finish().ending == .killed(signal: 15))
    }

    @Test(.enabled(if: xrdp == nil, "\(xrdp ?? "")"))
    func `two servers stand side by side, and nobody listens when they are gone`() throws {
        let ports = try {
            let home = try TemporaryHome()
            let servers = [try RDPServer(.xrdp), try RDPServer(.xrdp)]
            let displays = [try XDisplay(), try XDisplay()]
            let clients = try zip(servers, displays).map { try connect($0, on: $1, in: home) }
            try eventually("both desktops: \(servers.map(\.log))") { servers.map(\.typed) == ["", ""] }
            for (display, text) in zip(displays, ["first", "second"]) {
                try display.wait(for: RDPServer.ground, atLeast: 0.55)
                try display.type(text)
            }
            try eventually("both texts") { servers.map(\.typed) == ["first", "second"] }
            for (server, client) in zip(servers, clients) {
                try server.logOff()
                #expect(try client.finish().status == 12)
            }
            return servers.map(\.port)
        }()
        for port in ports { #expect(try !LoopbackPort.hasListener(port)) }
    }
}
