import Glibc
import Posix
import TestSupport
import Testing

/// The built programs, a real ssh and a real sshd, with the emulator in Azure's place.
@Suite(.onThreadsOfItsOwn) struct SessionTests {
    /// A cloud with a server behind it, and the profile to reach it by key.
    private func connected(faults: [String] = [], hostKeys: String = "sku: Standard, enableIpConnect: true")
        throws -> (EmulatedCloud, SSHServer)
    {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server, hostKeys: hostKeys, faults: faults)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}")
        return (cloud, server)
    }

    @Test(arguments: ["dev-linux", "by-address"])
    func `runs a remote command and exits with its status`(_ profile: String) throws {
        let (cloud, server) = try connected()
        let result = try cloud.run(profile, "--", "echo ok; exit 7")
        #expect(result.output == "ok\n")
        #expect(result.status == 7, "\(result.standardError)")
        #expect(cloud.count("session-opened") == 1)
        #expect(cloud.count("session-deleted") == 1)
        #expect(server.log.contains("Accepted publickey"))
    }

    @Test func `needs no Resource Manager when the host is cached`() throws {
        let (cloud, _) = try connected()
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
        let requests = cloud.log.split(separator: "\n").count { $0.contains("bastionHosts") }
        #expect(requests == 1)
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
        #expect(cloud.log.split(separator: "\n").count { $0.contains("bastionHosts") } == requests)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `deletes its session when a signal ends it`(_ signal: Int32) throws {
        let (cloud, _) = try connected()
        let session = try cloud.start("dev-linux", "--", "echo started; exec sleep 60")
        try session.wait { $0.contains("started") }
        session.send(signal: signal)
        let result = try session.finish(within: .seconds(15))
        #expect(result.status == 128 + signal, "\(result.standardError)")
        #expect(cloud.count("session-opened") == 1)
        #expect(cloud.count("session-deleted") == 1)
    }

    /// A service manager sends SIGTERM and SIGHUP, a terminal that closes SIGHUP twice.
    @Test(arguments: [[SIGTERM, SIGHUP], [SIGTERM, SIGTERM], [SIGHUP, SIGHUP, SIGTERM]])
    func `takes signals that come together for one`(_ signals: [Int32]) throws {
        let (cloud, _) = try connected(faults: ["{on: delete, delay: 400ms}"])
        let tunnel = try cloud.start("tunnel", "dev-linux", "--port", "0:22")
        try tunnel.wait { $0.contains("ready") }
        for signal in signals { tunnel.send(signal: signal) }
        // The kernel hands those that wait together on in the order of their numbers.
        #expect(signals.map { 128 + $0 }.contains(try tunnel.finish(within: .seconds(15)).status))
        #expect(cloud.count("session-opened") == 1)
        #expect(cloud.count("session-deleted") == 1)
    }

    @Test(arguments: [
        "{on: tokens, delay: 1s}", "{on: websocket, delay: 1s}", "{on: websocket, upgrade: silence}",
        "{on: websocket, stallAfter: 1}",
    ])
    func `deletes its session when it is interrupted while it opens`(_ fault: String) throws {
        let (cloud, _) = try connected(faults: [fault])
        let session = try cloud.start("-vv", "dev-linux", "--", "true")
        let mark = fault.contains("tokens") ? "bastionHosts" : "session-opened"
        try session.wait { _ in cloud.log.contains(mark) }
        session.send(signal: SIGINT)
        #expect(try session.finish(within: .seconds(15)).status == 130)
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test func `deletes what a killed run left behind`() throws {
        let (cloud, _) = try connected()
        let session = try cloud.start("dev-linux", "--", "echo started; exec sleep 60")
        try session.wait { $0.contains("started") }
        session.send(signal: SIGKILL)
        _ = try session.finish()
        #expect(cloud.count("session-deleted") == 0)
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
        #expect(cloud.count("session-opened") == 2)
        #expect(cloud.count("session-deleted") == 2)
        let left = try FolderListing.names(in: cloud.home.directories.state + "/ledger")
        #expect(left == [])
    }

    @Test(arguments: [
        ("{on: tokens, status: 403}", 77, "bastion.forbidden"),
        ("{on: tokens, status: 401}", 77, "bastion.unauthorized"),
        ("{on: tokens, status: 404}", 78, "bastion.not-found"),
        ("{on: tokens, status: 429, retryAfter: 90}", 75, "azure.throttled"),
        ("{on: websocket, status: 403}", 77, "tunnel.upgrade-refused"),
        ("{on: websocket, closeAfter: 1, code: 1011, reason: no more}", 255, "tunnel.closed-by-service"),
        ("{on: websocket, dropAfter: 100}", 255, "tunnel.dropped"),
        ("{on: sign-in, status: 401}", 77, "entra.refused"),
        ("{on: resource-manager, status: 403}", 77, "arm.forbidden"),
        ("{on: resource-manager, status: 404}", 78, "arm.host-not-found"),
    ])
    func `says what went wrong and leaves nothing behind`(_ fault: String, _ status: Int, _ code: String)
        throws
    {
        let (cloud, _) = try connected(faults: [fault])
        let result = try cloud.run("dev-linux", "--", "true")
        #expect(result.status == Int32(status), "\(result.standardError)")
        #expect(result.standardError.contains("[\(code)]"), "\(result.standardError)")
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test(arguments: [
        "{on: tokens, times: 1, status: 500}", "{on: tokens, times: 1, status: 429, retryAfter: 0}",
        "{on: tokens, times: 1, status: 401}", "{on: websocket, times: 1, status: 503}",
        "{on: websocket, times: 1, upgrade: page}", "{on: websocket, upgrade: missing-headers}",
        "{on: websocket, messages: fragmented}", "{on: websocket, messages: empty}",
        "{on: resource-manager, times: 1, status: 503, retryAfter: 0}",
    ])
    func `gets over what passes by itself`(_ fault: String) throws {
        let (cloud, _) = try connected(faults: [fault])
        let result = try cloud.run("dev-linux", "--", "echo there")
        #expect(result.output == "there\n", "\(result.standardError)")
        #expect(result.status == 0)
        #expect(cloud.count("session-opened") == cloud.count("session-deleted"))
    }

    @Test(arguments: [
        ("sku: Basic", "plan.host-sku"), ("sku: Standard, enableTunneling: false", "plan.native-client-off"),
    ])
    func `refuses a host that cannot serve`(_ keys: String, _ code: String) throws {
        let (cloud, _) = try connected(hostKeys: keys)
        let result = try cloud.run("dev-linux", "--", "true")
        #expect(result.status == 78)
        #expect(result.standardError.contains("[\(code)]"), "\(result.standardError)")
        #expect(cloud.count("session-opened") == 0)
    }

    @Test func `refuses a host key that changed`() throws {
        let (cloud, _) = try connected()
        #expect(try cloud.run("dev-linux", "--", "true").status == 0)
        let file = cloud.home.directories.state + "/known_hosts"
        let line = String(decoding: try FileReader.read(file, limit: 1 << 16).bytes, as: UTF8.self)
        let alias = line.split(separator: " ").first ?? ""
        let other = try SSHServer()
        try AtomicFile.write(Array(other.knownHostsLine(for: String(alias)).utf8), to: file)
        let result = try cloud.run("dev-linux", "--", "true")
        #expect(result.status == 255)
        #expect(result.standardError.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"))
    }

    @Test func `keeps secrets out of every command line and child environment`() throws {
        let (cloud, _) = try connected()
        let session = try cloud.start("-vv", "dev-linux", "--", "echo started; exec sleep 60")
        try session.wait { $0.contains("started") }
        var looked = 0
        for process in try FolderListing.names(in: "/proc") {
            guard let id = Int32(process) else { continue }
            let command = (try? FileReader.read("/proc/\(id)/cmdline", limit: 1 << 20).bytes) ?? []
            #expect(!String(decoding: command, as: UTF8.self).contains(EmulatedCloud.secret))
            guard command.starts(with: Array("/usr/bin/ssh\0".utf8)) else { continue }
            let variables = try FileReader.read("/proc/\(id)/environ", limit: 1 << 20).bytes
            #expect(!String(decoding: variables, as: UTF8.self).contains(EmulatedCloud.secret))
            looked += 1
        }
        #expect(looked > 0)
        session.send(signal: SIGTERM)
        let result = try session.finish()
        #expect(!result.standardError.contains(EmulatedCloud.secret))
        #expect(result.standardError.contains("/webtunnelv2/…"))
    }
}
