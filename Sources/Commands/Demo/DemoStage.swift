internal import Diagnostics
internal import Glibc
internal import Posix
internal import SessionRuntime

/// A private folder and the processes that were started in it; all of it goes when the stage is struck.
/// Belongs to its loop's thread.
final class DemoStage: @unchecked Sendable {
    let path: String
    let ownExecutable: String
    let environment: [String: String]
    let isRoot: Bool
    let user: String
    private let signals: SignalRouter
    private var servers: [ChildProcess] = []
    private var madeFolders: [String] = []
    /// Of the ssh servers that were started here.
    var sshPorts: [UInt16] = []

    /// The sockets of a session have paths of at most 107 bytes: a longer folder for temporary files is not used.
    private static let longestParent = 40

    init(_ context: CommandContext) throws(Diagnostic) {
        let surroundings = context.surroundings
        var environment = surroundings.environment
        environment["PATH"] = (environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
        self.environment = environment
        ownExecutable = surroundings.ownExecutable
        isRoot = surroundings.isRoot
        user = surroundings.user
        signals = context.signals
        let wanted = environment["TMPDIR"] ?? ""
        let fits = FilePath.isAbsolute(wanted) && wanted.utf8.count <= Self.longestParent
        let parent = fits ? wanted : "/tmp"
        var template = Array("\(FilePath.join(parent, "bastion-up-demo."))XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .demoFile(SystemError.last("mkdtemp").description) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes a private folder below the stage.
    func folder(_ name: String) throws(Diagnostic) -> String {
        do { return try PrivateFolder(making: FilePath.join(path, name)).path } catch {
            throw .demoFile(error.description)
        }
    }

    /// Makes a folder that the system should have; it is removed again.
    func lend(_ folder: String) throws(Diagnostic) {
        if mkdir(folder, 0o755) == 0 {
            madeFolders.append(folder)
        } else if errno != EEXIST {
            throw .demoFile(SystemError.last("mkdir \(folder)").description)
        }
    }

    /// Writes a file (0600).
    @discardableResult
    func write(_ text: String, to folder: String, name: String) throws(Diagnostic) -> String {
        let file = FilePath.join(folder, name)
        do { try AtomicFile.write(Array(text.utf8), to: file) } catch { throw .demoFile(error.description) }
        return file
    }

    func move(_ file: String, to other: String) throws(Diagnostic) {
        guard rename(file, other) == 0 else { throw .demoFile(SystemError.last("rename").description) }
    }

    /// An executable in `PATH` or in one of the folders for servers.
    func program(_ name: String) -> String? {
        (environment["PATH"] ?? "").split(separator: ":").map { FilePath.join(String($0), name) }
            .first { FilePath.isAbsolute($0) && access($0, X_OK) == 0 }
    }

    /// - Throws: what a signal asked for meanwhile.
    func throwIfInterrupted() throws(Diagnostic) {
        if Task.isCancelled || signals.interruption != nil {
            throw Diagnostic(
                "session.cancelled", "ended by a signal", exit: .signal(signals.interruption ?? 2))
        }
    }
}

// MARK: - Processes

extension DemoStage {
    /// Runs a program that owns the terminal, and waits for its end.
    func run(_ program: String, _ arguments: [String], _ environment: [String]) async throws(Diagnostic)
        -> ExitStatus
    {
        try throwIfInterrupted()
        let configuration = ChildProcess.Configuration(
            program: program, arguments: arguments, environment: environment)
        let child = try start(configuration)
        let ending = await child.wait()
        try throwIfInterrupted()
        return switch ending {
        case .exited(let code): ExitStatus(rawValue: code)
        case .killed(let signal): .signal(signal)
        }
    }

    /// Starts a server in the background; what it prints goes to a file.
    func serve(_ program: String, _ arguments: [String], output: String) throws(Diagnostic) -> ChildProcess {
        var configuration = ChildProcess.Configuration(
            program: program, arguments: arguments,
            environment: environment.map { "\($0.key)=\($0.value)" }.sorted())
        configuration.isInBackground = true
        do {
            let file = try FileDescriptor.open(output, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
            let none = try FileDescriptor.open("/dev/null", O_RDONLY)
            configuration.descriptors = [
                (ours: none, childs: 0), (ours: file, childs: 1), (ours: file, childs: 2),
            ]
        } catch { throw .demoFile(error.description) }
        let child = try start(configuration)
        servers.append(child)
        return child
    }

    private func start(_ configuration: ChildProcess.Configuration) throws(Diagnostic) -> ChildProcess {
        do { return try ChildProcess(configuration, signals: signals) } catch {
            throw Diagnostic(
                "demo.not-started", "\(configuration.program) could not be started: \(error.reason)",
                remedy: "check that it can be run", exit: .unavailable)
        }
    }

    /// Looks every few milliseconds until the server is ready.
    /// - Returns: false if it ended or the time is over.
    func wait(for server: ChildProcess, _ isReady: () -> Bool) async throws(Diagnostic) -> Bool {
        let deadline = Instant.now.advanced(by: .seconds(15))
        while Instant.now < deadline {
            if isReady() { return true }
            if server.endingByNow() != nil { return false }
            try throwIfInterrupted()
            await EventLoop.sleep(until: .now.advanced(by: .milliseconds(10)))
        }
        return false
    }

    /// Ends what was started and removes what was made. Not torn off by a cancellation.
    func strike() async {
        // First the folder: nothing is lost if we are ended in the middle.
        FolderRemoval.remove(path)
        let servers = servers
        for server in servers { server.send(signal: SIGTERM) }
        for port in sshPorts { RemoteCommands.end(onPort: port) }
        for server in servers {
            let confined = LoopConfined(server)
            await EventLoop.shielded {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await confined.value.wait() }
                    group.addTask {
                        if await EventLoop.sleep(until: .now.advanced(by: .seconds(3))) {
                            confined.value.send(signal: SIGKILL)
                        }
                    }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
        for folder in madeFolders { rmdir(folder) }
        FolderRemoval.remove(path)
    }
}

/// What still runs in sessions of an ssh server: a command without a terminal outlives its connection.
enum RemoteCommands {
    /// Ends every process of this user that descends from a login on the server's port, by its environment.
    static func end(onPort port: UInt16) {
        for name in (try? FolderListing.names(in: "/proc")) ?? [] {
            guard let process = pid_t(name), process != getpid(),
                let environment = try? FileReader.read("/proc/\(process)/environ", limit: 1 << 20),
                isOfLogin(environment.bytes, port: port)
            else { continue }
            _ = kill(process, SIGKILL)
        }
    }

    /// Whether the environment (`NAME=value`, each ended by a zero byte) tells of a login on that port: sshd sets
    /// `SSH_CONNECTION` to both ends' addresses and ports.
    static func isOfLogin(_ environment: [UInt8], port: UInt16) -> Bool {
        environment.split(separator: 0).contains { entry in
            let text = String(decoding: entry, as: UTF8.self)
            return text.hasPrefix("SSH_CONNECTION=127.0.0.1 ") && text.hasSuffix(" 127.0.0.1 \(port)")
        }
    }
}

/// rm -r that follows no link.
enum FolderRemoval {
    static func remove(_ path: String) {
        if rmdir(path) == 0 || errno == ENOENT { return }
        guard errno == ENOTEMPTY || errno == EEXIST else {
            unlink(path)
            return
        }
        for name in (try? FolderListing.names(in: path)) ?? [] {
            let entry = FilePath.join(path, name)
            if unlink(entry) != 0 { remove(entry) }
        }
        rmdir(path)
    }
}

extension Diagnostic {
    static func demoFile(_ reason: String) -> Diagnostic {
        Diagnostic(
            "demo.folder", "the folder of the demo cannot be made: \(reason)",
            remedy: "set TMPDIR to a folder that you can write to", exit: .cannotWrite)
    }
}
