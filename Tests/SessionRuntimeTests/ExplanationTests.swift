import Azure
import Diagnostics
import Keyring
import Planning
import Posix
import Testing
import Tunnels

@testable import SessionRuntime
@testable import Transport

@Suite struct ExplanationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let failure: SessionError
        let code: String
        let exit: Diagnostics.ExitStatus
        /// What the text must name.
        let names: String

        init(_ failure: SessionError, _ code: String, _ exit: Diagnostics.ExitStatus, _ names: String = "") {
            (self.failure, self.code, self.exit, self.names) = (failure, code, exit, names)
        }

        var testDescription: String { "\(code) for \(failure)" }
    }

    private static func refused(
        _ service: AzureError.Service, _ status: Int, code: String? = nil, after: Duration? = nil,
        isPage: Bool = false
    ) -> SessionError {
        .azure(
            .refused(
                Refusal(
                    service: service, status: status, code: code, message: code.map { _ in "said so" },
                    retryAfter: after, isPage: isPage)))
    }

    static let azure: [Case] = [
        Case(
            refused(.entra, 401, code: "AADSTS7000215"), "entra.refused", .notPermitted, "AZURE_CLIENT_SECRET"
        ),
        Case(refused(.entra, 400, code: "AADSTS700016"), "entra.refused", .notPermitted, "client ID"),
        Case(refused(.entra, 400, code: "AADSTS90002"), "entra.refused", .notPermitted, "hosts.hub.tenant"),
        Case(refused(.entra, 400), "entra.refused", .notPermitted, "login"),
        Case(refused(.entra, 429, after: .seconds(17)), "azure.throttled", .tryLater, "in 17 s"),
        Case(refused(.bastion, 429), "azure.throttled", .tryLater, "in a minute"),
        Case(refused(.bastion, 503, isPage: true), "azure.service-error", .tryLater, "web page"),
        Case(refused(.resourceManager, 401), "arm.unauthorized", .notPermitted, "hosts.hub.tenant"),
        Case(refused(.resourceManager, 403), "arm.forbidden", .notPermitted, "Reader"),
        Case(refused(.resourceManager, 404), "arm.host-not-found", .configuration, "resourceGroup"),
        Case(refused(.resourceManager, 409), "arm.refused", .unavailable, "409"),
        Case(refused(.bastion, 401), "bastion.unauthorized", .notPermitted, "clock"),
        Case(refused(.bastion, 403, code: "x"), "bastion.forbidden", .notPermitted, "dev-vm"),
        Case(refused(.bastion, 404), "bastion.not-found", .configuration, "dev-vm"),
        Case(refused(.bastion, 400), "bastion.refused", .unavailable, "400"),
        Case(refused(.bastion, 302), "azure.redirected", .unavailable, "302"),
        Case(refused(.resourceManager, 307), "azure.redirected", .unavailable, "Resource Manager"),
        Case(
            .azure(.unreadable(.bastion, field: "nodeId")), "azure.unreadable", .protocolViolation, "nodeId"),
        Case(
            .azure(.endpointOutsideCloud(endpoint: "evil.example", suffix: "bastion.azure.com")),
            "azure.endpoint-outside-cloud", .configuration, "evil.example"),
        Case(
            .azure(.endpointOutsideCloud(endpoint: "", suffix: "bastion.azure.com")),
            "azure.endpoint-outside-cloud", .configuration, "provisioned"),
        Case(.azure(.invalidCloud(setting: "ftp://x")), "azure.invalid-cloud", .invalidData, "ftp://x"),
        Case(.azure(.cancelled(.entra)), "session.cancelled", .signal(2)),
        Case(.azure(.unreachable(.bastion, .violation(.chunk))), "azure.garbled", .protocolViolation),
        Case(
            .azure(.unreachable(.bastion, .cutShort(receivedBytes: 3))), "azure.garbled", .protocolViolation),
        Case(
            .azure(.unreachable(.bastion, .invalidRequest("target"))), "azure.invalid-request", .invalidData),
        Case(
            .azure(
                .unreachable(
                    .bastion,
                    .proxySetting(
                        ProxySettingProblem(kind: .malformed, variable: "HTTPS_PROXY", value: "x://y")))),
            "proxy.setting", .configuration, "HTTPS_PROXY"),
        Case(
            .azure(.noCredential(.notSignedIn(environment: .missing(["AZURE_CLIENT_ID"]), keyring: nil))),
            "login.incomplete-environment", .notPermitted, "AZURE_CLIENT_ID"),
        Case(
            .azure(
                .noCredential(.notSignedIn(environment: .unsupported("AZURE_USERNAME"), keyring: nil))),
            "login.not-supported-yet", .configuration, "AZURE_USERNAME"),
        Case(
            .azure(.noCredential(.notSignedIn(environment: nil, keyring: .locked))), "login.missing",
            .notPermitted, "locked"),
        Case(
            .azure(.noCredential(.unknownAccount("app", keyring: nil))), "login.unknown-account",
            .notPermitted, "hosts.hub.account"),
        Case(
            .azure(.noCredential(.severalAccounts(["a", "b"]))), "login.several-accounts", .configuration,
            "a, b"),
        Case(.azure(.noCredential(.keyring(.locked))), "keyring.locked", .notPermitted, "unlock"),
        Case(.azure(.noCredential(.invalidTenant("x y"))), "login.invalid-tenant", .invalidData, "x y"),
    ]

    private static let refusal = SystemError("connect", number: SystemError.connectionRefused)

    static let tls: [Case] = [
        Case(.tls(.unusableIdentity(reasons: ["x"])), "tls.unavailable", .systemError, "x"),
        Case(.tls(.unavailable(reasons: [])), "tls.unavailable", .systemError),
        Case(
            .tls(.notResolved(host: "h.example", reason: "no such name")), "network.name-not-found",
            .unavailable, "h.example"),
        Case(
            .tls(.notConnected(host: "h.example", port: 443, [])), "network.not-connected", .unavailable,
            "h.example:443"),
        Case(.tls(.handshake(reasons: ["alert"])), "tls.failed", .unavailable, "alert"),
        Case(.tls(.broken(reasons: [])), "tls.failed", .unavailable),
        Case(.tls(.lost(refusal)), "network.lost", .unavailable, "refused"),
        Case(.tls(.closed(.transfer)), "network.closed", .unavailable),
        Case(.tls(.timedOut(.handshake)), "network.timed-out", .unavailable, "handshake"),
        Case(.tls(.timedOut(.resolving)), "network.timed-out", .unavailable, "DNS"),
        Case(.tls(.cancelled), "session.cancelled", .signal(2)),
    ]

    static let tunnels: [Case] = [
        Case(.tunnel(.token(.cancelled(.bastion))), "session.cancelled", .signal(2)),
        Case(.tunnel(.connection(.closed(.handshake))), "network.closed", .unavailable, "hub"),
        Case(
            .tunnel(.upgradeRefused(status: 503, excerpt: "busy\nlater")), "tunnel.upgrade-refused",
            .tryLater,
            "busy"),
        Case(
            .tunnel(.upgradeRefused(status: 403, excerpt: "")), "tunnel.upgrade-refused", .notPermitted, "403"
        ),
        Case(.tunnel(.upgradeGarbled(nil)), "tunnel.upgrade-garbled", .protocolViolation, "key"),
        Case(
            .tunnel(.upgradeGarbled(.violation(.startLine))), "tunnel.upgrade-garbled", .protocolViolation,
            "does not begin as HTTP"),
        Case(
            .tunnel(.upgradeRefused(status: 403, excerpt: " <html>")), "tunnel.upgrade-refused",
            .notPermitted, "web page"),
        Case(
            .tunnel(.upgradeRefused(status: 302, excerpt: "")), "tunnel.upgrade-refused", .notPermitted,
            "browser"),
        Case(.tunnel(.refusedAfterUpgrade), "tunnel.back-end-refused", .tryLater, "dev-vm"),
        Case(.tunnel(.silent(.seconds(20))), "tunnel.silent", .unavailable, "20 s"),
        Case(.tunnel(.timedOut(.seconds(20))), "tunnel.timed-out", .unavailable, "connectTimeout"),
        Case(.broken(.violation(.textMessage)), "tunnel.violation", .protocolViolation, "text message"),
        Case(.broken(.dropped(nil)), "tunnel.dropped", .unavailable, "without closing the tunnel"),
        Case(
            .broken(.dropped(.lost(SystemError("recv", number: SystemError.timedOut)))), "tunnel.dropped",
            .unavailable, "stallTimeout"),
        Case(
            .broken(.dropped(.lost(SystemError("recv", number: SystemError.connectionReset)))),
            "tunnel.dropped", .unavailable, "was reset"),
        Case(.broken(.dropped(.lost(refusal))), "tunnel.dropped", .unavailable, "refused"),
        Case(.broken(.dropped(.broken(reasons: ["odd"]))), "tunnel.dropped", .unavailable, "'odd'"),
        Case(.broken(.stalled(.seconds(60))), "tunnel.stalled", .unavailable, "60 s"),
        Case(
            .broken(.closed(code: 1011, reason: "gone")), "tunnel.closed-by-service", .unavailable,
            "1011: 'gone'"),
        Case(
            .tunnel(.ledger(FileError("/s/ledger", .openToOthers(0o755)))), "ledger.not-written",
            .cannotWrite, "/s/ledger"),
        Case(.tunnel(.local(refusal)), "tunnel.local-end", .systemError),
        Case(.tunnel(.cancelled), "session.cancelled", .signal(2)),
    ]

    static let others: [Case] = [
        Case(.keyring(.noService(.bus), nil), "keyring.no-service", .unavailable),
        Case(.keyring(.noService(.busUnreachable), nil), "keyring.no-service", .unavailable),
        Case(.keyring(.noService(.provider), nil), "keyring.no-service", .unavailable),
        Case(.keyring(.locked, nil), "keyring.locked", .notPermitted),
        Case(.keyring(.promptDismissed, nil), "keyring.prompt-dismissed", .notPermitted),
        Case(.keyring(.timedOut, nil), "keyring.timed-out", .unavailable),
        Case(.keyring(.noDefaultCollection, nil), "keyring.no-collection", .notPermitted),
        Case(.keyring(.unstorable, nil), "keyring.unstorable", .invalidData),
        Case(.keyring(.failed(domain: "d", code: 7), nil), "keyring.failed", .unavailable, "d 7"),
        Case(
            .listener(
                address: "127.0.0.1", port: 2222, SystemError("bind", number: SystemError.addressInUse)),
            "listener.port-taken", .systemError, "2222"),
        Case(
            .listener(address: "10.0.0.1", port: 2222, SystemError("bind", number: SystemError.accessDenied)),
            "listener.not-opened", .systemError, "10.0.0.1"),
        Case(
            .notStarted(
                program: "/usr/bin/ssh", SystemError("posix_spawn", number: SystemError.noSuchFile)),
            "client.not-started", .unavailable, "/usr/bin/ssh"),
        Case(.system(refusal), "system.failed", .systemError),
        Case(.cancelled, "session.cancelled", .signal(2)),
    ]

    @Test(arguments: azure + tls + tunnels + others)
    func `says what happened, what to do and what to exit with`(_ row: Case) throws {
        let problems = Explanation(try Samples.plan()).problems(row.failure)
        let diagnostic = try #require(problems.all.first)
        #expect(problems.all.count == 1 && problems.exit == row.exit)
        #expect(diagnostic.code == row.code)
        #expect(diagnostic.exit == row.exit)
        #expect(diagnostic.severity == .error)
        #expect((diagnostic.message + " " + diagnostic.remedy).contains(row.names) || row.names.isEmpty)
        #expect(!diagnostic.message.hasSuffix(".") && !diagnostic.message.contains("\n"))
        #expect(!diagnostic.remedy.isEmpty || row.code == "session.cancelled")
    }

    @Test func `names the secret that is missing and the command that stores it`() throws {
        let label = try Samples.label()
        let explanation = Explanation(try Samples.plan())
        let missing = try #require(explanation.problems(.secretMissing(label)).all.first)
        #expect(missing.code == "secret.missing" && missing.exit == .notPermitted)
        #expect(missing.message.contains("password of me for dev"))
        #expect(missing.remedy.contains("bastion-up secret set dev"))
        let locked = try #require(explanation.problems(.keyring(.locked, label)).all.first)
        #expect(locked.message.contains("password of me for dev"))
    }

    @Test func `hands on problems that have words already`() throws {
        let given = Problems([
            .warning("a.b", "first", remedy: "x"), Diagnostic("c.d", "second", remedy: "y", exit: .usage),
        ])
        #expect(Explanation(try Samples.plan()).problems(.problems(given)) == given)
    }

    @Test func `shows one line of foreign text, cut`() {
        #expect(Explanation.quoted("") == "")
        #expect(Explanation.quoted("\n\n") == "")
        #expect(Explanation.quoted("one\ntwo") == ": 'one'")
        #expect(Explanation.quoted(String(repeating: "x", count: 1000)).count == 164)
    }
}
