import Glibc
import Posix
import TestSupport
import Testing

/// Files by the real scp, sftp and rsync, to and from a real sshd, with the emulator in Azure's place.
@Suite(.onThreadsOfItsOwn) struct FileTransferTests {
    /// A cloud, a folder here and one on the target's side, which is on this machine too.
    private final class Scene {
        let cloud: EmulatedCloud
        let here: String
        let there: String

        init(faults: [String] = [], more: String = "") throws {
            let server = try SSHServer()
            cloud = try EmulatedCloud(server, faults: faults)
            let auth = "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}"
            try cloud.writeProfiles(auth: auth, more: more)
            here = try TemporaryFolder.make("bu-here-")
            there = try TemporaryFolder.make("bu-there ")
            // The user that logs in is another one than the one who tests.
            chmod(there, 0o777)
        }

        deinit {
            TemporaryFolder.remove(here)
            TemporaryFolder.remove(there)
        }

        func run(_ words: [String]) throws -> CommandResult {
            try CommandResult.run(
                BuiltProgram.path("bastion-up"), words, environment: cloud.environment, workingFolder: here)
        }

        func write(_ bytes: [UInt8], _ name: String) throws {
            let file = try FileDescriptor.open(FilePath.join(here, name), O_WRONLY | O_CREAT, mode: 0o644)
            defer { file.close() }
            try file.writeAll(bytes)
        }

        func read(_ path: String) throws -> [UInt8] { try FileReader.read(path, limit: 1 << 26).bytes }
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    static let oddNames = [
        "plain", "with space", " leading", "trailing ", "ünïcödé ☃ 日本", "quote'single", "quote\"double",
        "back\\slash", "dollar$HOME`id`", "semi;colon&amp|", "star*", "[brackets]", "question?", "-dash",
        "--double", "colon:inside", ":colon", "~tilde", "#hash", "percent%d%%", "new\nline", "tab\there",
        "{brace}", "(paren)", "!bang", "=equals", String(repeating: "n", count: 255),
    ]

