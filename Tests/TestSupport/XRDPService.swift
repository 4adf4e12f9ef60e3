internal import Glibc
internal import Posix

/// xrdp, its session server and the sessions, in a mount and process namespace of their own.
///
/// The namespace has its own /etc/xrdp (the port of the session server is looked for only there), a user that
/// the machine does not know, its own /tmp and /run: several run side by side and nothing is left of them. It
/// ends when its first process does, at the end of its standard input; so also when the tests crash.
final class XRDPService: RDPService {
    static let obstacle: String? = {
        if !TestEnvironment.isRoot { return "needs root" }
        let programs = RDPDesktop.programs + ["xrdp", "xrdp-sesman", "Xvnc", "unshare", "mkfifo"]
        if let missing = TestEnvironment.obstacle(programs: programs) { return missing }
        let trial = try? CommandResult.run(
            "unshare", namespaces + ["mount", "-t", "tmpfs", "tmpfs", "/run"],
            environment: TestEnvironment.minimal)
        return trial?.status == 0 ? nil : "needs the right to make mount and process namespaces"
    }()

    private static let namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    /// Not the ID of anybody.
    private static let userID = 59_123

    let port: UInt16
    let certificate: RDPCertificate
    var typedFile: String { "\(etc)/home/typed" }
    private let etc: String
    private let namespace: RunningCommand

    init(in folder: String, user: String, password: String) throws {
        // Read by the user who logs in, under the name /etc/xrdp.
        let etc = "\(folder)/etc"
        self.etc = etc
        try Tool.run("cp", ["-rL", "/etc/xrdp", etc])
        certificate = RDPCertificate(file: "\(etc)/cert.pem", keyFile: "\(etc)/key.pem")
        try certificate.make()
        try Self.addAccount(user, password, in: etc)
        let words = RDPDesktop.command(typedFile: "/etc/xrdp/home/typed").map { "'\($0)'" }
        try Self.write(
            "#!/bin/sh\n\(words.joined(separator: " ")) &\nread _ </etc/xrdp/log-off\n", to: "\(etc)/desktop",
            0o755)
        try Tool.run("mkfifo", ["-m", "666", "\(etc)/log-off"])
        (namespace, port) = try LoopbackPort.serve { try Self.start(in: etc, port: $0) }
    }

    var log: String { ["xrdp", "sesman"].map { Self.text(of: "\(etc)/\($0).log") }.joined() }

    /// Each connection reads it anew.
    func changeCertificate() throws { try certificate.make() }

    /// The desktop of the session waits for a line, and the session ends with its desktop.
    func logOff() throws {
        let line = try FileDescriptor.open("\(etc)/log-off", O_WRONLY | O_NONBLOCK)
        try line.writeAll([UInt8(ascii: "\n")])
    }

    func end() {
        namespace.closeInput()
        _ = try? namespace.finish(within: .seconds(10))
    }
}

extension XRDPService {
    /// What runs in the namespace; its argument is the folder that becomes /etc/xrdp.
    ///
    /// All of /etc is a copy: a file mounted over /etc/passwd alone goes away when somebody outside changes the
    /// machine's accounts, since that replaces the file.
    private static let script = """
        set -eu
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/etc /run/xrdp/sockdir
        chmod 3777 /run/xrdp/sockdir
        cp -a /etc/. /run/etc 2>/dev/null || :
        for name in passwd shadow group; do cat "$1/$name" >"/run/etc/$name"; done
        mount --bind "$1" /run/etc/xrdp
        mount --rbind /run/etc /etc
        cd /
        mount -t tmpfs -o mode=1777 tmpfs /tmp
        xrdp-sesman --nodaemon &
        xrdp --nodaemon &
        read _ || :
        """

