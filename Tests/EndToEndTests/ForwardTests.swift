import Glibc
import Posix
import TestSupport
import Testing

/// What is carried in the ssh connection: bytes through each kind of forward, and no Bastion session for any.
@Suite(.onThreadsOfItsOwn) struct ForwardTests {
    /// Gives back in upper case what it is sent, on 127.0.0.1 and on ::1.
    private final class Echo {
        private let servers: [RunningCommand]
        let port: UInt16
        let port6: UInt16

        private static let script = """
            import socket, sys
            s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
            s.bind((sys.argv[1], 0)); s.listen()
            print(s.getsockname()[1], flush=True)
            while True:
                c, _ = s.accept()
                c.sendall(c.recv(4096).upper()); c.close()
            """

        init() throws {
            servers = try ["127.0.0.1", "::1"].map {
                try RunningCommand(
                    "python3", ["-c", Self.script, $0], environment: TestEnvironment.minimal)
            }
            let ports = try servers.map { server in
                try server.wait { $0.contains("\n") }
                return try #require(UInt16(server.output.prefix { $0 != "\n" }))
            }
            (port, port6) = (ports[0], ports[1])
        }
    }

    /// Sends a text and reads what comes back; through a SOCKS 5 server where one is named.
    private func sent(_ text: String, to address: String, _ port: UInt16, socks: UInt16? = nil) throws
        -> String
    {
        let script = """
            import socket, struct, sys
            host, port, text, proxy = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
            if proxy:
                s = socket.create_connection(("127.0.0.1", int(proxy)), 10)
                s.sendall(b"\\5\\1\\0"); assert s.recv(2) == b"\\5\\0"
                name = host.encode()
                s.sendall(b"\\5\\1\\0\\3" + bytes([len(name)]) + name + struct.pack(">H", port))
                assert s.recv(10)[1] == 0
            else:
                s = socket.create_connection((host, port), 10)
            s.sendall(text.encode()); print(s.recv(4096).decode())
            """
        let result = try CommandResult.run(
            "python3", ["-c", script, address, String(port), text, socks.map(String.init) ?? ""],
            environment: TestEnvironment.minimal)
        return result.output + result.standardError
    }

    private func expect(
        _ reply: String, sending text: String, to address: String, _ port: UInt16, socks: UInt16? = nil
    ) throws {
        let received = try sent(text, to: address, port, socks: socks)
        #expect(received == reply + "\n")
    }

    /// Runs a session with the settings, and the body beside it.
    private func withSession(_ settings: String, _ body: (RunningCommand) throws -> Void) throws {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server)
        let auth = "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}"
        try cloud.writeProfiles(
            auth: auth,
            more: """
                  forwarding:
                    host: hub
                    target: {resourceId: \(EmulatedCloud.machine)}
                    auth: \(auth)
                    \(settings)

                """)
        let session = try cloud.start("forwarding", "--", "echo started; exec sleep 60")
        try session.wait { $0.contains("started") }
        try body(session)
        session.send(signal: SIGTERM)
        #expect(try session.finish().status == 143)
        #expect(cloud.count("session-opened") == 1 && cloud.count("session-deleted") == 1)
    }

    @Test func `ports with via ssh`() throws {
        let (echo, ours, ours6) = (try Echo(), try LoopbackPort.free(), try LoopbackPort.free())
        let first = "{local: \(ours), remote: \(echo.port), via: ssh}"
        let second = "{local: \(ours6), remote: \(echo.port), via: ssh, address: \"::1\"}"
        try withSession("ports: [\(first), \(second)]") { _ in
            try expect("THROUGH", sending: "through", to: "127.0.0.1", ours)
            try expect("ONCE MORE", sending: "once more", to: "::1", ours6)
        }
    }

    @Test(arguments: ["", "127.0.0.2:", "[::1]:", "localhost:"])
    func `local forwards`(_ address: String) throws {
        let (echo, ours) = (try Echo(), try LoopbackPort.free())
        let there = address == "[::1]:" ? "[::1]:\(echo.port6)" : "127.0.0.1:\(echo.port)"
        let host = address.isEmpty ? "127.0.0.1" : address.filter { !"[]".contains($0) }.dropLast()
        try withSession("ssh: {forwards: [\"\(address)\(ours):\(there)\"]}") { _ in
            try expect("THROUGH", sending: "through", to: String(host), ours)
        }
    }

    @Test(arguments: ["", "[::1]:"])
    func `remote forwards`(_ address: String) throws {
        let (echo, ours) = (try Echo(), try LoopbackPort.free())
        let host = address.isEmpty ? "127.0.0.1" : "::1"
        try withSession("ssh: {remoteForwards: [\"\(address)\(ours):127.0.0.1:\(echo.port)\"]}") { _ in
            try expect("BACK", sending: "back", to: host, ours)
        }
    }

    @Test func `a remote forward whose port the target chooses`() throws {
        let echo = try Echo()
        try withSession("ssh: {remoteForwards: [\"0:127.0.0.1:\(echo.port)\"]}") { session in
            let chosen = session.standardError.firstMatch(of: /Allocated port (\d+) for remote forward/)?.1
            let port = try #require(chosen.flatMap { UInt16($0) }, "\(session.standardError)")
            try expect("BACK", sending: "back", to: "127.0.0.1", port)
        }
    }

    @Test(arguments: ["", "127.0.0.1:"])
    func `a SOCKS server`(_ address: String) throws {
        let (echo, ours) = (try Echo(), try LoopbackPort.free())
        try withSession("ssh: {socks: \"\(address)\(ours)\"}") { _ in
            try expect("ANY", sending: "any", to: "127.0.0.1", echo.port, socks: ours)
            try expect("NAME", sending: "name", to: "localhost", echo.port, socks: ours)
        }
    }

    @Test func `a port that is taken is said by ssh, and the session goes on`() throws {
        let echo = try Echo()
        try withSession("ports: [{local: \(echo.port), remote: 9, via: ssh}]") { session in
            #expect(session.standardError.contains("Could not request local forwarding"))
        }
    }
}
