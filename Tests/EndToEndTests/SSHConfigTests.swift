import Glibc
import Posix
import TestSupport
import Testing

/// The generated configuration with the programs that people use, through the emulator to a real sshd.
@Suite(.onThreadsOfItsOwn) struct SSHConfigTests {
    /// A cloud, a server behind it, and the configuration for ssh in a file.
    private final class Stage {
        let cloud: EmulatedCloud
        let server: SSHServer
        let file: String

        init(auth: String? = nil, more: String = "") throws {
            server = try SSHServer()
            cloud = try EmulatedCloud(server)
            let key = "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}"
            try cloud.writeProfiles(auth: auth ?? key, more: more)
            let printed = try cloud.run("ssh-config")
            #expect(printed.status == 0, "\(printed.standardError)")
            file = try cloud.home.write(printed.output + "\nHost *\n    LogLevel ERROR\n", to: "ssh.conf")
        }

        /// Runs a program of ours or theirs as a user does, but for `-F`.
        func run(
            _ program: String, _ words: String..., adding more: [String: String] = [:], input: [UInt8] = []
        ) throws -> CommandResult {
            try CommandResult.run(
                program, words, environment: cloud.environment.merging(more) { $1 }, input: input,
                workingFolder: cloud.home.path)
        }

        /// A folder on the machine that goes with the home.
        func there(_ name: String) throws -> String {
            let folder = try cloud.home.makeFolder("there")
            #expect(chmod(cloud.home.path, 0o711) == 0 && chmod(folder, 0o777) == 0)
            return "\(folder)/\(name)"
        }

        func text(_ path: String) throws -> String {
            String(decoding: try FileReader.read(path, limit: 1 << 20).bytes, as: UTF8.self)
        }

        /// Sessions are deleted when the last byte is through, which ssh does not wait for.
        func expectNothingLeft(of sessions: Int) throws {
            try eventually("every session is deleted") { cloud.count("session-deleted") >= sessions }
            #expect(cloud.count("session-opened") == sessions)
            #expect(cloud.count("session-deleted") == sessions)
        }
    }

    @Test(arguments: ["dev-linux", "by-address"])
    func `ssh reaches a profile by its name`(_ name: String) throws {
        let stage = try Stage()
        let result = try stage.run("ssh", "-F", stage.file, name, "whoami; exit 7")
        #expect(result.output == "\(stage.server.user)\n", "\(result.standardError)")
        #expect(result.status == 7)
        try stage.expectNothingLeft(of: 1)
    }

    @Test(arguments: ["-s", "-O"])
    func `scp copies both ways by either protocol`(_ protocolFlag: String) throws {
        let stage = try Stage()
        // By the old protocol, names are read by the shell there.
        let remote = try stage.there(protocolFlag == "-O" ? "é" : "a name with é")
        try stage.cloud.home.write("sent\n", to: "here file")
        let sent = try stage.run(
            "scp", protocolFlag, "-q", "-F", stage.file, "here file", "dev-linux:\(remote)")
        #expect(sent.status == 0, "\(sent.standardError)")
        let back = try stage.run("scp", protocolFlag, "-q", "-F", stage.file, "dev-linux:\(remote)", "back")
        #expect(back.status == 0, "\(back.standardError)")
        #expect(try stage.text(stage.cloud.home.path("back")) == "sent\n")
        try stage.expectNothingLeft(of: 2)
    }

    @Test func `sftp puts and gets`() throws {
        let stage = try Stage()
        let there = try stage.there("sent")
        try stage.cloud.home.write("sent\n", to: "here")
        let result = try stage.run(
            "sftp", "-q", "-b", "-", "-F", stage.file, "dev-linux",
            input: Array("put here \(there)\nget \(there) back\n".utf8))
        #expect(result.status == 0, "\(result.standardError)")
        #expect(try stage.text(stage.cloud.home.path("back")) == "sent\n")
        try stage.expectNothingLeft(of: 1)
    }

    @Test func `rsync copies a folder there and back`() throws {
        let stage = try Stage()
        let there = try stage.there("copy")
        try stage.cloud.home.write("one\n", to: "tree/a/one")
        let shell = "ssh -F \(stage.file)"
        for words in [["tree/", "by-address:\(there)"], ["by-address:\(there)/", "back"]] {
            let result = try stage.run("rsync", "-a", "-e", shell, words[0], words[1])
            #expect(result.status == 0, "\(result.standardError)")
        }
        #expect(try stage.text(stage.cloud.home.path("back/a/one")) == "one\n")
        try stage.expectNothingLeft(of: 2)
    }

