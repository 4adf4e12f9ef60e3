internal import Glibc
internal import Posix

/// The configuration of a proxy of `ForwardProxy`, in its folder.
struct ProxySetting {
    let kind: ForwardProxy.Kind
    let folder: String
    let target: UInt16
    let signsIn: Bool
    let isSecure: Bool

    /// Writes the files.
    /// - Returns: the arguments of the program.
    func prepare(_ port: UInt16) throws -> [String] {
        let lines =
            switch kind {
            case .squid: try squid(port)
            case .tinyproxy: tinyproxy(port)
            case .dante: try dante(port)
            }
        try AtomicFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "\(folder)/config")
        switch kind {
        case .squid:
            try giveToSquid()
            // Its shared memory goes by this name.
            let name = "bu\(getpid())x\(String(UInt32.random(in: 0...0xFFFFF), radix: 36))"
            return ["-N", "-n", name, "-f", "\(folder)/config"]
        case .tinyproxy: return ["-d", "-c", "\(folder)/config"]
        case .dante: return ["-f", "\(folder)/config", "-p", "\(folder)/pid"]
        }
    }

    private var user: String { ForwardProxy.user }

    private func squid(_ port: UInt16) throws -> [String] {
        var lines = [
            "http_port 127.0.0.1:\(port)", "hosts_file \(folder)/hosts", "acl allowed port \(target)",
            "http_access deny !allowed", "access_log stdio:\(folder)/access.log", "cache_log \(folder)/log",
            "pid_filename none", "coredump_dir \(folder)", "shutdown_lifetime 0 seconds",
            "cache deny all", "cache_mem 0 MB", "memory_cache_shared off", "pinger_enable off",
            "netdb_filename none", "visible_hostname proxy.test", "dns_nameservers 127.0.0.1",
        ]
        if isSecure {
            try makeCertificate()
            lines[0] =
                "https_port 127.0.0.1:\(port) tls-cert=\(folder)/proxy.pem tls-key=\(folder)/proxy.key"
        }
        if signsIn {
            let hash = try Tool.run("openssl", ["passwd", "-apr1", "-stdin"], input: kind.password)
            try AtomicFile.write(Array("\(user):\(hash)".utf8), to: "\(folder)/users")
            lines += [
                "auth_param basic program /usr/lib/squid/basic_ncsa_auth \(folder)/users",
                "auth_param basic children 1", "acl known proxy_auth REQUIRED", "http_access allow known",
                "http_access deny all",
            ]
        } else {
            lines.append("http_access allow all")
        }
        return lines
    }

    /// Started by root, it works as the user `proxy`.
    private func giveToSquid() throws {
        if TestEnvironment.isRoot { try Tool.run("chown", ["-R", "proxy", folder]) }
    }

    private func makeCertificate() throws {
        let words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try Tool.run(
            "openssl",
            words + ["-subj", "/CN=proxy.test", "-addext", "subjectAltName=IP:127.0.0.1"]
                + ["-out", "\(folder)/proxy.pem", "-keyout", "\(folder)/proxy.key"])
    }

    private func tinyproxy(_ port: UInt16) -> [String] {
        let lines = [
            "Port \(port)", "Listen 127.0.0.1", "Allow 127.0.0.1", "LogFile \"\(folder)/log\"",
            "LogLevel Connect", "Timeout 60", "MaxClients 100", "ConnectPort \(target)",
        ]
        return lines + (signsIn ? ["BasicAuth \(user) \(kind.password)"] : [])
    }

    private func dante(_ port: UInt16) throws -> [String] {
        if signsIn { try makeUser() }
        return [
            "logoutput: \(folder)/log", "internal: 127.0.0.1 port = \(port)", "external: 127.0.0.1",
            "clientmethod: none", "socksmethod: \(signsIn ? "username" : "none")",
        ] + (TestEnvironment.isRoot ? ["user.privileged: root", "user.unprivileged: root"] : []) + [
            "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0", "log: error }",
            "socks pass { from: 0.0.0.0/0 to: \(ForwardProxy.domain) port = \(target)", "command: connect",
            "log: connect error }",
            "socks pass { from: 0.0.0.0/0 to: 127.0.0.1/32 port = \(target)", "command: connect",
            "log: connect error }",
            "socks block { from: 0.0.0.0/0 to: 0.0.0.0/0", "log: connect error }",
        ]
    }

    /// A user of the system, as this program is to see it.
    private func makeUser() throws {
        let hash = try Tool.run("openssl", ["passwd", "-6", "-stdin"], input: kind.password)
        let own = "\(geteuid())"
        let files = [
            "passwd": "root:x:0:0:root:/:/bin/false\nrunner:x:\(own):\(own)::/:/bin/false\n"
                + "\(user):x:40000:40000::/:/bin/false\n",
            "group": "root:x:0:\n\(user):x:40000:\n",
            "shadow": "\(user):\(hash.prefix { $0 != "\n" }):19000:0:99999:7:::\n",
        ]
        for (name, text) in files { try AtomicFile.write(Array(text.utf8), to: "\(folder)/\(name)") }
    }
}
