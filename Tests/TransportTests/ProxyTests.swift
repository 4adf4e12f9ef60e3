import TestSupport
import Cryptography
import Posix
import Testing

@testable import Transport

@Suite struct ProxyRulesTests {
    /// The proxy for a target as text, or "direct".
    static func route(_ environment: [String: String], _ host: String, _ port: UInt16 = 443) throws -> String
    {
        switch try ProxyRules(environment: environment).route(to: host, port: port) {
        case .direct: return "direct"
        case .http(let proxy):
            let credentials = proxy.credentials?.withBytes { String(decoding: $0, as: UTF8.self) + "@" }
            return "\(credentials ?? "")\(proxy.host) \(proxy.port)"
        }
    }

    @Test(arguments: [
        ([:], "direct"),
        (["HTTPS_PROXY": "http://proxy:3128"], "proxy 3128"),
        (["HTTPS_PROXY": "proxy:3128/"], "proxy 3128"),
        (["HTTPS_PROXY": "HTTP://proxy"], "proxy 80"),
        (["HTTPS_PROXY": "http://[::1]:8080"], "::1 8080"),
        (["https_proxy": "http://small:1", "HTTPS_PROXY": "http://big:2"], "small 1"),
        (["https_proxy": "", "HTTPS_PROXY": "http://big:2"], "big 2"),
        (["ALL_PROXY": "http://all:1"], "all 1"),
        (["ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://one:2"], "one 2"),
        (["HTTP_PROXY": "http://plain:1"], "direct"),
        (["HTTPS_PROXY": "http://me:p%40ss%3Aword@proxy:1"], "me:p@ss:word@proxy 1"),
        (["HTTPS_PROXY": "http://me@proxy:1"], "me:@proxy 1"),
        (["HTTPS_PROXY": "http://me:100%@proxy:1"], "me:100%@proxy 1"),
    ])
    func `reads the proxy from the environment`(_ environment: [String: String], _ expected: String) throws {
        #expect(try Self.route(environment, "bastion.example") == expected)
    }

    @Test(arguments: [
        ("*", "a.example", true), ("a.example", "a.example", true), ("a.example", "b.a.example", true),
        (".a.example", "b.a.example", true), (".a.example", "a.example", true),
        ("*.a.example", "b.a.example", true),
        ("a.example", "ba.example", false), ("A.Example", "a.eXAMPLE.", true),
        ("x,  a.example", "a.example", true),
        ("a.example:443", "a.example", true), ("a.example:8443", "a.example", false),
        ("", "a.example", false),
        (".", "a.example", false), ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false),
        ("10.0.0.0/9", "10.128.0.1", false), ("10.128.0.0/9", "10.129.0.1", true),
        ("0.0.0.0/0", "9.9.9.9", true),
        ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3:443", "10.1.2.3", true), ("10.1.2.3", "10.1.2.30", false),
        ("fd00::/8", "[fd12::1]", true), ("fd00::/8", "fe80::1", false), ("[fd12::1]", "fd12::1", true),
        ("[fd12::1]:443", "fd12::1", true), ("[fd12::1]:80", "fd12::1", false),
        ("10.0.0.0/8", "a.example", false),
    ])
    func `makes the exceptions of NO_PROXY`(_ list: String, _ host: String, _ isDirect: Bool) throws {
        for name in ["NO_PROXY", "no_proxy"] {
            let environment = ["HTTPS_PROXY": "http://proxy:1", name: list]
            #expect(try Self.route(environment, host) == (isDirect ? "direct" : "proxy 1"))
        }
    }

    @Test(arguments: [
        "localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost.",
    ])
    func `never proxies this machine`(_ host: String) throws {
        #expect(try Self.route(["HTTPS_PROXY": "http://proxy:1"], host) == "direct")
    }

    @Test(arguments: [
        ("https://u:secret@proxy:1", ProxySettingProblem.Kind.unsupportedScheme, "https://proxy:1"),
        ("socks5://proxy:1", .unsupportedScheme, "socks5://proxy:1"),
        ("http://u:secret@", .malformed, "http://"), ("http://proxy:0", .malformed, "http://proxy:0"),
        ("http://proxy:70000", .malformed, "http://proxy:70000"),
        ("http://pro xy", .malformed, "http://pro xy"),
    ])
    func `refuses a setting without showing its password`(
        _ value: String, _ kind: ProxySettingProblem.Kind, _ shown: String
    ) {
        let rules = ProxyRules(environment: ["HTTPS_PROXY": value])
        #expect(throws: ProxySettingProblem(kind: kind, variable: "HTTPS_PROXY", value: shown)) {
            try rules.route(to: "a.example", port: 443)
        }
    }
}

