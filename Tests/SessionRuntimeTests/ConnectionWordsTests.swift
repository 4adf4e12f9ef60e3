import Diagnostics
import Posix
import Testing
import Transport

@testable import SessionRuntime

/// The words for connections that failed: certificates, authorities, addresses, proxies.
@Suite struct ConnectionWordsTests {
    /// A failure, and the code, status and words that it is told with.
    struct Row: CustomTestStringConvertible, Sendable {
        let error: TLSError
        let code: String
        var exit = Diagnostics.ExitStatus.unavailable
        let words: [String]

        init(
            _ error: TLSError, _ code: String, _ exit: Diagnostics.ExitStatus = .unavailable,
            _ words: String...
        ) {
            self.error = error
            self.code = code
            self.exit = exit
            self.words = words
        }

        var testDescription: String { "\(code) \(words.joined(separator: " "))" }
    }

    private static func certificate(
        _ kind: CertificateProblem.Kind, subject: String = "CN=h", issuer: String = "CN=Contoso Inspection",
        names: [String] = [], limit: String = ""
    ) -> TLSError {
        .certificate(
            CertificateProblem(
                kind: kind, host: "h.example", code: 1, text: "words", subject: subject, issuer: issuer,
                names: names, limit: limit))
    }

    static let certificates: [Row] = [
        Row(
            certificate(.expired, limit: "May  1 12:00:00 2026 GMT"), "tls.certificate-expired",
            .unavailable, "has expired: it ended on May  1 12:00:00 2026 GMT", "clock"),
        Row(
            certificate(.notYetValid, limit: "May  1 12:00:00 2036 GMT"), "tls.certificate-not-yet-valid",
            .unavailable, "begins on May  1 12:00:00 2036 GMT", "clock"),
        Row(
            certificate(.selfSigned), "tls.self-signed", .unavailable, "signed by itself alone: 'CN=h'",
            "clouds.NAME.caFile", "REQUESTS_CA_BUNDLE"),
        Row(
            certificate(.unknownIssuer), "tls.unknown-issuer", .unavailable, "'CN=Contoso Inspection'",
            "inspects TLS", "update-ca-certificates", "clouds.NAME.caFile"),
        Row(
            certificate(.nameMismatch, names: ["a", "b", "c", "d", "e"]), "tls.wrong-name", .unavailable,
            "is not for 'h.example', but for a, b, c and 2 more"),
        Row(certificate(.nameMismatch), "tls.wrong-name", .unavailable, "is not for 'h.example'"),
        Row(certificate(.other), "tls.certificate", .unavailable, "words"),
    ]

    private static func authorities(
        _ reason: AuthoritiesProblem.Reason, _ setting: AuthoritiesProblem.Setting = .caFile
    ) -> TLSError {
        .unusableAuthorities(AuthoritiesProblem(path: "/ca.pem", setting: setting, reason: reason))
    }

    static let files: [Row] = [
        Row(
            authorities(.unreadable(SystemError("open", number: SystemError.noSuchFile))),
            "tls.authorities", .configuration, "'/ca.pem' (from clouds.NAME.caFile)", "No such file"),
        Row(
            authorities(.empty, .variable("SSL_CERT_FILE")), "tls.authorities", .configuration,
            "(from SSL_CERT_FILE)", "it is empty", "unset"),
        Row(authorities(.notPEM), "tls.authorities", .configuration, "not PEM", "openssl x509 -inform der"),
        Row(
            authorities(.damaged(["bad base64 decode", "more"])), "tls.authorities", .configuration,
            "damaged", "'bad base64 decode'"),
        Row(authorities(.noFile, .system), "tls.authorities", .configuration, "no file", "ca-certificates"),
        Row(authorities(.noFolder, .variable("SSL_CERT_DIR")), "tls.authorities", .configuration, "folder"),
    ]

    private static func attempt(_ host: String, _ number: Int32?) -> ConnectAttempt? {
        SocketAddress(literal: host, port: 443).map {
            ConnectAttempt(address: $0, failure: number.map { SystemError("connect", number: $0) })
        }
    }

