import Posix
import TestSupport
import Testing

/// Whole sessions through real proxies. Nobody but the proxy knows where the services are.
@Suite(.onThreadsOfItsOwn, .enabled(if: ForwardProxy.obstacle == nil, "\(ForwardProxy.obstacle ?? "")"))
struct ProxyTests {
    private func connected(domain: String? = ForwardProxy.domain) throws -> EmulatedCloud {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server, domain: domain)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}")
        return cloud
    }

    private static func signedIn(_ proxy: ForwardProxy, scheme: String? = nil) -> String {
        proxy.url(scheme: scheme, user: ForwardProxy.user, password: proxy.kind.encodedPassword)
    }

    /// What no output may hold.
    private static func holdsPassword(of kind: ForwardProxy.Kind, _ result: CommandResult) -> Bool {
        let text = result.output + result.standardError
        return text.contains(kind.password) || text.contains(kind.encodedPassword)
    }

    @Test(arguments: ForwardProxy.Kind.allCases, [true, false])
    func `reaches every service through the proxy`(_ kind: ForwardProxy.Kind, _ signsIn: Bool) throws {
        let cloud = try connected()
        let proxy = try ForwardProxy(kind, target: cloud.port, signsIn: signsIn)
        let value = signsIn ? Self.signedIn(proxy) : proxy.url()
        let result = try cloud.run(
            "-vv", "dev-linux", "--", "echo through",
            adding: [kind == .dante ? "ALL_PROXY" : "HTTPS_PROXY": value])
        #expect(result.output == "through\n" && result.status == 0, "\(result.standardError)")
        #expect(!Self.holdsPassword(of: proxy.kind, result))
        #expect(cloud.count("websocket-opened") == 1)
        #expect(cloud.count("session-deleted") == cloud.count("session-opened"))
        let place = kind == .dante ? "127.0.0.1.\(cloud.port)" : "\(ForwardProxy.domain):\(cloud.port)"
        // Others are dialled ahead, by the same way.
        #expect(proxy.log.split(separator: "\n").count { $0.contains(place) } >= 2, "\(proxy.log)")
    }

    @Test func `looks names up itself where the proxy is not to`() throws {
        let cloud = try connected()
        let proxy = try ForwardProxy(.dante, target: cloud.port, signsIn: true)
        var variables = ["all_proxy": Self.signedIn(proxy, scheme: "socks5")]
        let lost = try cloud.run("dev-linux", "--", "true", adding: variables)
        #expect(lost.status == 69 && lost.standardError.contains("[network.name-not-found]"))
        let names = try NameWrapper.environment(
            knowing: [ForwardProxy.domain: "127.0.0.1"], in: cloud.home)
        variables.merge(names) { $1 }
        let result = try cloud.run("dev-linux", "--", "echo through", adding: variables)
        #expect(result.output == "through\n" && result.status == 0, "\(result.standardError)")
        #expect(!proxy.log.contains(ForwardProxy.domain))
        #expect(proxy.log.contains("127.0.0.1.\(cloud.port)"))
    }

    @Test func `speaks TLS with a proxy that wants it, and verifies it`() throws {
        let cloud = try connected()
        let proxy = try ForwardProxy(.squid, target: cloud.port, signsIn: true, isSecure: true)
        var variables = ["HTTPS_PROXY": Self.signedIn(proxy, scheme: "https")]
        let refused = try cloud.run("dev-linux", "--", "true", adding: variables)
        #expect(refused.status == 69 && refused.standardError.contains("[tls.self-signed]"))
        #expect(refused.standardError.contains("of the proxy 'https://127.0.0.1:\(proxy.port)'"))
        variables["REQUESTS_CA_BUNDLE"] = proxy.certificate
        let result = try cloud.run("-vv", "dev-linux", "--", "echo through", adding: variables)
        #expect(result.output == "through\n" && result.status == 0, "\(result.standardError)")
        #expect(!Self.holdsPassword(of: proxy.kind, result))
        #expect(cloud.count("session-deleted") == cloud.count("session-opened"))
    }

    @Test(arguments: ForwardProxy.Kind.allCases)
    func `says that the proxy wants a user name and password, or others`(_ kind: ForwardProxy.Kind) throws {
        let cloud = try connected()
        let proxy = try ForwardProxy(kind, target: cloud.port, signsIn: true)
        let wrong = [
            (proxy.url(), kind == .dante ? "takes none of the ways" : "asks for a user name and password"),
            (proxy.url(user: ForwardProxy.user, password: "hunter2"), "did not accept the user name"),
        ]
        for (value, words) in wrong {
            let result = try cloud.run("-vv", "dev-linux", "--", "true", adding: ["ALL_PROXY": value])
            #expect(result.status == 77, "\(result.standardError)")
            #expect(result.standardError.contains("[proxy.sign-in]"), "\(result.standardError)")
            #expect(result.standardError.contains("'\(proxy.url())'"))
            #expect(result.standardError.contains(words) && result.standardError.contains("ALL_PROXY"))
            #expect(!result.standardError.contains("hunter2"))
        }
        #expect(cloud.log.isEmpty)
    }

    @Test(arguments: ForwardProxy.Kind.allCases)
    func `says that the proxy does not let it through, or is gone`(_ kind: ForwardProxy.Kind) throws {
        let cloud = try connected()
        let proxy = try ForwardProxy(kind, target: 1, signsIn: false)
        let refused = try cloud.run("dev-linux", "--", "true", adding: ["HTTPS_PROXY": proxy.url()])
        #expect(
            refused.status == 69 && refused.standardError.contains("[proxy.refused]"),
            "\(refused.standardError)")
        proxy.end()
        let gone = try cloud.run("dev-linux", "--", "true", adding: ["HTTPS_PROXY": proxy.url()])
        #expect(
            gone.status == 69 && gone.standardError.contains("[proxy.unreachable]"), "\(gone.standardError)")
        #expect(gone.standardError.contains("'\(proxy.url())'") && cloud.log.isEmpty)
    }

    @Test func `goes past the proxy where NO_PROXY says so, and to this machine always`() throws {
        let cloud = try connected()
        let names = try NameWrapper.environment(
            knowing: [ForwardProxy.domain: "127.0.0.1"], in: cloud.home)
        let dead = ["HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "x.example, .\(ForwardProxy.domain)"]
        let direct = try cloud.run(
            "dev-linux", "--", "echo direct", adding: dead.merging(names) { $1 })
        #expect(direct.output == "direct\n" && direct.status == 0, "\(direct.standardError)")
        let own = try connected(domain: nil)
        let local = try own.run(
            "dev-linux", "--", "echo local", adding: ["HTTPS_PROXY": "http://127.0.0.1:1"])
        #expect(local.output == "local\n" && local.status == 0, "\(local.standardError)")
    }

    @Test func `deletes through the proxy what a killed run left behind`() throws {
        let cloud = try connected()
        let proxy = try ForwardProxy(.tinyproxy, target: cloud.port, signsIn: true)
        let variables = ["HTTPS_PROXY": Self.signedIn(proxy)]
        let session = try RunningCommand(
            BuiltProgram.path("bastion-up"), ["dev-linux", "--", "echo started; exec sleep 60"],
            environment: cloud.environment.merging(variables) { $1 })
        try session.wait { $0.contains("started") }
        session.send(signal: 9)
        _ = try session.finish()
        #expect(try cloud.run("dev-linux", "--", "true", adding: variables).status == 0)
        #expect(cloud.count("session-opened") == 2 && cloud.count("session-deleted") == 2)
    }
}

