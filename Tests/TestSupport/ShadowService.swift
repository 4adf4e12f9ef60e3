internal import Glibc
internal import Posix
internal import Synchronization

/// freerdp-shadow-cli in front of an X display of its own.
final class ShadowService: RDPService {
    static let obstacle =
        XDisplay.obstacle
        ?? TestEnvironment.obstacle(programs: RDPDesktop.programs + ["freerdp-shadow-cli", "winpr-hash"])

    let port: UInt16
    let certificate: RDPCertificate
    let typedFile: String
    private let folder: String
    private let display: XDisplay
    private let desktop: RunningCommand
    private let server: Mutex<RunningCommand>

    init(in folder: String, user: String, password: String) throws {
        self.folder = folder
        // The server takes the certificate that it finds here.
        let config = "\(folder)/config/freerdp/shadow"
        try Tool.run("mkdir", ["-p", config])
        certificate = RDPCertificate(file: "\(config)/shadow.crt", keyFile: "\(config)/shadow.key")
        try certificate.make()
        let entry = try Tool.run("winpr-hash", ["-u", user, "-p", password, "-f", "sam"])
        try AtomicFile.write(Array(entry.utf8), to: "\(folder)/sam")
        let display = try XDisplay()
        self.display = display
        typedFile = "\(folder)/typed"
        desktop = try RunningCommand(
            "env", RDPDesktop.command(typedFile: typedFile),
            environment: TestEnvironment.minimal.merging(display.environment) { $1 })
        let (server, port) = try LoopbackPort.serve { try Self.start(in: folder, on: display, $0) }
        self.server = Mutex(server)
        self.port = port
        try display.wait(for: RDPServer.ground, atLeast: 0.9)
    }

    private static func start(in folder: String, on display: XDisplay, _ port: UInt16) throws
        -> RunningCommand
    {
        let own = ["HOME": folder, "XDG_CONFIG_HOME": "\(folder)/config"]
        let server = try RunningCommand(
            "freerdp-shadow-cli",
            ["/port:\(port)", "/bind-address:127.0.0.1", "/sec:nla", "/sam-file:\(folder)/sam"],
            environment: TestEnvironment.minimal.merging(display.environment) { $1 }.merging(own) { $1 })
        // It ends where the port is taken.
        try server.wait { _ in (try? LoopbackPort.hasListener(port)) ?? false }
        return server
    }

    var log: String { server.withLock { $0.output + $0.standardError } }

    func changeCertificate() throws {
        try certificate.make()
        try server.withLock { server in
            server.send(signal: SIGKILL)
            _ = try server.finish(within: .seconds(5))
            server = try Self.start(in: folder, on: display, port)
        }
    }

    func logOff() throws { throw RunningCommand.Failure(description: "freerdp-shadow-cli knows no log-off") }

    /// The rest ends with its owners: the desktop with its display.
    func end() { server.withLock { $0.send(signal: SIGKILL) } }
}