    private static func unreached(_ attempts: ConnectAttempt?...) -> TLSError {
        .notConnected(host: "h.example", port: 443, attempts.compactMap(\.self))
    }

    static let addresses: [Row] = [
        Row(
            unreached(attempt("10.0.0.1", SystemError.connectionRefused)), "network.not-connected",
            .unavailable, "bastion host 'hub' cannot be reached at h.example:443: Connection refused",
            "HTTPS_PROXY"),
        Row(
            unreached(attempt("10.0.0.1", nil)), "network.not-connected", .unavailable,
            "h.example:443 (10.0.0.1: no answer)"),
        Row(
            unreached(
                attempt("2001:db8::1", SystemError.networkUnreachable), attempt("10.0.0.2", nil),
                attempt("10.0.0.1", SystemError.connectionRefused)), "network.not-connected", .unavailable,
            "(10.0.0.1: Connection refused; 10.0.0.2: no answer; 2001:db8::1: Network is unreachable)"),
        Row(
            unreached(
                attempt("10.0.0.1", nil), attempt("10.0.0.2", nil), attempt("10.0.0.3", nil),
                attempt("10.0.0.4", nil), attempt("10.0.0.5", nil), attempt("10.0.0.6", nil)),
            "network.not-connected", .unavailable, "10.0.0.4: no answer; and 2 more addresses)"),
    ]

    private static func proxy(_ failure: ProxyFailure, _ scheme: String = "http") -> TLSError {
        .proxy(ProxyError(proxy: "\(scheme)://proxy:3128", variable: "https_proxy", failure: failure))
    }

    private static func signIn(_ schemes: [String], _ hadCredentials: Bool) -> TLSError {
        proxy(.signInNeeded(status: 407, schemes: schemes, hadCredentials: hadCredentials))
    }

    private static let refusal = SystemError("connect", number: SystemError.connectionRefused)

