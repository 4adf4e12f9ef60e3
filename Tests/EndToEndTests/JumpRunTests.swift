import Glibc
import Posix
import TestSupport
import Testing

/// Targets behind one and two machines: a real ssh to a real sshd for each of them, one tunnel for all.
@Suite(.onThreadsOfItsOwn) struct JumpRunTests {
    private static func profile(
        _ name: String, at target: String, jump: String, _ server: SSHServer, more: String = ""
    ) -> String {
        """
          \(name):
            target: {\(target), port: \(server.port)}
            auth: {type: ssh-key, key: \(server.keyFile), username: \(server.user)}
            ssh: {jump: \(jump)\(more)}

        """
    }

    /// `inner` behind `dev-linux`, `deep` behind `inner`.
    private func chain(inner: String = "ip: 127.0.0.1", more: String = "") throws
        -> (cloud: EmulatedCloud, servers: [SSHServer])
    {
        let servers = [try SSHServer(), try SSHServer(), try SSHServer()]
        let cloud = try EmulatedCloud(servers[0])
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(servers[0].keyFile), username: \(servers[0].user)}",
            more: Self.profile("inner", at: inner, jump: "dev-linux", servers[1])
                + Self.profile("deep", at: "ip: 127.0.0.1", jump: "inner", servers[2], more: more))
        return (cloud, servers)
    }

    @Test(arguments: ["ip: 127.0.0.1", "vm: localhost"])
    func `a session behind a machine takes one tunnel`(_ target: String) throws {
        let (cloud, servers) = try chain(inner: target)
        let result = try cloud.run("inner", "--", "id -un; exit 5", input: [])
        #expect(result.output == "\(servers[1].user)\n", "\(result.standardError)")
        #expect(result.status == 5)
        #expect(cloud.count("session-opened") == 1 && cloud.count("session-deleted") == 1)
        #expect(servers[0].log.contains("Accepted publickey for \(servers[0].user)"))
        #expect(servers[1].log.contains("Accepted publickey for \(servers[1].user)"))
        #expect(!servers[0].log.contains("Starting session: "))
    }

    @Test func `each machine of a longer chain keeps its user, its key and its host key`() throws {
        let (cloud, servers) = try chain()
        for _ in 1...2 {
            let result = try cloud.run("deep", "--", "id -un")
            #expect(result.output == "\(servers[2].user)\n", "\(result.standardError)")
        }
        #expect(cloud.count("session-opened") == 2 && cloud.count("session-deleted") == 2)
        let file = try FileReader.read(cloud.home.directories.state + "/known_hosts", limit: 1 << 20).bytes
        let kept = String(decoding: file, as: UTF8.self).split(separator: "\n")
        #expect(kept.count == 3)
        for server in servers { #expect(kept.count { $0.hasSuffix(" " + server.hostKey) } == 1) }
    }

    @Test func `the proxy to a target behind machines carries ssh`() throws {
        let (cloud, servers) = try chain()
        let proxy = "ProxyCommand=\(BuiltProgram.path("bastion-up")) proxy deep"
        let options = [
            "-F", "/dev/null", "-i", servers[2].keyFile, "-o", "IdentitiesOnly=yes", "-o",
            "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        ]
        let result = try CommandResult.run(
            "ssh", options + ["-o", proxy, "\(servers[2].user)@deep", "cat; exit 3"],
            environment: cloud.environment, input: Array("through\n".utf8))
        #expect(result.output == "through\n", "\(result.standardError)")
        #expect(result.status == 3)
        #expect(cloud.count("session-opened") == 1)
        // ssh does not wait for its proxy command.
        try eventually("the session is not deleted") { cloud.count("session-deleted") == 1 }
    }

    @Test func `the forwards of a target behind machines work`() throws {
        let port = try LoopbackPort.free()
        let (cloud, servers) = try chain(more: ", forwards: [\"\(port):127.0.0.1:9\"]")
        _ = servers
        let session = try cloud.start("deep", "--", "echo started; exec sleep 60")
        try session.wait { $0.contains("started") }
        let greeting = try CommandResult.run(
            "bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port) && echo connected"],
            environment: cloud.environment)
        #expect(greeting.output == "connected\n", "\(greeting.standardError)")
        session.send(signal: SIGTERM)
        #expect(try session.finish().status == 143)
    }

    @Test func `a machine on the way that shows another key is refused`() throws {
        let (cloud, servers) = try chain()
        #expect(try cloud.run("inner", "--", "true").status == 0)
        #expect(servers[1].count("Accepted publickey") == 1)
        try servers[1].changeHostKey()
        let result = try cloud.run("inner", "--", "true")
        #expect(result.status == 255)
        #expect(result.standardError.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"))
        #expect(servers[1].count("Accepted publickey") == 1)
    }

    @Test func `files are copied to and from a target behind machines`() throws {
        let (cloud, servers) = try chain()
        let sent = try cloud.home.write("some bytes\n", to: "sent file")
        let there = "/tmp/bastion-up-\(servers[2].user)"
        let up = try cloud.run("cp", sent, "deep:\(there)")
        #expect(up.status == 0, "\(up.standardError)")
        let down = try cloud.run("cp", "deep:\(there)", cloud.home.path("back"))
        #expect(down.status == 0, "\(down.standardError)")
        #expect(try FileReader.read(cloud.home.path("back"), limit: 100).bytes == Array("some bytes\n".utf8))
        unlink(there)
    }

    @Test func `every process of a chain ends with its session`() throws {
        let (cloud, servers) = try chain()
        let session = try cloud.start("deep", "--", "echo started; exec sleep 60")
        try session.wait { $0.contains("started") }
        let mark = cloud.home.path
        func processes() throws -> Int {
            try FolderListing.names(in: "/proc").compactMap(Int32.init).count { id in
                let bytes = (try? FileReader.read("/proc/\(id)/environ", limit: 1 << 20).bytes) ?? []
                let command = (try? FileReader.read("/proc/\(id)/cmdline", limit: 1 << 20).bytes) ?? []
                return String(decoding: bytes, as: UTF8.self).contains(mark)
                    && String(decoding: command, as: UTF8.self).contains("ssh\0")
            }
        }
        #expect(try processes() == 3)
        session.send(signal: SIGKILL)
        _ = try session.finish()
        try eventually("an ssh is left") { try processes() == 0 }
        _ = servers
    }

    @Test func `tunnels to what lies behind a machine are refused with a way out`() throws {
        let (cloud, _) = try chain()
        let result = try cloud.run("tunnel", "inner", "--port", "0:80")
        #expect(result.status == 78)
        #expect(result.standardError.contains("[plan.jump-tunnel]"), "\(result.standardError)")
        #expect(result.standardError.contains("ssh.forwards"))
        #expect(cloud.count("session-opened") == 0)
    }
}
