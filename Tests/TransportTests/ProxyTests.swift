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
        case .proxy(let proxy):
            func text(_ secret: SecretBytes) -> String {
                secret.withBytes { String(decoding: $0, as: UTF8.self) }
            }
            let credentials = proxy.credentials.map { "\(text($0.user))|\(text($0.password))@" } ?? ""
            return "\(credentials)\(proxy.kind) \(proxy.host) \(proxy.port) \(proxy.variable)"
        }
    }

    @Test(arguments: [
        ([:], "direct"),
        (["HTTPS_PROXY": "http://proxy:3128"], "http proxy 3128 HTTPS_PROXY"),
        (["HTTPS_PROXY": "proxy:3128/"], "http proxy 3128 HTTPS_PROXY"),
        (["HTTPS_PROXY": "HTTP://proxy"], "http proxy 80 HTTPS_PROXY"),
        (["HTTPS_PROXY": "http://[::1]:8080"], "http ::1 8080 HTTPS_PROXY"),
        (["HTTPS_PROXY": "https://proxy"], "https proxy 443 HTTPS_PROXY"),
        (["https_proxy": "http://small:1", "HTTPS_PROXY": "http://big:2"], "http small 1 https_proxy"),
        (["https_proxy": "", "HTTPS_PROXY": "http://big:2"], "http big 2 HTTPS_PROXY"),
        (["ALL_PROXY": "http://all:1"], "http all 1 ALL_PROXY"),
        (["ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://one:2"], "http one 2 HTTPS_PROXY"),
        (["all_proxy": "http://all:1", "HTTPS_PROXY": "http://one:2"], "http one 2 HTTPS_PROXY"),
        (["all_proxy": "http://all:1", "ALL_PROXY": "http://ALL:2"], "http all 1 all_proxy"),
        (["HTTP_PROXY": "http://plain:1", "http_proxy": "http://plain:1"], "direct"),
        (["ALL_PROXY": "socks5h://proxy"], "socks5h proxy 1080 ALL_PROXY"),
        (["ALL_PROXY": "SOCKS5://proxy:9050/"], "socks5 proxy 9050 ALL_PROXY"),
        (["HTTPS_PROXY": "socks5h://me:pw@[fe80::1]:1"], "me|pw@socks5h fe80::1 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "http://me:p%40ss%3Aword@proxy:1"], "me|p@ss:word@http proxy 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "http://a%3Ab:c:d@proxy:1"], "a:b|c:d@http proxy 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "http://me@proxy:1"], "me|@http proxy 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "me:pw@proxy:1"], "me|pw@http proxy 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "http://me:100%@proxy:1"], "me|100%@http proxy 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "http://me:a/b#c?d@e@proxy:1/x"], "me|a/b#c?d@e@http proxy 1 HTTPS_PROXY"),
        (["HTTPS_PROXY": "me:a://b@proxy:1"], "me|a://b@http proxy 1 HTTPS_PROXY"),
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
            let expected = isDirect ? "direct" : "http proxy 1 HTTPS_PROXY"
            #expect(try Self.route(environment, host) == expected)
        }
    }

    @Test(arguments: [
        "localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost.",
    ])
    func `never proxies this machine`(_ host: String) throws {
        #expect(try Self.route(["HTTPS_PROXY": "http://proxy:1"], host) == "direct")
    }

    @Test(arguments: [
        ("socks4://u:secret@proxy:1", ProxySettingProblem.Kind.unsupportedScheme, "socks4://proxy:1"),
        ("socks://proxy:1", .unsupportedScheme, "socks://proxy:1"),
        ("ftp://u:secret@proxy", .unsupportedScheme, "ftp://proxy"),
        ("http://u:secret@", .malformed, "http://"), ("http://proxy:0", .malformed, "http://proxy:0"),
        ("http://proxy:70000", .malformed, "http://proxy:70000"),
        ("http://pro xy", .malformed, "http://pro xy"), ("u:secret", .malformed, "http://u:…"),
        ("http://u:secret/x", .malformed, "http://u:…"), ("http://[::1", .malformed, "http://[::1"),
        ("socks5h://:secret@proxy", .credentialsLength, "socks5h://proxy:1080"),
    ])
    func `refuses a setting without showing its password`(
        _ value: String, _ kind: ProxySettingProblem.Kind, _ shown: String
    ) {
        let rules = ProxyRules(environment: ["HTTPS_PROXY": value])
        #expect(throws: ProxySettingProblem(kind: kind, variable: "HTTPS_PROXY", value: shown)) {
            try rules.route(to: "a.example", port: 443)
        }
    }

    @Test func `refuses credentials that SOCKS cannot carry`() {
        let long = "socks5://u:\(String(repeating: "s", count: 256))@proxy:1"
        let problem = ProxySettingProblem(
            kind: .credentialsLength, variable: "ALL_PROXY", value: "socks5://proxy:1")
        #expect(throws: problem) {
            try ProxyRules(environment: ["ALL_PROXY": long]).route(to: "a.example", port: 443)
        }
    }

    @Test func `keeps the password out of every description`() throws {
        let rules = ProxyRules(environment: ["HTTPS_PROXY": "socks5h://me:hunter2@proxy:1"])
        var dumped = ""
        dump(rules, to: &dumped)
        dump(try rules.route(to: "a.example", port: 443), to: &dumped)
        #expect(!dumped.contains("hunter2") && dumped.contains("SecretBytes"))
    }
}