    @Test func `git clones and pushes`() throws {
        let stage = try Stage()
        let there = try stage.there("repository.git")
        let names = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"]
        var environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "me") })
        environment["GIT_SSH_COMMAND"] = "ssh -F \(stage.file)"
        environment["GIT_CONFIG_NOSYSTEM"] = "1"
        let script = """
            set -e
            ssh -F "$1" dev-linux git init -q --bare "$2"
            git clone -q "dev-linux:$2" work 2>/dev/null
            cd work
            echo text > file
            git add file
            git commit -q -m first
            git push -q origin HEAD:main
            git ls-remote "ssh://dev-linux$2" main
            """
        let result = try stage.run("bash", "-c", script, "bash", stage.file, there, adding: environment)
        #expect(result.status == 0, "\(result.standardError)")
        #expect(result.output.hasSuffix("refs/heads/main\n"))
        try stage.expectNothingLeft(of: 4)
    }

    @Test func `a shared connection opens one tunnel`() throws {
        let stage = try Stage()
        let shared = [
            "-o", "ControlMaster=auto", "-o", "ControlPath=\(stage.cloud.home.path("run/cm-%C"))", "-o",
            "ControlPersist=60",
        ]
        func ssh(_ words: String...) throws -> CommandResult {
            try CommandResult.run(
                "ssh", ["-F", stage.file] + shared + words, environment: stage.cloud.environment)
        }
        for number in 1...3 { #expect(try ssh("dev-linux", "echo \(number)").output == "\(number)\n") }
        #expect(stage.cloud.count("session-opened") == 1)
        #expect(try ssh("-O", "exit", "dev-linux").status == 0)
        try stage.expectNothingLeft(of: 1)
    }

    /// As VS Code's Remote-SSH does: a script on standard input of a shell, and a SOCKS port beside.
    @Test func `a script on standard input runs beside a SOCKS port`() throws {
        let stage = try Stage()
        let port = try LoopbackPort.free()
        let session = try RunningCommand(
            "ssh", ["-F", stage.file, "-T", "-D", "\(port)", "dev-linux", "bash"],
            environment: stage.cloud.environment, input: nil)
        try session.write("echo listening on $(uname); read -r line\n")
        try session.wait { $0.contains("listening on Linux\n") }
        // SOCKS 5 by hand: no method, then CONNECT to the server's own port; its greeting comes back.
        let (high, low) = (
            String(stage.server.port >> 8, radix: 16), String(stage.server.port & 0xFF, radix: 16)
        )
        let script = """
            exec 3<>/dev/tcp/127.0.0.1/\(port)
            printf '\\x05\\x01\\x00' >&3; head -c 2 <&3 >/dev/null
            printf '\\x05\\x01\\x00\\x01\\x7f\\x00\\x00\\x01\\x\(high)\\x\(low)' >&3; head -c 10 <&3 >/dev/null
            head -c 8 <&3
            """
        #expect(try stage.run("bash", "-c", script).output == "SSH-2.0-")
        try session.write("done\nexit 5\n")
        session.closeInput()
        #expect(try session.finish().status == 5)
        try stage.expectNothingLeft(of: 1)
    }

    @Test func `what lies behind a jump is reached through the block before`() throws {
        let stage = try Stage()
        let more = """
              inner:
                host: hub
                target: {ip: 127.0.0.1, port: \(stage.server.port)}
                auth: {type: ssh-key, key: \(stage.server.keyFile), username: \(stage.server.user)}
                ssh: {jump: dev-linux, hostKeys: ["\(stage.server.hostKey)"]}
            """
        let auth = "{type: ssh-key, key: \(stage.server.keyFile), username: \(stage.server.user)}"
        try stage.cloud.writeProfiles(auth: auth, more: more)
        let printed = try stage.cloud.run("ssh-config", "inner")
        let file = try stage.cloud.home.write(printed.output, to: "jump.conf")
        let result = try stage.run("ssh", "-F", file, "inner", "echo behind")
        #expect(result.output == "behind\n", "\(result.standardError)")
        try stage.expectNothingLeft(of: 1)
    }

    @Test func `keys that the profile names are the only ones that are accepted`() throws {
        let other = try SSHServer()
        let stage = try Stage(more: "    ssh: {hostKeys: [\"\(other.hostKey)\"]}")
        let result = try stage.run("ssh", "-F", stage.file, "by-address", "true")
        #expect(result.status == 255)
        #expect(result.standardError.contains("Host key verification failed"), "\(result.standardError)")
        #expect(!stage.server.log.contains("Accepted"))
    }
}