@Suite struct ProxyTunnelTests {
    /// Answers CONNECT with `answer`; after a 200 speaks TLS as the target. What was asked goes to `notes`.
    static func proxy(_ answer: String, target: TLSContext, notes: Notes)
        -> @Sendable (FileDescriptor) async throws -> Void
    {
        { descriptor in
            let socket = try StreamSocket(adopting: descriptor, wakeUp: WakeUp())
            var request: [UInt8] = []
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
            defer { buffer.deallocate() }
            while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                switch try socket.read(into: buffer) {
                case .done(let count): request += buffer[..<count]
                case .wouldBlock: _ = await socket.wakeUp.wait(until: soon())
                case .ended: return
                }
            }
            notes.add(String(decoding: request, as: UTF8.self))
            for byte in answer.utf8 { _ = try [byte].withUnsafeBytes { try socket.write($0) } }
            guard answer.contains(" 200 ") else { return }
            try await echo(TLSConnection.accept(over: socket, context: target, until: soon()))
        }
    }

    @Test func `opens a tunnel with credentials and verifies the target behind it`() throws {
        let authority = try TestAuthority()
        let (target, client) = (try authority.server(for: ["vm.example"]), try authority.client())
        let notes = Notes()
        try onLoop {
            let serve = Self.proxy("HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", target: target, notes: notes)
            try await withServer(serve) { port in
                var plain = Array("me:pass".utf8)
                let proxy = HTTPProxy(host: "127.0.0.1", port: port, credentials: SecretBytes(moving: &plain))
                let connection = try await TLSConnection.connect(
                    to: "vm.example", port: 8443, context: client, through: .http(proxy), wakeUp: WakeUp(),
                    until: soon())
                try await connection.writeAll([42], until: soon())
                #expect(try await connection.read(count: 1) == [42])
            }
        }
        #expect(
            notes.all == [
                "CONNECT vm.example:8443 HTTP/1.1\r\nHost: vm.example:8443\r\n"
                    + "Proxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n"
            ])
    }

    @Test func `writes an IPv6 target in brackets`() throws {
        let authority = try TestAuthority()
        let (target, client) = (try authority.server(for: ["2001:db8::1"]), try authority.client())
        let notes = Notes()
        try onLoop {
            try await withServer(Self.proxy("HTTP/1.0 200 OK\r\n\r\n", target: target, notes: notes)) {
                port in
                _ = try await TLSConnection.connect(
                    to: "[2001:db8::1]", port: 443, context: client,
                    through: .http(HTTPProxy(host: "127.0.0.1", port: port)), wakeUp: WakeUp(), until: soon())
            }
        }
        #expect(notes.all == ["CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n"])
    }

    @Test(arguments: [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            ProxyFailure.refused(status: 407, reason: "Proxy Authentication Required")
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nabc",
            .refused(status: 502, reason: "Bad Gateway")
        ),
        ("SSH-2.0-x\r\n\r\n", .notHTTP), ("HTTP/1.1 20", .closed),
    ])
    func `reports what a proxy answers instead`(_ answer: String, _ expected: ProxyFailure) throws {
        let authority = try TestAuthority()
        let (target, client) = (try authority.server(), try authority.client())
        try onLoop {
            try await withServer(Self.proxy(answer, target: target, notes: Notes())) { port in
                let error = await failure(TLSError.self) {
                    _ = try await TLSConnection.connect(
                        to: "vm.example", port: 443, context: client,
                        through: .http(HTTPProxy(host: "127.0.0.1", port: port)), wakeUp: WakeUp(),
                        until: soon())
                }
                #expect(error == .proxy(expected))
            }
        }
    }
}
