import Glibc
import Posix
import TestSupport
import Testing

/// `tunnel` and `proxy` of the built program.
@Suite(.onThreadsOfItsOwn) struct TunnelTests {
    private func connected() throws -> (EmulatedCloud, SSHServer) {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}",
            more: "    ports: [\"0:22\", \"[::1]:0:22\"]")
        return (cloud, server)
    }

    private func sshOptions(_ server: SSHServer) -> [String] {
        [
            "-F", "/dev/null", "-i", server.keyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o",
            "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        ]
    }

    @Test func `prints the ports it chose and serves each connection with a session of its own`() throws {
        let (cloud, server) = try connected()
        let tunnel = try cloud.start("tunnel", "dev-linux", "--port", "0:22")
        try tunnel.wait { $0.contains("ready") }
        let line = try #require(tunnel.output.split(separator: "\n").first)
        let port = try #require(line.wholeMatch(of: /127\.0\.0\.1:(\d+) -> 22/)?.1)
        for round in 1...3 {
            let words =
                sshOptions(server) + ["-p", String(port), "\(server.user)@127.0.0.1", "echo \(round)"]
            let result = try CommandResult.run("ssh", words, environment: cloud.environment)
            #expect(result.output == "\(round)\n", "\(result.standardError) \(tunnel.standardError)")
        }
        tunnel.send(signal: SIGINT)
        #expect(try tunnel.finish().status == 130)
        #expect(cloud.count("session-opened") == 3)
        #expect(cloud.count("session-deleted") == 3)
    }

    @Test func `takes the profile's ports, on both loopback addresses`() throws {
        let (cloud, _) = try connected()
        let tunnel = try cloud.start("tunnel", "by-address")
        try tunnel.wait { $0.contains("ready") }
        let lines = tunnel.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.contains { $0.hasPrefix("127.0.0.1:") } && lines.contains { $0.hasPrefix("[::1]:") })
        tunnel.send(signal: SIGTERM)
        #expect(try tunnel.finish().status == 143)
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test func `says that a port is taken`() throws {
        let (cloud, _) = try connected()
        let first = try cloud.start("tunnel", "dev-linux", "--port", "0:22")
        try first.wait { $0.contains("ready") }
        let port = try #require(first.output.firstMatch(of: /:(\d+) ->/)?.1)
        let second = try cloud.run("tunnel", "dev-linux", "--port", "\(port):22")
        #expect(second.status == 71)
        #expect(second.standardError.contains("[listener.port-taken]"))
        first.send(signal: SIGTERM)
        #expect(try first.finish().status == 143)
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "needs a second user"))
    func `refuses another user`() throws {
        let (cloud, server) = try connected()
        let tunnel = try cloud.start("tunnel", "dev-linux", "--port", "0:22")
        try tunnel.wait { $0.contains("ready") }
        let port = try #require(tunnel.output.firstMatch(of: /:(\d+) ->/)?.1)
        let words = ["-u", server.user, "--", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); cat <&3"]
        let result = try CommandResult.run("runuser", words, environment: cloud.environment)
        #expect(result.output == "")
        try tunnel.wait { $0.contains("[tunnel.foreign-peer]") }
        tunnel.send(signal: SIGTERM)
        #expect(try tunnel.finish().status == 143)
        #expect(cloud.count("websocket-opened") == 1)
    }

    @Test func `proxy carries rsync both ways, four at once`() throws {
        let (cloud, server) = try connected()
        let size = 4 << 20
        var names: [String] = []
        var commands: [RunningCommand] = []
        let shell =
            (["ssh"] + sshOptions(server)).joined(separator: " ")
            + " -o 'ProxyCommand=\(BuiltProgram.path("bastion-up")) proxy dev-linux'"
        for number in 1...4 {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* (number + 7) ^ $0 >> 9) }
            let name = cloud.home.path("sent-\(number)")
            try AtomicFile.write(bytes, to: name)
            names.append(name)
            let there = "\(server.user)@dev-linux:/tmp/bastion-up-\(cloud.home.path.hashValue)-\(number)"
            let script = """
                rsync -e "$SHELL_COMMAND" "$1" "$2" && rsync --remove-source-files -e "$SHELL_COMMAND" "$2" "$1.back"
                """
            commands.append(
                try RunningCommand(
                    "bash", ["-c", script, "bash", name, there],
                    environment: cloud.environment.merging(["SHELL_COMMAND": shell]) { $1 }))
        }
        for (command, name) in zip(commands, names) {
            let result = try command.finish(within: .seconds(60))
            #expect(result.status == 0, "\(result.standardError)")
            let sent = try FileReader.read(name, limit: size).bytes
            #expect(try FileReader.read(name + ".back", limit: size).bytes == sent)
        }
        #expect(cloud.count("session-opened") == 8)
        #expect(cloud.count("session-deleted") == 8)
    }
}
