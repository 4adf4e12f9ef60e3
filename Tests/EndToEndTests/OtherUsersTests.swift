import Glibc
import Posix
import TestSupport
import Testing

/// Who may use a tunnel: a tunnel of one real user, tried by that user, by another one and by root.
///
/// Skipped, and reported as such, where the tests do not run as root.
@Suite(.onThreadsOfItsOwn, .enabled(if: TestEnvironment.isRoot, "needs root, to be other users"))
struct OtherUsersTests {
    /// A program of one user, with listeners, and somebody who is not that user.
    private final class Stage {
        let cloud: EmulatedCloud
        let owner: ThrowAwayUser
        let stranger: ThrowAwayUser
        private(set) var program: RunningCommand

        init(_ words: String...) throws {
            let server = try SSHServer()
            cloud = try EmulatedCloud(server)
            let key = try FileReader.read(server.keyFile, limit: 1 << 16).bytes
            let file = try cloud.home.write(String(decoding: key, as: UTF8.self), to: "key")
            try cloud.writeProfiles(auth: "{type: ssh-key, key: \(file), username: \(server.user)}")
            owner = try ThrowAwayUser()
            stranger = try ThrowAwayUser()
            program = try cloud.start(as: owner, ["-v"] + words)
        }

        deinit {
            program.send(signal: SIGKILL)
            _ = try? program.finish()
            owner.remove()
            stranger.remove()
        }

        /// The port of the one listener, once it is there.
        func port() throws -> String {
            try program.wait { $0.contains("ready") }
            return String(try #require(program.output.firstMatch(of: /:(\d+) ->/)?.1))
        }

        /// Runs a script of Python's in which `connection` is one to the address, as this user; nil is root.
        /// - Returns: what it prints.
        func ask(_ address: String, as user: ThrowAwayUser?, _ script: String) throws -> String {
            let opening = """
                import socket
                address = \(address)
                family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ':' in address[0] else socket.AF_INET
                connection = socket.socket(family)
                connection.settimeout(20)
                connection.connect(address)
                def rest():
                    try:
                        return b''.join(iter(lambda: connection.recv(4096), b'')).decode()
                    except ConnectionResetError:
                        return 'reset'

                """
            let account = user.map { ["--reuid", $0.name, "--regid", $0.name, "--clear-groups"] } ?? []
            let words = account + ["/usr/bin/python3", "-c", opening + script]
            let result = try CommandResult.run("setpriv", words, environment: TestEnvironment.minimal)
            #expect(result.status == 0, "\(result.standardError)")
            return result.output
        }

        /// Waits for the line that says who was refused.
        func waitForRefusal(from source: String, by who: String) throws {
            try program.wait {
                $0.split(separator: "\n").contains { line in
                    line.contains("[tunnel.foreign-peer]") && line.contains(" from \(source)")
                        && line.contains(" by \(who) ")
                }
            }
        }
    }

    private static let greeting = "print(connection.recv(7).decode())"
    private static let silence = "print(rest())"

    @Test(arguments: [("127.0.0.1", "127.0.0.1:0:22"), ("::1", "[::1]:0:22")])
    func `serves its own user, refuses another and root, and says who it was`(
        _ host: String, _ mapping: String
    ) throws {
        let stage = try Stage("tunnel", "dev-linux", "--port", mapping)
        let address = "('\(host)', \(try stage.port()))"
        #expect(try stage.ask(address, as: stage.owner, Self.greeting) == "SSH-2.0\n")
        #expect(try stage.ask(address, as: stage.stranger, Self.silence) == "\n")
        #expect(try stage.ask(address, as: nil, Self.silence) == "\n")
        let source = host.contains(":") ? "[\(host)]:" : "\(host):"
        try stage.waitForRefusal(from: source, by: "user \(stage.stranger.userID)")
        try stage.waitForRefusal(from: source, by: "user 0")
        #expect(stage.cloud.count("websocket-opened") == 1, "of the others none came to the bastion")
    }

    @Test func `serves a client that writes and ends its sending side at once`() throws {
        let stage = try Stage("tunnel", "dev-linux", "--port", "0:22")
        let address = "('127.0.0.1', \(try stage.port()))"
        let script = """
            connection.sendall(b'SSH-2.0-test\\r\\n')
            connection.shutdown(socket.SHUT_WR)
            print(connection.recv(7).decode())
            """
        #expect(try stage.ask(address, as: stage.owner, script) == "SSH-2.0\n")
        #expect(!stage.program.standardError.contains("[tunnel.foreign-peer]"))
    }

    @Test func `does not let another user in who writes and closes at once`() throws {
        let stage = try Stage("tunnel", "dev-linux", "--port", "0:22")
        let address = "('127.0.0.1', \(try stage.port()))"
        for _ in 1...20 {
            let script = "connection.sendall(b'SSH-2.0-test\\r\\n'); connection.close(); print('done')"
            #expect(try stage.ask(address, as: stage.stranger, script) == "done\n")
        }
        try stage.program.wait { $0.split(separator: "\n").count { $0.contains("foreign-peer") } == 20 }
        #expect(stage.cloud.count("websocket-opened") == 1, "the one that was opened before anybody came")
    }

    @Test func `refuses root on the private socket of a session`() throws {
        let stage = try Stage("dev-linux", "--", "echo started; exec sleep 60")
        try stage.program.wait { $0.contains("started") }
        let runtime = stage.cloud.home.path("run/bastion-up")
        let session = try #require(try FolderListing.names(in: runtime).first { $0.hasPrefix("s-") })
        let names = try FolderListing.names(in: "\(runtime)/\(session)")
        let socket = try #require(names.first { $0.contains("tunnel") }, "\(names)")
        #expect(try stage.ask("'\(runtime)/\(session)/\(socket)'", as: nil, Self.silence) == "\n")
        try stage.waitForRefusal(from: "", by: "user 0")
        #expect(stage.cloud.count("websocket-opened") == 1)
    }

    @Test func `serves everybody where the user opened the listener to the network`() throws {
        let stage = try Stage("tunnel", "dev-linux", "--port", "0.0.0.0:0:22")
        let address = "('127.0.0.1', \(try stage.port()))"
        #expect(try stage.ask(address, as: stage.stranger, Self.greeting) == "SSH-2.0\n")
        #expect(try stage.ask(address, as: nil, Self.greeting) == "SSH-2.0\n")
        #expect(!stage.program.standardError.contains("[tunnel.foreign-peer]"))
    }
}
