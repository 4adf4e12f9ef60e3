import Glibc
import Posix
import TestSupport
import Testing

/// Tunnels that lie open, many at once, and what becomes of their sessions.
@Suite(.onThreadsOfItsOwn) struct OpeningTests {
    private func cloud(_ settings: String = "", desktop: UInt16 = 1, faults: [String] = []) throws -> (
        EmulatedCloud, SSHServer
    ) {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server, desktop: desktop, sessions: 400, faults: faults)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}\n    \(settings)")
        return (cloud, server)
    }

    private func port(of tunnel: RunningCommand) throws -> String {
        try tunnel.wait { $0.contains("ready") }
        return String(try #require(tunnel.output.firstMatch(of: /:(\d+) ->/)?.1))
    }

    /// Waits until the emulator has seen it so often.
    private func expect(_ count: Int, of event: String, in cloud: EmulatedCloud) throws {
        try eventually("\(cloud.count(event)) times \(event), not \(count)") { cloud.count(event) >= count }
        #expect(cloud.count(event) == count)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `keeps a tunnel open for the next connection, and deletes its session in the end`(_ signal: Int32)
        throws
    {
        let (cloud, server) = try cloud("tunnel: {spare: 1}")
        let tunnel = try cloud.start("tunnel", "dev-linux", "--port", "0:22")
        let port = try port(of: tunnel)
        for round in 1...2 {
            let words = [
                "-F", "/dev/null", "-i", server.keyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-p", port,
                "\(server.user)@127.0.0.1", "echo \(round)",
            ]
            let result = try CommandResult.run("ssh", words, environment: cloud.environment)
            #expect(result.output == "\(round)\n", "\(result.standardError) \(tunnel.standardError)")
            try expect(round + 1, of: "websocket-opened", in: cloud)
            try expect(round, of: "session-deleted", in: cloud)
        }
        tunnel.send(signal: signal)
        #expect(try tunnel.finish().status == 128 + signal)
        #expect(cloud.count("session-opened") == 3)
        #expect(cloud.count("session-deleted") == 3)
    }

    @Test func `three hundred connections at once all succeed, and leave no session`() throws {
        let echo = try RunningCommand("python3", ["-c", Self.echo], environment: TestEnvironment.minimal)
        try echo.wait { $0.contains("\n") }
        let target = try #require(UInt16(echo.output.prefix { $0 != "\n" }))
        let (cloud, _) = try cloud("tunnel: {connectTimeout: 60s}", desktop: target)
        let tunnel = try cloud.start("tunnel", "dev-linux", "--port", "0:3389")
        let words = ["-c", Self.crowd, try port(of: tunnel), "300"]
        let result = try CommandResult.run("python3", words, environment: TestEnvironment.minimal)
        #expect(result.output == "300\n", "\(result.standardError) \(tunnel.standardError)")
        try expect(300, of: "session-deleted", in: cloud)
        #expect(cloud.count("session-opened") == 300)
        tunnel.send(signal: SIGTERM)
        #expect(try tunnel.finish().status == 143)
    }

    /// A server that sends back what comes.
    private static let echo = """
        import selectors, socket
        s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1024)
        print(s.getsockname()[1], flush=True)
        poller = selectors.DefaultSelector(); poller.register(s, selectors.EVENT_READ)
        while True:
            for key, _ in poller.select():
                if key.fileobj is s:
                    poller.register(s.accept()[0], selectors.EVENT_READ)
                elif data := key.fileobj.recv(4096):
                    key.fileobj.sendall(data)
                else:
                    poller.unregister(key.fileobj); key.fileobj.close()
        """

    /// Connects so often before it awaits anything; prints how many sent a byte back.
    private static let crowd = """
        import socket, sys
        crowd = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
        for one in crowd: one.sendall(b"x"); one.settimeout(60)
        print(sum(one.recv(1) == b"x" for one in crowd))
        """

    /// Starts a tunnel whose second token request is answered late, and interrupts it meanwhile.
    private func interrupted(afterMilliseconds delay: Int) throws -> (EmulatedCloud, RunningCommand) {
        let (cloud, _) = try cloud(faults: ["{on: tokens, nth: 2, times: 1, delay: \(delay)ms}"])
        let tunnel = try cloud.start("-vv", "tunnel", "dev-linux", "--port", "0:22")
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(try port(of: tunnel)); cat <&3"
        let first = try RunningCommand("bash", ["-c", script], environment: TestEnvironment.minimal)
        try tunnel.wait { $0.contains("connection 1: open") }
        let second = try RunningCommand("bash", ["-c", script], environment: TestEnvironment.minimal)
        try tunnel.wait { $0.split(separator: "asking for a session").count == 3 }
        tunnel.send(signal: SIGINT)
        for program in [first, second] { _ = try program.finish() }
        return (cloud, tunnel)
    }

    private static let word = "waiting for Azure to name the session"

    @Test func `waits for the name of a session that is being opened, says so, and deletes it`() throws {
        let (cloud, tunnel) = try interrupted(afterMilliseconds: 2500)
        try tunnel.wait { $0.contains(Self.word) }
        #expect(try tunnel.finish().status == 130)
        #expect(cloud.count("session-opened") == 2)
        #expect(cloud.count("session-deleted") == 2)
    }

    @Test func `a second interruption does not wait`() throws {
        let (_, tunnel) = try interrupted(afterMilliseconds: 20_000)
        try tunnel.wait { $0.contains(Self.word) }
        let start = Instant.now
        tunnel.send(signal: SIGINT)
        #expect(try tunnel.finish().status == 130)
        #expect(start.duration(to: .now) < .seconds(5))
    }
}
