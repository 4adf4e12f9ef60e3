internal import Glibc
internal import Posix

/// A real OpenSSH server on a free loopback port, with keys of its own. Ended when the test lets go of it.
///
/// As root it serves a throw-away user (key, password, keyboard-interactive); as anybody else only that user, by key.
package final class SSHServer: Sendable {
    package let port: UInt16
    package let user: String
    /// nil where the server cannot check passwords: not run as root.
    package let password: String?
    /// The private key (Ed25519, OpenSSH format, no passphrase) that the user may log in with.
    package let keyFile: String
    private let folder: String
    private let server: RunningCommand
    private let account: ThrowAwayUser?

    /// - Parameters:
    ///   - extra: further lines of sshd_config.
    ///   - name: what the throw-away user's name ends with: `@example.com` makes it one of Windows.
    package init(extra: [String] = [], name: String? = nil) throws {
        let folder = try TemporaryFolder.make("bu-sshd-")
        self.folder = folder
        do {
            let account = TestEnvironment.isRoot ? try ThrowAwayUser(name) : nil
            self.account = account
            user = try account?.name ?? Self.ownName()
            password = account?.password
            for name in ["host", "user"] {
                try Tool.run(
                    "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(folder)/\(name)"])
            }
            keyFile = "\(folder)/user"
            (server, port) = try Self.start(in: folder, user: user, extra: extra)
        } catch {
            TemporaryFolder.remove(folder)
            throw error
        }
    }

    deinit {
        server.send(signal: SIGTERM)
        _ = try? server.finish(within: .seconds(5))
        account?.remove()
        TemporaryFolder.remove(folder)
    }

    /// What the server has written, at LogLevel VERBOSE: `Accepted publickey for …`, `Starting session: …`.
    package var log: String { Self.text(of: "\(folder)/log") }

    /// How many lines of the log hold the text. They end with CR and LF.
    package func count(_ text: String) -> Int {
        log.split(whereSeparator: \.isNewline).count { $0.contains(text) }
    }

    /// `ssh-ed25519 AAAA…`
    package var hostKey: String {
        Self.text(of: "\(folder)/host.pub").split(separator: " ").prefix(2).joined(separator: " ")
    }

    /// Shows another host key from now on, as a machine that was made anew does.
    package func changeHostKey() throws {
        let listening = "Server listening on 127.0.0.1 port \(port)"
        let before = count(listening)
        for file in ["host", "host.pub"] { unlink("\(folder)/\(file)") }
        try Tool.run(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", "\(folder)/host"])
        server.send(signal: SIGHUP)
        try eventually("sshd does not listen again: \(log)") {
            count(listening) > before
        }
    }

    /// A form in which a private key lies in a file.
    package enum KeyForm: String, CaseIterable, Sendable {
        case openSSH, pkcs1, pkcs8
    }

    /// Makes a further key that the user may log in with.
    ///
    /// - Parameters:
    ///   - name: of the file, below the server's own folder; may hold spaces.
    ///   - passphrase: empty for none.
    /// - Returns: the path of the private key.
    package func makeKey(_ form: KeyForm, name: String, passphrase: String = "") throws -> String {
        let path = "\(folder)/\(name)"
        let format: [String] =
            switch form {
            case .openSSH: []
            case .pkcs1: ["-m", "PEM"]
            case .pkcs8: ["-m", "PKCS8"]
            }
        try Tool.run(
            "ssh-keygen",
            ["-q", "-t", form == .openSSH ? "ed25519" : "rsa", "-N", passphrase, "-C", "k", "-f", path]
                + format)
        let allowed = Self.text(of: "\(folder)/user.pub") + Self.text(of: "\(path).pub")
        try AtomicFile.write(Array(allowed.utf8), to: "\(folder)/user.pub")
        return path
    }

    /// A line for a known-hosts file.
    package func knownHostsLine(for alias: String) -> String { "\(alias) \(hostKey)\n" }
}

extension SSHServer {
    /// sshd cannot say which port it chose, so a free one is guessed below the ephemeral range until it binds.
    private static func start(in folder: String, user: String, extra: [String]) throws -> (
        RunningCommand, UInt16
    ) {
        if TestEnvironment.isRoot {
            _ = mkdir("/run/sshd", 0o755)
        }
        var last = ""
        for _ in 0..<40 {
            let port = UInt16.random(in: 20_000..<32_000)
            let lines = try configuration(port: port, folder: folder, user: user, extra: extra)
            try AtomicFile.write(Array(lines.joined(separator: "\n").utf8) + [0x0A], to: "\(folder)/config")
            try AtomicFile.write([], to: "\(folder)/log")
            let server = try RunningCommand(
                "/usr/sbin/sshd", ["-D", "-f", "\(folder)/config", "-E", "\(folder)/log"],
                environment: TestEnvironment.minimal)
            do {
                try server.wait { _ in
                    text(of: "\(folder)/log").contains("Server listening on 127.0.0.1 port \(port)")
                }
                return (server, port)
            } catch { last = "\(error) \(text(of: "\(folder)/log"))" }
        }
        throw RunningCommand.Failure(description: "sshd does not start: \(last)")
    }

    private static func configuration(port: UInt16, folder: String, user: String, extra: [String]) throws
        -> [String]
    {
        var lines = [
            "Port \(port)", "ListenAddress 127.0.0.1", "HostKey \(folder)/host", "PidFile none",
            "LogLevel VERBOSE", "StrictModes no", "PrintMotd no", "MaxStartups 200:30:400",
            user.contains("@") ? "" : "AllowUsers \(user)",
            "Subsystem sftp internal-sftp",
        ]
        if TestEnvironment.isRoot {
            // sshd reads AuthorizedKeysFile as the user who logs in, who cannot look into our folder: root can.
            lines += [
                "UsePAM yes", "PasswordAuthentication yes", "KbdInteractiveAuthentication yes",
                "AuthorizedKeysFile none", "AuthorizedKeysCommand /bin/cat \(folder)/user.pub",
                "AuthorizedKeysCommandUser root",
            ]
        } else {
            lines += ["UsePAM no", "PasswordAuthentication no", "AuthorizedKeysFile \(folder)/user.pub"]
        }
        // Known from OpenSSH 9.8 on, where several refused logins would lock this address out.
        if try knows("PerSourcePenalties no", folder) { lines.append("PerSourcePenalties no") }
        return lines + extra
    }

    private static func knows(_ line: String, _ folder: String) throws -> Bool {
        try AtomicFile.write(Array("HostKey \(folder)/host\n\(line)\n".utf8), to: "\(folder)/trial")
        return try CommandResult.run(
            "/usr/sbin/sshd", ["-t", "-f", "\(folder)/trial"], environment: TestEnvironment.minimal
        ).status == 0
    }

    private static func ownName() throws -> String {
        let result = try CommandResult.run("id", ["-un"], environment: TestEnvironment.minimal)
        return String(result.output.prefix { $0 != "\n" })
    }

    private static func text(of path: String) -> String {
        String(decoding: (try? FileReader.read(path, limit: 64 << 20).bytes) ?? [], as: UTF8.self)
    }
}
