import Posix
import Testing
import Transport

@testable import BastionEmulator

/// Faults of connections and of answers.
@Suite struct SpoiltAnswerTests {
    enum Outcome: Hashable {
        case status(Int)
        case violation(HTTPViolation)
        case timedOut
        case cutShort
        case other
    }

    private static func outcome(_ body: () async throws -> HTTPResponse) async -> Outcome {
        do { return .status(try await body().status) } catch {
            switch error as? HTTPError {
            case .violation(let violation): return .violation(violation)
            case .connection(.timedOut): return .timedOut
            case .cutShort, .connection(.closed): return .cutShort
            default: return .other
            }
        }
    }

    @Test(arguments: [
        ("short-length", Outcome.status(200)), ("long-length", .timedOut), ("cut", .cutShort),
        ("two-lengths", .violation(.contentLength)), ("bad-length", .violation(.contentLength)),
        ("bad-chunk", .violation(.chunk)), ("open-chunk", .timedOut),
        ("endless-head", .violation(.headTooLong)), ("endless-interim", .violation(.interimAnswers)),
        ("endless-lines", .violation(.startLine)), ("huge-head", .violation(.headTooLong)),
        ("silence", .timedOut),
    ])
    func `spoils how an answer is sent`(_ framing: String, _ outcome: Outcome) async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, framing: \(framing)}]\n") { cloud in
            let token = try await cloud.token()
            let cloud = outcome == .timedOut ? cloud.hurried : cloud
            #expect(await Self.outcome { try await cloud.requestSession(token) } == outcome)
        }
    }

    @Test func `sends a body without end, until the client has had enough`() async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, framing: endless-body}]\n") { cloud in
            let token = try await cloud.token()
            let outcome = await Self.outcome { try await cloud.requestSession(token) }
            guard case .violation(.bodyTooLong) = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test func `sends what is no answer at all`() async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, framing: garbage}]\n") { cloud in
            let token = try await cloud.token()
            let outcome = await Self.outcome { try await cloud.requestSession(token) }
            let fitting: [HTTPViolation] = [.startLine, .lineEnd]
            #expect(outcome == .cutShort || fitting.contains { outcome == .violation($0) }, "\(outcome)")
        }
    }

    @Test func `sends an answer byte by byte`() async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, status: 403, pace: 1ms}]\n") { cloud in
            let token = try await cloud.token()
            let start = Instant.now
            #expect(try await cloud.requestSession(token).status == 403)
            #expect(start.duration(to: .now) > .milliseconds(200))
            let hurried = cloud.hurried
            #expect(await Self.outcome { try await hurried.requestSession(token) } == .timedOut)
        }
    }

    @Test func `replaces members of the answer`() async throws {
        let rule = "{on: tokens, fields: {nodeId: 7, websocketToken: null, authToken: \"x y\", new: \"a\"}}"
        try await EmulatedCloud.run("faults: [\(rule)]\n") { cloud in
            let answer = try await cloud.requestSession(cloud.token())
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(text.contains(#""nodeId":7"#) && text.contains(#""authToken":"x y""#))
            #expect(text.contains(#""new":"a""#) && !text.contains("websocketToken"))
        }
    }

    @Test func `sends a client elsewhere`() async throws {
        try await EmulatedCloud.run("faults: [{on: tokens, status: 302, location: \"https://x.example/\"}]\n")
        {
            let answer = try await $0.requestSession($0.token())
            #expect(answer.status == 302 && answer.headers["Location"] == "https://x.example/")
        }
    }

    @Test func `knows the port of a deletion`() async throws {
        try await EmulatedCloud.run("faults: [{on: delete, port: \(closedPort), status: 500}]\n") { cloud in
            let token = try await cloud.token()
            let (one, other) = (
                try await cloud.session(token),
                try await cloud.session(token, ["workloadHostPort": "\(closedPort)"])
            )
            #expect(try await cloud.delete(one) == 204)
            #expect(try await cloud.delete(other) == 500)
        }
    }
}

/// Faults before the first request.
@Suite struct GreetingTests {
    private static let separate =
        "listen: {authority: 127.0.0.1:0, resourceManager: 127.0.0.1:0, bastion: 127.0.0.1:0}\n"

    /// What a client's handshake with the bastion host comes to.
    private static func greeting(_ effect: String, _ check: @escaping @Sendable (TLSError?) -> Void)
        async throws
    {
        try await EmulatedCloud.run("faults: [{on: connect, \(effect), times: 1}]\n") { cloud in
            var failure: TLSError?
            do { _ = try await cloud.hurried.connect() } catch { failure = error as? TLSError }
            check(failure)
            let (tls, _) = try await cloud.connect()
            tls.close()
        }
    }

    @Test(arguments: [
        ("expired", CertificateProblem.Kind.expired), ("not-yet-valid", .notYetValid),
        ("unknown-issuer", .unknownIssuer), ("self-signed", .selfSigned), ("other-name", .nameMismatch),
    ])
    func `shows a certificate that no client takes`(_ kind: String, _ problem: CertificateProblem.Kind)
        async throws
    {
        try await Self.greeting("certificate: \(kind)") { failure in
            guard case .certificate(let found)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(found.kind == problem)
        }
    }

    @Test(arguments: ["garbage", "plain-http", "alert"])
    func `spoils the handshake`(_ kind: String) async throws {
        try await Self.greeting("handshake: \(kind)") { failure in
            guard case .handshake(let reasons)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(!reasons.isEmpty)
        }
    }

    @Test func `answers no handshake`() async throws {
        try await Self.greeting("handshake: silence") { #expect($0 == .timedOut(.handshake)) }
    }

    @Test(arguments: ["handshake: reset", "hangUp: true"])
    func `ends a connection`(_ effect: String) async throws {
        try await Self.greeting(effect) { failure in
            switch failure {
            case .lost?, .closed?: break
            default: Issue.record("\(String(describing: failure))")
            }
        }
    }
}
