import Cryptography
import Posix
import TestSupport
import Testing

@testable import Transport

/// Which certificates a client accepts, and what it knows of those that it does not.
@Suite struct CertificateTests {
    /// A server's certificate, and the host that a client asks for.
    struct Shown: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var host = "localhost"
        var names = ["localhost"]
        var validity = CertificateAuthority.Validity.server
        var isKnown = true
        var kind = CertificateProblem.Kind.other
    }

    @Test(arguments: [
        Shown(testDescription: "another name", names: ["other.example", "127.0.0.1"], kind: .nameMismatch),
        Shown(
            testDescription: "another address", host: "127.0.0.1", names: ["127.0.0.2", "localhost"],
            kind: .nameMismatch),
        Shown(testDescription: "a name where an address is needed", host: "127.0.0.1", kind: .nameMismatch),
        Shown(
            testDescription: "another IPv6 address", host: "[::1]", names: ["::2", "127.0.0.1"],
            kind: .nameMismatch),
        Shown(
            testDescription: "a wildcard for one label less", host: "a.b.vm.localhost",
            names: ["*.vm.localhost"], kind: .nameMismatch),
        Shown(
            testDescription: "a wildcard for what lies under it", host: "vm.localhost",
            names: ["*.vm.localhost"], kind: .nameMismatch),
        Shown(
            testDescription: "a wildcard in a part of a label", host: "ab.vm.localhost",
            names: ["a*.vm.localhost"], kind: .nameMismatch),
        Shown(testDescription: "expired", validity: .expired, kind: .expired),
        Shown(testDescription: "not yet valid", validity: .init(from: 3600, to: 7200), kind: .notYetValid),
        Shown(testDescription: "an authority that is not known", isKnown: false, kind: .unknownIssuer),
        Shown(
            testDescription: "all of it at once", names: ["other.example"], validity: .expired,
            isKnown: false, kind: .unknownIssuer),
    ])
    func `refuses a certificate and says why`(_ shown: Shown) async throws {
        let authority = try TestAuthority()
        let server = try authority.server(for: shown.names, validity: shown.validity)
        let client = try (shown.isKnown ? authority : TestAuthority()).client()
        let problem = try #require(try await Self.problem(shown.host, server, client))
        #expect(problem.kind == shown.kind)
        #expect(problem.host == (shown.host == "[::1]" ? "::1" : shown.host))
        #expect(!problem.text.isEmpty)
        #expect(problem.issuer == "CN=Test authority")
        if shown.kind == .nameMismatch {
            #expect(problem.subject == "CN=\(shown.names[0])")
            #expect(problem.names.count == shown.names.count)
        }
        let hasLimit = shown.kind == .expired || shown.kind == .notYetValid
        #expect(problem.limit.hasSuffix(" GMT") == hasLimit)
    }

    @Test func `knows a certificate that nobody signed, and takes it from the file of authorities`()
        async throws
    {
        let home = try TemporaryHome()
        let (file, keyFile) = (home.path("lone.pem"), home.path("lone.key"))
        let words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        let made = try CommandResult.run(
            "openssl",
            words + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
                + ["-out", file, "-keyout", keyFile], environment: TestEnvironment.minimal)
        try #require(made.status == 0, "\(made.standardError)")
        let server = try TLSContext.server(
            certificates: try FileReader.read(file, limit: 1 << 20).bytes,
            privateKey: try FileReader.readSecret(keyFile, limit: 1 << 20))
        let problem = try #require(try await Self.problem("localhost", server, try TestAuthority().client()))
        #expect(problem.kind == .selfSigned)
        #expect(problem.subject == "CN=localhost" && problem.names == ["localhost"])
        #expect(try await Self.problem("localhost", server, try TLSContext.client(caFiles: [file])) == nil)
    }

    @Test func `writes the names of every language, and no control characters`() async throws {
        let lone = try CertificateAuthority(commonName: "Prüfstelle\u{1B}[31m, GmbH")
        let server = try TLSContext.server(
            certificates: Array(lone.certificatePEM.utf8), privateKey: lone.keyPEM)
        let problem = try #require(try await Self.problem("localhost", server, try TestAuthority().client()))
        #expect(problem.issuer == "CN=Prüfstelle\\1B[31m\\, GmbH")
    }

    @Test(arguments: [
        ("localhost", ["localhost"]), ("LOCALHOST.", ["localhost"]), ("a.vm.localhost", ["*.vm.localhost"]),
        ("127.0.0.1", ["127.0.0.1"]), ("[::1]", ["::1"]), ("::1", ["other.example", "::1"]),
    ])
    func `accepts the certificate of a name, a wildcard or an address`(_ host: String, _ names: [String])
        async
        throws
    {
        let authority = try TestAuthority()
        #expect(try await Self.problem(host, authority.server(for: names), authority.client()) == nil)
    }

    /// Connects to a server of that context; nil if its certificate is accepted.
    private static func problem(_ host: String, _ server: TLSContext, _ client: TLSContext) async throws
        -> CertificateProblem?
    {
        let address = host.contains(":") ? "::1" : "127.0.0.1"
        return try await onLoop {
            nonisolated(unsafe) var problem: CertificateProblem?
            try await withTLSServer(server, on: address, echo) { port in
                do {
                    let connection = try await TLSConnection.connect(
                        to: host, port: port, context: client, wakeUp: WakeUp(), until: soon())
                    connection.close()
                } catch TLSError.certificate(let found) { problem = found }
            }
            return problem
        }
    }
}

