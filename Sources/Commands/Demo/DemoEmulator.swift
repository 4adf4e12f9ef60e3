internal import Diagnostics
internal import Posix

/// The secret of the emulator's only client: random, known to the emulator and to the demo's session alone, and
/// good for nothing once the emulator has ended.
struct DemoSecret: Sendable {
    let text: String

    init() {
        var generator = SystemRandomNumberGenerator()
        text = (0..<4).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }
}

/// The program `bastion-emulator`, started for one demo.
struct DemoEmulator {
    let ready: Ready
    private let logFile: String

    /// What the emulator says once it can be connected to: `key=value`, a line each.
    struct Ready: Hashable {
        var authority: String
        var resourceManager: String
        var bastionSuffix: String
        var caFile: String

        init(authority: String, resourceManager: String, bastionSuffix: String, caFile: String) {
            self.authority = authority
            self.resourceManager = resourceManager
            self.bastionSuffix = bastionSuffix
            self.caFile = caFile
        }

        /// - Returns: nil where one of the keys is missing.
        init?(lines text: String) {
            var values: [Substring: String] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { values[parts[0]] = String(parts[1]) }
            }
            guard let authority = values["authority"], let manager = values["resourceManager"],
                let suffix = values["bastionSuffix"], let caFile = values["caFile"]
            else { return nil }
            self.init(
                authority: authority, resourceManager: manager, bastionSuffix: suffix, caFile: caFile)
        }
    }

    /// - Throws: `demo.no-emulator`, `demo.emulator-failed` (69).
    static func start(on stage: DemoStage, serverPort: UInt16, secret: DemoSecret) async throws(Diagnostic)
        -> DemoEmulator
    {
        let program = FilePath.join(FilePath.folder(of: stage.ownExecutable), "bastion-emulator")
        guard (try? FileFacts(of: program))?.kind == .regular else {
            throw Diagnostic(
                "demo.no-emulator", "there is no \(program), which the demo needs",
                remedy: "install bastion-emulator beside bastion-up ('make release' builds both)",
                exit: .unavailable)
        }
        let folder = try stage.folder("emulator")
        let configuration = try stage.write(
            configuration(serverPort: serverPort, secret), to: folder, name: "emulator.yaml")
        let readyFile = FilePath.join(folder, "ready")
        let logFile = FilePath.join(folder, "requests.jsonl")
        let output = FilePath.join(folder, "output.txt")
        let server = try stage.serve(
            program,
            [
                "--config", configuration, "--state", try stage.folder("emulator/state"),
                "--listen", "127.0.0.1:0", "--log", logFile, "--ready-file", readyFile,
            ], output: output)
        let isReady = try await stage.wait(for: server) { (try? FileFacts(of: readyFile)) != nil }
        guard isReady, let ready = Ready(lines: text(of: readyFile)) else {
            let line = text(of: output).split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw Diagnostic(
                "demo.emulator-failed", "the emulator did not start\(line.printable)",
                remedy: "run it by itself: \(program)", exit: .unavailable)
        }
        return DemoEmulator(ready: ready, logFile: logFile)
    }

    func log() -> String { Self.text(of: logFile) }

    private static func text(of file: String) -> String {
        guard let contents = try? FileReader.read(file, limit: 4 << 20) else { return "" }
        return String(decoding: contents.bytes, as: UTF8.self)
    }

    /// One bastion host and one VM whose port 22 is the ssh server.
    static func configuration(serverPort: UInt16, _ secret: DemoSecret) -> String {
        let group = "/subscriptions/\(DemoProfile.subscription)/resourceGroups"
        return """
            version: 1
            tenants:
              \(DemoProfile.tenant):
                clients:
                  \(DemoProfile.client): {clientSecret: "\(secret.text)"}
                subscriptions: [\(DemoProfile.subscription)]
            hosts:
              - resourceId: \(group)/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub
                sku: Standard
                dnsName: localhost
            targets:
              - resourceId: \(group)/rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux
                ports:
                  22: 127.0.0.1:\(serverPort)

            """
    }
}

/// What the emulator's request log says of sessions.
struct DemoLog {
    /// Its lines about sessions, as they stand there.
    let sessions: [String]
    let verdict: String

    init(_ text: String) {
        let lines = text.split(separator: "\n").map(String.init)
        func count(_ event: String) -> Int { lines.count { $0.contains("\"event\":\"\(event)\"") } }
        sessions = lines.filter { $0.contains("\"event\":\"session-") }.map(\.printable)
        let (opened, deleted) = (count("session-opened"), count("session-deleted"))
        let noun = opened == 1 ? "session" : "sessions"
        verdict =
            opened == deleted
            ? "==> \(opened) \(noun) opened, \(deleted) deleted: nothing is left behind"
            : "==> warning: \(opened) \(noun) opened, but \(deleted) deleted"
    }
}