    private static func start(in etc: String, port: UInt16) throws -> RunningCommand {
        let sessions = try LoopbackPort.free()
        try write(xrdpSettings(port: port), to: "\(etc)/xrdp.ini", 0o644)
        // The user's programs read this one.
        try write(sessionSettings(port: sessions), to: "\(etc)/sesman.ini", 0o644)
        let namespace = try RunningCommand(
            "unshare", namespaces + ["sh", "-c", script, "sh", etc], environment: TestEnvironment.minimal,
            input: nil)
        do {
            try namespace.wait(within: .seconds(10)) { _ in
                text(of: "\(etc)/xrdp.log").contains("listening to port \(port) ")
                    && (try? LoopbackPort.hasListener(port)) == true
                    && (try? LoopbackPort.hasListener(sessions)) == true
            }
        } catch {
            namespace.closeInput()
            _ = try? namespace.finish(within: .seconds(5))
            throw error
        }
        return namespace
    }

    /// The machine's accounts and this one, as files that only the namespace sees.
    private static func addAccount(_ user: String, _ password: String, in etc: String) throws {
        let hash = try Tool.run("openssl", ["passwd", "-6", "-stdin"], input: password + "\n").prefix {
            $0 != "\n"
        }
        let lines = [
            "passwd": "\(user):x:\(userID):\(userID)::/etc/xrdp/home:/bin/sh",
            "group": "\(user):x:\(userID):",
            "shadow": "\(user):\(hash):20000:0:99999:7:::",
        ]
        for (name, line) in lines {
            // The first entry of a name counts.
            try write(
                "\(line)\n\(text(of: "/etc/\(name)"))", to: "\(etc)/\(name)", name == "shadow" ? 0o600 : 0o644
            )
        }
        let home = "\(etc)/home"
        guard mkdir(home, 0o700) == 0, chown(home, uid_t(userID), gid_t(userID)) == 0, chmod(etc, 0o755) == 0
        else { throw SystemError.last("making \(home)") }
    }

    private static func write(_ text: String, to file: String, _ permissions: mode_t) throws {
        try AtomicFile.write(Array(text.utf8), to: file, permissions: permissions)
        guard chmod(file, permissions) == 0 else { throw SystemError.last("chmod") }
    }

    private static func text(of path: String) -> String {
        String(decoding: (try? FileReader.read(path, limit: 64 << 20).bytes) ?? [], as: UTF8.self)
    }

    private static func xrdpSettings(port: UInt16) -> String {
        """
        [Globals]
        ini_version=1
        fork=true
        port=tcp://127.0.0.1:\(port)
        security_layer=tls
        crypt_level=high
        certificate=/etc/xrdp/cert.pem
        key_file=/etc/xrdp/key.pem
        ssl_protocols=TLSv1.2, TLSv1.3
        autorun=Xvnc
        allow_channels=true
        max_bpp=32
        use_fastpath=both
        [Logging]
        LogFile=/etc/xrdp/xrdp.log
        LogLevel=INFO
        EnableSyslog=false
        [Channels]
        cliprdr=true
        drdynvc=true
        rdpdr=true
        [Xvnc]
        name=Xvnc
        lib=libvnc.so
        username=ask
        password=ask
        ip=127.0.0.1
        port=-1

        """
    }

    /// The display's number is guessed: Xvnc listens on 5900 and this number, in everybody's network.
    private static func sessionSettings(port: UInt16) -> String {
        """
        [Globals]
        ListenAddress=127.0.0.1
        ListenPort=\(port)
        EnableUserWindowManager=false
        DefaultWindowManager=/etc/xrdp/desktop
        ReconnectScript=reconnectwm.sh
        [Security]
        AllowRootLogin=false
        MaxLoginRetry=4
        AlwaysGroupCheck=false
        [Sessions]
        X11DisplayOffset=\(Int.random(in: 100..<9000))
        MaxSessions=20
        KillDisconnected=true
        DisconnectedTimeLimit=0
        IdleTimeLimit=0
        Policy=UBDI
        [Logging]
        LogFile=/etc/xrdp/sesman.log
        LogLevel=INFO
        EnableSyslog=false
        [Xvnc]
        param=Xvnc
        param=-bs
        param=-nolisten
        param=tcp
        param=-nolisten
        param=local
        param=-localhost
        [Chansrv]
        FuseMountName=thinclient_drives
        FileUmask=077
        [ChansrvLogging]
        LogLevel=INFO
        EnableSyslog=false

        """
    }
}