    static let proxies: [Row] = [
        Row(
            signIn(["Basic"], false), "proxy.sign-in", .notPermitted,
            "'http://proxy:3128' asks for a user name and password (status 407)",
            "into https_proxy as http://USER:PASSWORD@proxy:3128", "%XX", "NO_PROXY"),
        Row(signIn([], false), "proxy.sign-in", .notPermitted, "asks for a user name"),
        Row(
            signIn(["NTLM", "basic"], true), "proxy.sign-in", .notPermitted, "did not accept",
            "correct them in https_proxy"),
        Row(
            signIn(["Negotiate", "NTLM"], true), "proxy.sign-in", .notPermitted,
            "by Negotiate, NTLM, and only Basic is supported", "cntlm"),
        Row(
            proxy(.refused(status: 403, reason: "Forbidden")), "proxy.refused", .unavailable,
            "refused the way to bastion host 'hub' with status 403: 'Forbidden'", "NO_PROXY"),
        Row(
            proxy(.refused(status: 503, reason: "")), "proxy.target-unreachable", .unavailable,
            "did not reach bastion host 'hub': it answered with status 503"),
        Row(
            proxy(.noCommonMethod(hadCredentials: false), "socks5h"), "proxy.sign-in", .notPermitted,
            "into https_proxy as socks5h://USER:PASSWORD@proxy:3128"),
        Row(
            proxy(.noCommonMethod(hadCredentials: true), "socks5h"), "proxy.sign-in", .notPermitted,
            "user name and password"),
        Row(
            proxy(.credentialsRefused, "socks5h"), "proxy.sign-in", .notPermitted,
            "'socks5h://proxy:3128' did not accept"),
        Row(proxy(.socksRefused(.generalFailure)), "proxy.target-unreachable", .unavailable, "general"),
        Row(proxy(.socksRefused(.notAllowed)), "proxy.refused", .unavailable, "rules do not allow"),
        Row(proxy(.socksRefused(.networkUnreachable)), "proxy.target-unreachable", .unavailable, "network"),
        Row(proxy(.socksRefused(.hostUnreachable)), "proxy.target-unreachable", .unavailable, "not found"),
        Row(proxy(.socksRefused(.connectionRefused)), "proxy.target-unreachable", .unavailable, "refused"),
        Row(proxy(.socksRefused(.expired)), "proxy.target-unreachable", .unavailable, "time to live"),
        Row(proxy(.socksRefused(.commandNotSupported)), "proxy.refused", .unavailable, "no connections"),
        Row(proxy(.socksRefused(.addressTypeNotSupported)), "proxy.refused", .unavailable, "IPv6"),
        Row(proxy(.socksRefused(.unknown(77))), "proxy.refused", .unavailable, "77"),
        Row(proxy(.notHTTP), "proxy.failed", .unavailable, "no HTTP", "https_proxy"),
        Row(proxy(.notSOCKS), "proxy.failed", .unavailable, "no SOCKS 5"),
        Row(proxy(.answerTooLong), "proxy.failed", .unavailable, "too long"),
        Row(proxy(.unaskedBytes), "proxy.failed", .unavailable, "more came behind"),
        Row(proxy(.closed), "proxy.failed", .unavailable, "closed"),
        Row(proxy(.lost(refusal)), "proxy.failed", .unavailable, "refused"),
        Row(proxy(.timedOut), "proxy.timed-out", .unavailable, "'http://proxy:3128'", "in time"),
        Row(proxy(.cancelled), "session.cancelled", .signal(2), "ended"),
        Row(
            proxy(.unreachable(.notResolved(host: "proxy", reason: "no such name"))), "proxy.unreachable",
            .unavailable, "the name 'proxy' of the proxy 'http://proxy:3128' cannot be resolved",
            "https_proxy"),
        Row(
            proxy(.unreachable(.notConnected(host: "proxy", port: 3128, []))), "proxy.unreachable",
            .unavailable, "the proxy 'http://proxy:3128' cannot be reached", "NO_PROXY"),
        Row(
            proxy(.unreachable(.handshake(reasons: ["wrong version number"])), "https"), "proxy.failed",
            .unavailable, "TLS with the proxy 'https://proxy:3128' failed", "http://, not https://"),
        Row(
            proxy(.unreachable(certificate(.unknownIssuer)), "https"), "tls.unknown-issuer", .unavailable,
            "the certificate of the proxy 'https://proxy:3128'"),
        Row(
            proxy(.behind(certificate(.unknownIssuer))), "tls.unknown-issuer", .unavailable,
            "of bastion host 'hub', reached through the proxy 'http://proxy:3128', is signed"),
        Row(
            proxy(.behind(.timedOut(.handshake))), "network.timed-out", .unavailable,
            "reached through the proxy 'http://proxy:3128', did not answer in time"),
    ]

    @Test(arguments: certificates + files + addresses + proxies)
    func `says what happened at which place, and what to do`(_ row: Row) {
        let diagnostic = TLSWords(peer: "bastion host 'hub'").diagnostic(row.error)
        #expect(diagnostic.code == row.code)
        #expect(diagnostic.exit == row.exit)
        for words in row.words {
            #expect((diagnostic.message + "\n" + diagnostic.remedy).contains(words))
        }
        #expect(!diagnostic.message.hasSuffix(".") && !diagnostic.message.contains("\n"))
    }

    @Test(arguments: [
        (ProxySettingProblem.Kind.unsupportedScheme, "socks4://p:1", "scheme of 'socks4://p:1'"),
        (.malformed, "http://", "'http://' is no proxy"),
        (.credentialsLength, "socks5h://p:1", "too long"),
    ])
    func `says what is wrong with a variable`(
        _ kind: ProxySettingProblem.Kind, _ value: String, _ words: String
    ) {
        let problem = ProxySettingProblem(kind: kind, variable: "all_proxy", value: value)
        let diagnostic = ProxyWords.setting(problem)
        #expect(diagnostic.code == "proxy.setting" && diagnostic.exit == .configuration)
        #expect(diagnostic.message.contains("in all_proxy") && diagnostic.message.contains(words))
        #expect(diagnostic.remedy.contains("socks5h"))
    }
}