/// Where authorities are found, over real connections.
@Suite struct AuthoritiesTests {
    /// Whether a client with these files and this environment accepts a server of the authority.
    private static func accepts(
        _ authority: TestAuthority, caFiles: [String] = [], _ environment: [String: String]
    ) async throws -> Bool {
        let server = try authority.server()
        let client = try TLSContext.client(caFiles: caFiles, environment: environment)
        return try await onLoop {
            nonisolated(unsafe) var isAccepted = false
            try await withTLSServer(server, echo) { port in
                do {
                    _ = try await TLSConnection.connect(
                        to: "localhost", port: port, context: client, wakeUp: WakeUp(), until: soon())
                    isAccepted = true
                } catch TLSError.certificate {}
            }
            return isAccepted
        }
    }

    @Test func `trusts the file of a cloud and those of the environment side by side`() async throws {
        let (ours, other) = (try TestAuthority(), try TestAuthority())
        #expect(try await !Self.accepts(ours, [:]))
        #expect(try await Self.accepts(ours, caFiles: [ours.path], [:]))
        #expect(try await Self.accepts(ours, caFiles: [ours.path], ["SSL_CERT_FILE": other.path]))
        #expect(try await Self.accepts(ours, caFiles: [other.path], ["SSL_CERT_FILE": ours.path]))
        #expect(try await Self.accepts(ours, ["REQUESTS_CA_BUNDLE": ours.path]))
        #expect(
            try await Self.accepts(ours, ["SSL_CERT_FILE": other.path, "REQUESTS_CA_BUNDLE": ours.path]))
        #expect(try await !Self.accepts(ours, ["SSL_CERT_FILE": other.path, "REQUESTS_CA_BUNDLE": ""]))
    }

    @Test(arguments: ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
    func `looks into a folder by the hashes of names`(_ variable: String) async throws {
        let (ours, home) = (try TestAuthority(), try TemporaryHome())
        let pem = String(decoding: try FileReader.read(ours.path, limit: 1 << 20).bytes, as: UTF8.self)
        try home.write(pem, to: "authorities/ours.pem")
        let folder = home.path("authorities")
        #expect(try await !Self.accepts(ours, [variable: folder]))
        let rehashed = try CommandResult.run(
            "openssl", ["rehash", folder], environment: TestEnvironment.minimal)
        #expect(rehashed.status == 0, "\(rehashed.standardError)")
        #expect(try await Self.accepts(ours, [variable: folder]))
        if variable == "SSL_CERT_DIR" {
            #expect(try await Self.accepts(ours, [variable: "/nonexistent:\(folder)"]))
        }
    }

    @Test func `trusts an authority that another one signed`() async throws {
        let (authority, home) = (try CertificateAuthority(commonName: "A"), try TemporaryHome())
        let issued = try authority.issueServerCertificate(for: ["localhost"])
        let file = try home.write(issued.certificatePEM, to: "leaf.pem")
        let server = try TLSContext.server(
            certificates: Array(issued.certificatePEM.utf8), privateKey: issued.keyPEM)
        let client = try TLSContext.client(caFiles: [file])
        try await onLoop {
            try await withTLSServer(server, echo) { port in
                _ = try await TLSConnection.connect(
                    to: "localhost", port: port, context: client, wakeUp: WakeUp(), until: soon())
            }
        }
    }

    /// What stands in a file, and what is said of it.
    struct Unusable: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String?
        let isExpected: @Sendable (AuthoritiesProblem.Reason) -> Bool
    }

    private static let certificate: String = {
        (try? CertificateAuthority(commonName: "A").certificatePEM) ?? ""
    }()

    @Test(arguments: [
        Unusable(testDescription: "nothing there", text: nil) {
            $0 == .unreadable(SystemError("open", number: SystemError.noSuchFile))
        },
        Unusable(testDescription: "an empty file", text: "") { $0 == .empty },
        Unusable(testDescription: "white space alone", text: " \r\n\n") { $0 == .empty },
        Unusable(testDescription: "another text", text: "<html>Sign in</html>\n") { $0 == .notPEM },
        Unusable(testDescription: "binary", text: "0\u{0}\u{1}\u{7F}") { $0 == .notPEM },
        Unusable(
            testDescription: "PEM of something else",
            text: "-----BEGIN X-----\nAAAA\n-----END X-----\n"
        ) { if case .damaged = $0 { true } else { false } },
        Unusable(testDescription: "half a certificate", text: String(certificate.prefix(200))) {
            if case .damaged(let reasons) = $0 { !reasons.isEmpty } else { false }
        },
        Unusable(
            testDescription: "a good one and half a one", text: certificate + certificate.prefix(200)
        ) { if case .damaged(let reasons) = $0 { !reasons.isEmpty } else { false } },
    ])
    func `says why a file of authorities cannot be used, and who names it`(_ row: Unusable) throws {
        let home = try TemporaryHome()
        let path = home.path("ca.pem")
        if let text = row.text { try home.write(text, to: "ca.pem") }
        let settings: [(AuthoritiesProblem.Setting, [String], [String: String])] = [
            (.caFile, [path], [:]), (.variable("SSL_CERT_FILE"), [], ["SSL_CERT_FILE": path]),
            (.variable("REQUESTS_CA_BUNDLE"), [], ["REQUESTS_CA_BUNDLE": path]),
        ]
        for (setting, files, environment) in settings {
            let error = #expect(throws: TLSError.self) {
                _ = try TLSContext.client(caFiles: files, environment: environment)
            }
            guard case .unusableAuthorities(let problem) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(problem.path == path && problem.setting == setting)
            #expect(row.isExpected(problem.reason), "\(problem.reason)")
        }
    }

    @Test(arguments: [
        ("SSL_CERT_FILE", "/tmp", AuthoritiesProblem.Reason.noFile),
        ("SSL_CERT_FILE", "/dev/null", .noFile), ("SSL_CERT_DIR", "/nonexistent", .noFolder),
        ("SSL_CERT_DIR", "/etc/passwd:/nonexistent", .noFolder),
    ])
    func `tells files from folders`(
        _ variable: String, _ path: String, _ reason: AuthoritiesProblem.Reason
    ) {
        let problem = AuthoritiesProblem(path: path, setting: .variable(variable), reason: reason)
        #expect(throws: TLSError.unusableAuthorities(problem)) {
            _ = try TLSContext.client(environment: [variable: path])
        }
    }

    @Test func `takes the environment's authorities in place of the system's`() {
        let own = Authorities.found(in: ["SSL_CERT_FILE": "/a", "SSL_CERT_DIR": "/b:/c"])
        #expect(own.map(\.path) == ["/a", "/b:/c"] && own.map(\.kind) == [.file, .folders])
        let system = Authorities.found(in: ["SSL_CERT_FILE": ""])
        #expect(system.allSatisfy { $0.setting == .system } && system.count <= 1)
        let added = Authorities.found(in: ["REQUESTS_CA_BUNDLE": "/d"])
        #expect(added.map(\.path) == system.map(\.path) + ["/d"])
    }
}
