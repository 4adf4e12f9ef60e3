internal import Glibc
internal import Posix

/// A real proxy on a free loopback port, with files of its own. Ended when the test lets go of it.
///
/// It alone knows the name `ForwardProxy.domain`, which stands for this machine: who reaches that has come through
/// the proxy. It lets through to one port of it, and knows one user.
package final class ForwardProxy {
    package enum Kind: String, CaseIterable, Sendable {
        case squid, tinyproxy, dante

        package var scheme: String { self == .dante ? "socks5h" : "http" }

        /// With characters that a URL cannot hold as they are, where the proxy's own file can.
        package var password: String { self == .tinyproxy ? "p-ss.w_rd1" : "p@ss:w/rd%1" }

        /// As it is written into a URL.
        package var encodedPassword: String {
            self == .tinyproxy ? password : "p%40ss%3Aw%2Frd%251"
        }

        fileprivate var program: String {
            switch self {
            case .squid: "/usr/sbin/squid"
            case .tinyproxy: "/usr/bin/tinyproxy"
            case .dante: "/usr/sbin/danted"
            }
        }
    }

    /// No name of the real world (RFC 6761, section 6.2).
    package static let domain = "bastion.test"
    package static let user = "proxy-user"

    package let kind: Kind
    package let port: UInt16
    private let folder: String
    private let server: RunningCommand

    /// nil where the proxies are there, else what is missing. For `.enabled(if:)`.
    package static var obstacle: String? {
        let missing = Kind.allCases.map(\.program).filter { access($0, X_OK) != 0 }
        if !missing.isEmpty { return "needs \(missing.joined(separator: ", "))" }
        return NameWrapper.library == nil ? "needs libnss-wrapper" : nil
    }

    /// - Parameters:
    ///   - target: the only port that it lets through to.
    ///   - signsIn: whether it asks for user name and password.
    ///   - isSecure: whether it is spoken to over TLS (squid).
    package init(_ kind: Kind, target: UInt16, signsIn: Bool, isSecure: Bool = false) throws {
        self.kind = kind
        let folder = try TemporaryFolder.make("bu-proxy-")
        self.folder = folder
        do {
            try NameWrapper.write(names: [Self.domain: "127.0.0.1"], to: folder)
            let setting = ProxySetting(
                kind: kind, folder: folder, target: target, signsIn: signsIn, isSecure: isSecure)
            (server, port) = try LoopbackPort.serve { try Self.start(setting, $0) }
        } catch {
            TemporaryFolder.remove(folder)
            throw error
        }
    }

    deinit {
        end()
        TemporaryFolder.remove(folder)
    }

    package func end() {
        server.send(signal: SIGTERM)
        _ = try? server.finish(within: .seconds(5))
    }

    /// What it has logged: who connected where.
    package var log: String {
        let name = kind == .squid ? "access.log" : "log"
        return String(
            decoding: (try? FileReader.read("\(folder)/\(name)", limit: 1 << 26).bytes) ?? [], as: UTF8.self)
    }

    /// The certificate of a proxy that is spoken to over TLS.
    package var certificate: String { "\(folder)/proxy.pem" }

    /// The value of a proxy variable.
    package func url(scheme: String? = nil, user: String? = nil, password: String? = nil) -> String {
        let credentials = user.map { "\($0):\(password ?? "")@" } ?? ""
        return "\(scheme ?? kind.scheme)://\(credentials)127.0.0.1:\(port)"
    }

    private static func start(_ setting: ProxySetting, _ port: UInt16) throws -> RunningCommand {
        let words = try setting.prepare(port)
        let server = try RunningCommand(
            setting.kind.program, words,
            environment: TestEnvironment.minimal.merging(NameWrapper.environment(in: setting.folder)) { $1 })
        // It ends where the port is taken.
        do {
            try server.wait { _ in (try? LoopbackPort.hasListener(port)) ?? false }
        } catch {
            let said = (try? FileReader.read("\(setting.folder)/log", limit: 1 << 20).bytes) ?? []
            throw RunningCommand.Failure(
                description: "\(error) \(String(decoding: said, as: UTF8.self))")
        }
        return server
    }
}

/// Names, users and passwords that one program alone sees, by the library of Samba's tests (Debian: libnss-wrapper).
package enum NameWrapper {
    static let library: String? = {
        let folders = ((try? FolderListing.names(in: "/usr/lib")) ?? []).filter { $0.contains("-linux-") }
        return (folders.map { "/usr/lib/\($0)" } + ["/usr/lib", "/usr/lib64"])
            .map { "\($0)/libnss_wrapper.so" }.first { access($0, R_OK) == 0 }
    }()

    static func write(names: [String: String], to folder: String) throws {
        let hosts = names.map { "\($0.value) \($0.key)\n" }.sorted().joined()
        try AtomicFile.write(Array(hosts.utf8), to: "\(folder)/hosts")
    }

    /// What makes a program see the files that lie in the folder.
    static func environment(in folder: String) -> [String: String] {
        var variables = ["LD_PRELOAD": library ?? "", "NSS_WRAPPER_HOSTS": "\(folder)/hosts"]
        for (name, file) in [("PASSWD", "passwd"), ("GROUP", "group"), ("SHADOW", "shadow")] {
            let path = "\(folder)/\(file)"
            if access(path, R_OK) == 0 { variables["NSS_WRAPPER_\(name)"] = path }
        }
        return variables
    }

    /// Makes a program see these names as well.
    /// - Parameter home: where their file goes.
    package static func environment(knowing names: [String: String], in home: TemporaryHome) throws
        -> [String: String]
    {
        try write(names: names, to: home.path)
        return ["LD_PRELOAD": library ?? "", "NSS_WRAPPER_HOSTS": home.path("hosts")]
    }
}