/// Where the authority of the services is named: one setting for both planes.
@Suite(.onThreadsOfItsOwn) struct AuthoritySettingTests {
    private static func cloud(namesAuthority: Bool) throws -> EmulatedCloud {
        let server = try SSHServer()
        let cloud = try EmulatedCloud(server)
        try cloud.writeProfiles(
            auth: "{type: ssh-key, key: \(server.keyFile), username: \(server.user)}",
            namesAuthority: namesAuthority)
        return cloud
    }

    @Test func `trusts for sign-in, requests and tunnels whom a variable names`() throws {
        let cloud = try Self.cloud(namesAuthority: false)
        let lost = try cloud.run("dev-linux", "--", "true")
        #expect(lost.status == 69 && lost.standardError.contains("[tls.unknown-issuer]"))
        #expect(lost.standardError.contains("REQUESTS_CA_BUNDLE"))
        for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
            let result = try cloud.run("dev-linux", "--", "echo ok", adding: [variable: cloud.caFile])
            #expect(result.output == "ok\n" && result.status == 0, "\(result.standardError)")
        }
        #expect(cloud.count("session-opened") == 2 && cloud.count("session-deleted") == 2)
    }

    @Test func `says which file of authorities cannot be used`() throws {
        let cloud = try Self.cloud(namesAuthority: true)
        let file = try cloud.home.write("nothing\n", to: "ca.pem")
        let result = try cloud.run("dev-linux", "--", "true", adding: ["REQUESTS_CA_BUNDLE": file])
        #expect(result.status == 78 && result.standardError.contains("[tls.authorities]"))
        #expect(result.standardError.contains("'\(file)' (from REQUESTS_CA_BUNDLE)"))
        #expect(cloud.log.isEmpty)
    }
}
