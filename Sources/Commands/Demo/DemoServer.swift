internal import Diagnostics
internal import Posix

/// A throw-away OpenSSH server on a loopback port that lets the current user in, with one key and nothing else.
struct DemoServer {
    let port: UInt16
    /// The private key that opens it.
    let userKey: String

    private static let attempts = 10

    /// - Throws: `demo.no-sshd`, `demo.no-ssh-keygen`, `demo.sshd-failed` (69).
    static func start(on stage: DemoStage) async throws(Diagnostic) -> DemoServer {
        guard let program = stage.program("sshd") else {
            throw .demoNeeds("demo.no-sshd", "an ssh server", package: "openssh-server")
        }
        guard let keygen = stage.program("ssh-keygen") else {
            throw .demoNeeds("demo.no-ssh-keygen", "ssh-keygen", package: "openssh-client")
        }
        let folder = try stage.folder("server")
        let hostKey = FilePath.join(folder, "host_key")
        let userKey = FilePath.join(folder, "user_key")
        for key in [hostKey, userKey] {
            let status = try await stage.run(
                keygen, ["-q", "-t", "ed25519", "-N", "", "-C", "bastion-up-demo", "-f", key],
                stage.environment.map { "\($0.key)=\($0.value)" })
            guard status == .success else { throw failed("ssh-keygen made no key") }
        }
        // Without this folder sshd refuses to start as root.
        if stage.isRoot { try stage.lend("/run/sshd") }
        let log = FilePath.join(folder, "sshd.log")
        for _ in 0..<attempts {
            let configuration = SSHDConfiguration(
                port: .random(in: 20000..<32000), hostKey: hostKey, authorizedKeys: userKey + ".pub",
                user: stage.user, usesPAM: stage.isRoot && isLockedOut("root"))
            let file = try stage.write(configuration.text, to: folder, name: "sshd_config")
            let server = try stage.serve(program, ["-D", "-f", file, "-E", log], output: log)
            let sign = "listening on 127.0.0.1 port \(configuration.port)"
            if try await stage.wait(for: server, { read(log).contains(sign) }) {
                stage.sshPorts.append(configuration.port)
                return DemoServer(port: configuration.port, userKey: userKey)
            }
            // Another program may have the port; anything else will not pass by itself.
            if !read(log).contains("Address already in use") { break }
        }
        let lines = read(log).split(separator: "\n")
        throw failed("it did not start" + (lines.last.map { ": \($0)" } ?? ""))
    }

    private static func read(_ file: String) -> String {
        guard let contents = try? FileReader.read(file, limit: 1 << 20) else { return "" }
        return String(decoding: contents.bytes, as: UTF8.self)
    }

    private static func failed(_ reason: String) -> Diagnostic {
        Diagnostic(
            "demo.sshd-failed", "the throw-away ssh server failed: \(reason.printable)",
            remedy: "check the installation of openssh-server", exit: .unavailable)
    }

    /// A locked account ("!" before the hash, shadow(5)) is let in by PAM only. Root alone can look.
    private static func isLockedOut(_ user: String) -> Bool {
        guard let shadow = try? FileReader.read("/etc/shadow", limit: 1 << 20) else { return false }
        return shadow.bytes.split(separator: UInt8(ascii: "\n")).contains {
            $0.starts(with: "\(user):!".utf8)
        }
    }
}

extension Diagnostic {
    static func demoNeeds(_ code: String, _ what: String, package: String) -> Diagnostic {
        Diagnostic(
            code, "the demo needs \(what), which is not installed", remedy: "run: apt install \(package)",
            exit: .unavailable)
    }
}

/// The text of sshd_config(5) for one user with one key.
struct SSHDConfiguration {
    let port: UInt16
    let hostKey: String
    let authorizedKeys: String
    let user: String
    let usesPAM: Bool

    var text: String {
        let lines = [
            "ListenAddress 127.0.0.1", "Port \(port)", "HostKey \(hostKey)", "PidFile none",
            "LogLevel VERBOSE",
            // The folder is the user's own and private; its parent may be a /tmp that others write to.
            "StrictModes no", "AuthorizedKeysFile \(authorizedKeys)", "PermitRootLogin prohibit-password",
            "PubkeyAuthentication yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            "UsePAM \(usesPAM ? "yes" : "no")", "PrintMotd no", "Subsystem sftp internal-sftp",
        ]
        // A name with @ would be read as USER@HOST.
        let allowed = user.contains("@") ? [] : ["AllowUsers \(user)"]
        return (lines + allowed).map { $0 + "\n" }.joined()
    }
}