    @Test(arguments: [[], ["--rsync"]])
    func `a folder with every kind of name comes back as it was`(_ tool: [String]) throws {
        let scene = try Scene()
        for folder in ["d", "d/sub folder", "d/empty folder"] { mkdir("\(scene.here)/\(folder)", 0o755) }
        var contents: [String: [UInt8]] = ["empty": [], "sub folder/large": Self.noise(3 << 20)]
        for name in Self.oddNames { contents[name] = Array("contents of \(name)".utf8) }
        for (name, bytes) in contents { try scene.write(bytes, "d/\(name)") }
        let up = try scene.run(["cp", "-r"] + tool + ["d", "dev-linux:\(scene.there)"])
        #expect(up.status == 0, "\(up.standardError)")
        let down = try scene.run(["cp", "-r"] + tool + ["dev-linux:\(scene.there)/d", "back"])
        #expect(down.status == 0, "\(down.standardError)")
        // rsync puts the folder into the one that is named, as it does where that is there already.
        let back = scene.here + (tool.isEmpty ? "/back" : "/back/d")
        for (name, bytes) in contents { #expect(try scene.read("\(back)/\(name)") == bytes, "\(name)") }
        let names = try FolderListing.names(in: back)
        #expect(Set(names) == Set(Self.oddNames + ["empty", "sub folder", "empty folder"]))
        #expect(scene.cloud.count("session-opened") == 2)
        #expect(scene.cloud.count("session-deleted") == 2)
    }

    @Test(arguments: [[], ["--rsync"]])
    func `single files of any name go both ways`(_ tool: [String]) throws {
        let scene = try Scene()
        let names = ["a b's \"c\"$d", "-dash", "./co:lon", "ü*[1]"]
        for name in names { try scene.write(Array(name.utf8), name) }
        let folder = scene.there + "/into this"
        mkdir(folder, 0o755)
        chmod(folder, 0o777)
        let up = try scene.run(["cp"] + tool + ["--"] + names + ["dev-linux:\(folder)/"])
        #expect(up.status == 0, "\(up.standardError)")
        let plain = names.map { $0.hasPrefix("./") ? String($0.dropFirst(2)) : $0 }
        #expect(Set(try FolderListing.names(in: folder)) == Set(plain))
        mkdir("\(scene.here)/down", 0o755)
        // What is a pattern on the target is written with backslashes, as with scp itself.
        let paths = ["a b's \"c\"$d", "-dash", "co:lon", #"ü\*\[1\]"#].map { "dev-linux:\(folder)/\($0)" }
        let down = try scene.run(["cp"] + tool + paths + ["down"])
        #expect(down.status == 0, "\(down.standardError)")
        for name in plain {
            let original = names.first { $0.hasSuffix(name) } ?? ""
            #expect(try scene.read("\(scene.here)/down/\(name)") == Array(original.utf8))
        }
    }

    @Test(arguments: [[], ["--rsync"]])
    func `patterns are the target's`(_ tool: [String]) throws {
        let scene = try Scene()
        for name in ["a 1.log", "b.log", "c.txt"] {
            try AtomicFile.write([1], to: "\(scene.there)/\(name)")
            chmod("\(scene.there)/\(name)", 0o644)
        }
        mkdir("\(scene.here)/logs", 0o755)
        let result = try scene.run(["cp"] + tool + ["dev-linux:\(scene.there)/*.log", "logs/"])
        #expect(result.status == 0, "\(result.standardError)")
        #expect(Set(try FolderListing.names(in: "\(scene.here)/logs")) == ["a 1.log", "b.log"])
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "the target's home folder is a throw-away user's"))
    func `the home folder is where a path begins`() throws {
        let scene = try Scene()
        try scene.write([7], "file")
        for (tool, path) in [([], "~/one"), ([], "two"), (["--rsync"], "~/three"), (["--rsync"], "four")] {
            let result = try scene.run(["cp"] + tool + ["file", "dev-linux:\(path)"])
            #expect(result.status == 0, "\(result.standardError)")
        }
        let listing = try scene.run(["dev-linux", "--", "cat one two three four | od -An -tx1"])
        #expect(listing.output.split(separator: " ").joined() == "07070707\n")
    }

    @Test(arguments: [
        (["cp", "dev-linux:/nonexistent/x", "."], 1, "No such file"),
        (["cp", "nonexistent", "dev-linux:"], 65, "copy.no-such-file"),
        (["cp", "--rsync", "dev-linux:/nonexistent/x", "."], 23, "No such file"),
        (["cp", "file", "nobody:x"], 66, "is written ./nobody:"),
        (["cp", "dev-linux:a", "by-address:b"], 64, "usage.copy-sides"),
        (["sftp", "dev-linux", "--", "-b", "bad-batch"], 1, "nonexistent"),
    ])
    func `the status is the client's own`(_ words: [String], _ status: Int, _ said: String) throws {
        let scene = try Scene()
        try scene.write(Array("get nonexistent\n".utf8), "bad-batch")
        try scene.write([1], "file")
        let result = try scene.run(words)
        #expect(result.status == Int32(status), "\(result.standardError)")
        #expect(result.standardError.contains(said), "\(result.standardError)")
        #expect(scene.cloud.count("session-opened") == scene.cloud.count("session-deleted"))
    }

    @Test func `sftp runs a batch, at the path that is given`() throws {
        let scene = try Scene()
        try scene.write([1, 2, 3], "file")
        try scene.write(Array("put file\nput file \"a b\"\nls -1\n".utf8), "batch")
        let result = try scene.run(["sftp", "dev-linux:\(scene.there)/", "--", "-b", "batch"])
        #expect(result.status == 0, "\(result.standardError)")
        #expect(try scene.read("\(scene.there)/a b") == [1, 2, 3])
        #expect(result.output.contains("a b"))
    }

    @Test(.enabled(if: TestEnvironment.isRoot, "sshd checks passwords only as root"))
    func `each ssh that scp starts is answered, and a batch too`() throws {
        let scene = try Scene()
        let server = scene.cloud.server
        try scene.cloud.writeProfiles(auth: "{type: password, username: \(server.user)}")
        let keyring = try KeyringSession("unlocked", in: scene.cloud.home)
        let environment = scene.cloud.environment.merging(["DBUS_SESSION_BUS_ADDRESS": keyring.address]) {
            $1
        }
        func run(_ words: [String], input: String = "") throws -> CommandResult {
            try CommandResult.run(
                BuiltProgram.path("bastion-up"), words, environment: environment, input: Array(input.utf8),
                workingFolder: scene.here)
        }
        #expect(try run(["secret", "set", "dev-linux"], input: server.password ?? "").status == 0)
        try scene.write([1], "a")
        try scene.write([2], "b")
        #expect(try run(["cp", "a", "b", "dev-linux:\(scene.there)/"]).status == 0)
        mkdir("\(scene.here)/back", 0o755)
        let paths = ["a", "b"].map { "dev-linux:\(scene.there)/\($0)" }
        for tool in [[], ["--rsync"]] {
            let result = try run(["cp"] + tool + paths + ["back"])
            #expect(result.status == 0, "\(result.standardError)")
        }
        #expect(try scene.read("\(scene.here)/back/b") == [2])
        try scene.write(Array("pwd\n".utf8), "batch")
        #expect(try run(["sftp", "dev-linux", "--", "-b", "batch"]).status == 0)
    }

    @Test(arguments: [true, false])
    func `rsync goes on where it was cut off`(_ isUpload: Bool) throws {
        let size = 16 << 20
        let direction = isUpload ? "up" : "down"
        let scene = try Scene(
            faults: ["{on: websocket, times: 1, dropAfter: \(size * 3 / 4), direction: \(direction)}"])
        let bytes = Self.noise(size)
        let theirs = "\(scene.there)/large"
        if isUpload {
            try scene.write(bytes, "large")
        } else {
            try AtomicFile.write(bytes, to: theirs)
            chmod(theirs, 0o644)
        }
        let sides = isUpload ? ["large", "dev-linux:\(theirs)"] : ["dev-linux:\(theirs)", "large"]
        let words = ["cp", "--rsync"] + sides
        let first = try scene.run(words)
        #expect([10, 12, 255].contains(first.status), "\(first.standardError)")
        #expect(first.standardError.contains("[tunnel.dropped]"), "\(first.standardError)")
        // The target's rsync notices a little later, and keeps what it had under the file's name.
        try eventually("what came through is kept") { (try? scene.read(theirs)) != nil }
        let second = try scene.run(words)
        #expect(second.status == 0, "\(second.standardError)")
        #expect(try scene.read(isUpload ? theirs : "\(scene.here)/large") == bytes)
        let carried = try #require(Self.bytes(isUpload ? "bytesUp" : "bytesDown", in: scene.cloud.log).last)
        #expect(carried < size * 3 / 4, "\(carried) of \(size) bytes were sent again")
    }

    @Test func `rsync is launched again by itself where the profile asks for it`() throws {
        let scene = try Scene(
            faults: ["{on: websocket, times: 1, dropAfter: 1000000, direction: up}"],
            more: """
                  resuming: {extends: dev-linux, reconnect: {attempts: 2, maxDelay: 1s}}
                """)
        let bytes = Self.noise(2 << 20)
        try scene.write(bytes, "large")
        let result = try scene.run(["cp", "--rsync", "large", "resuming:\(scene.there)/"])
        #expect(result.status == 0, "\(result.standardError)")
        #expect(result.standardError.contains("(1 of 2)"), "\(result.standardError)")
        #expect(!result.standardError.contains("[tunnel.dropped]"))
        #expect(try scene.read("\(scene.there)/large") == bytes)
        #expect(scene.cloud.count("session-opened") == 2)
        #expect(scene.cloud.count("session-deleted") == 2)
    }

    /// The values of a member of the log's `session-deleted` lines.
    private static func bytes(_ name: String, in log: String) -> [Int] {
        log.split(separator: "\n").filter { $0.contains("\"event\":\"session-deleted\"") }.compactMap {
            line in
            line.split(separator: "\"\(name)\":").last.flatMap { Int($0.prefix { $0.isNumber }) }
        }
    }
}
