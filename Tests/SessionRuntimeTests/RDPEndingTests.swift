import Diagnostics
import Planning
import Posix
import Profiles
import Testing
import Transport
import Tunnels

@testable import SessionRuntime

/// What our end of the tunnel saw, and what a client's status means beside it.
@Suite struct RDPEndingTests {
    private static let program = "/usr/bin/xfreerdp"

    private static func sight(
        _ received: UInt64, _ failure: TunnelFailure? = nil, connections: Int = 1
    ) -> TunnelServer.Sight {
        var sight = TunnelServer.Sight()
        sight.connections = connections
        sight.mostReceived = received
        if connections > 0 {
            var traffic = TunnelTraffic()
            traffic.received = received
            sight.lastEnding = TunnelServer.Ending(failure: failure, traffic: traffic)
        }
        return sight
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int32
        let ending: RDPEnding
        let sight: TunnelServer.Sight

        init(_ status: Int32, _ ending: RDPEnding, _ sight: TunnelServer.Sight = RDPEndingTests.session) {
            (self.status, self.ending, self.sight) = (status, ending, sight)
        }

        var testDescription: String { "\(status) -> \(ending)" }
    }

    /// A desktop was seen.
    static let session = sight(5_000_000)
    /// As much as network-level authentication takes.
    static let signIn = sight(2086)

    static let cases: [Case] = [
        Case(0, .done), Case(2, .done), Case(11, .done), Case(12, .done),
        Case(1, .sessionEnded(.disconnected)), Case(3, .sessionEnded(.idle)),
        Case(4, .sessionEnded(.logonTimeout)), Case(5, .sessionEnded(.replaced)),
        Case(6, .sessionEnded(.outOfMemory)), Case(7, .refused(.denied)), Case(9, .refused(.userPrivileges)),
        Case(17, .sessionEnded(.license)), Case(26, .sessionEnded(.license)),
        Case(131, .sessionEnded(.lost)), Case(131, .sessionEnded(.lost), signIn),
        Case(147, .sessionEnded(.lost)), Case(147, .endedAtSignIn, signIn), Case(147, .hungUp, sight(19)),
        Case(147, .unanswered, sight(0)), Case(131, .unanswered, sight(0)), Case(133, .unanswered, sight(0)),
        Case(133, .securityMismatch, sight(19)), Case(143, .tlsFailed, sight(1200)),
        Case(147, .tunnelFailed, sight(0, .silent(.seconds(15)))),
        Case(131, .tunnelFailed, sight(5_000_000, .dropped(nil))),
        Case(133, .tunnelFailed, sight(0, .closed(code: 1011, reason: ""))),
        Case(147, .endedAtSignIn, sight(2086, .local(SystemError("write", number: 32)))),
        Case(132, .refused(.authentication), signIn), Case(134, .refused(.logon), signIn),
        Case(160, .sessionEnded(.booting), signIn), Case(255, .unknown), Case(137, .unknown),
        Case(23, .argumentsRefused, sight(0, connections: 0)),
        Case(24, .argumentsRefused, sight(0, connections: 0)),
        Case(128, .argumentsRefused, sight(0, connections: 0)),
        Case(1, .unknown, sight(0, connections: 0)), Case(131, .unknown, sight(0, connections: 0)),
        Case(0, .done, sight(0, connections: 0)),
    ]

    @Test(arguments: cases)
    func `reads the status beside what the tunnel saw`(_ item: Case) {
        #expect(RDPEnding(.exited(item.status), item.sight) == item.ending)
    }

    @Test(arguments: [1, 2, 15] as [Int32])
    func `the user's own signals are no failure`(_ signal: Int32) {
        #expect(RDPEnding(.killed(signal: signal), Self.session) == .interrupted)
    }

    @Test func `a client that we ended, since the target was silent, lost its tunnel`() {
        let sight = Self.sight(0, .silent(.seconds(15)))
        #expect(RDPEnding(.killed(signal: 15), sight) == .tunnelFailed)
    }

    @Test(arguments: [6, 9, 11] as [Int32])
    func `other signals are`(_ signal: Int32) {
        #expect(RDPEnding(.killed(signal: signal), Self.session) == .crashed(signal: signal))
    }

    @Test(arguments: [(0, 0), (11, 0), (12, 0), (2, 0), (131, 131)] as [(Int32, Int32)])
    func `leaving the desktop is success`(_ status: Int32, _ own: Int32) {
        let outcome = ClientOutcome(
            ending: .exited(status), reading: .freeRDP, sight: Self.session, shownHostKey: nil,
            givenSecret: nil,
            duration: .zero)
        #expect(outcome.status.rawValue == own)
        #expect(outcome.isClientFailure == (own != 0))
        #expect(outcome.lostTunnel == nil)
    }

    @Test func `a lost tunnel is worth another launch, the user's own end is not`() {
        for (status, isLost) in [(131, true), (12, false), (0, false)] as [(Int32, Bool)] {
            let outcome = ClientOutcome(
                ending: .exited(status), reading: .freeRDP, sight: Self.sight(90_000, .dropped(nil)),
                shownHostKey: nil,
                givenSecret: nil, duration: .zero)
            #expect((outcome.lostTunnel != nil) == isLost)
        }
    }

    // MARK: - Words

    private static func words(_ kind: RDPFailure.Kind, extra: Bool = false) throws -> Diagnostic {
        let failure = RDPFailure(kind: kind, program: program, hasExtraArguments: extra)
        let problems = Explanation(try Samples.plan()).problems(.rdp(failure))
        return try #require(problems.errors.first)
    }

    static let refusals: [(RDPEnding.Refusal, String)] = [
        (.denied, "rdp.denied"), (.deniedByFIPS, "rdp.denied-fips"), (.userPrivileges, "rdp.not-allowed"),
        (.freshCredentials, "rdp.fresh-credentials"), (.authentication, "rdp.sign-in-refused"),
        (.logon, "rdp.sign-in-refused"), (.lockedOut, "rdp.locked-out"),
        (.insufficientPrivileges, "rdp.not-allowed"), (.passwordExpired, "rdp.password-expired"),
        (.passwordMustChange, "rdp.password-must-change"), (.kdcUnreachable, "rdp.kdc-unreachable"),
        (.accountDisabled, "rdp.account-disabled"), (.passwordCertainlyExpired, "rdp.password-expired"),
        (.revoked, "rdp.account-revoked"), (.wrongPassword, "rdp.wrong-password"),
        (.accessDenied, "rdp.access-denied"), (.accountRestriction, "rdp.account-restricted"),
        (.accountExpired, "rdp.account-expired"), (.logonType, "rdp.logon-type"),
        (.noCredentials, "rdp.no-credentials"),
    ]

    @Test(arguments: refusals)
    func `each refusal has its code, and the client's status in its message`(
        _ refusal: RDPEnding.Refusal, _ code: String
    ) throws {
        let raw = ChildProcess.Ending.exited(refusal.rawValue)
        #expect(RDPEnding(raw, Self.signIn) == .refused(refusal))
        let words = try Self.words(.client(.refused(refusal), raw))
        #expect(words.code == code)
        #expect(words.exit == (refusal == .kdcUnreachable ? .unavailable : .notPermitted))
        #expect(words.message.hasSuffix("(xfreerdp ended with status \(refusal.rawValue))"))
        #expect(!words.remedy.isEmpty)
    }

    @Test func `the table of refusals is complete`() {
        #expect(Set(Self.refusals.map(\.0)) == Set(RDPEnding.Refusal.allCases))
    }

    @Test(
        arguments: [
            (.tlsFailed, "rdp.tls", 69), (.securityMismatch, "rdp.security-mismatch", 77),
            (.unanswered, "rdp.unanswered", 69), (.hungUp, "rdp.hung-up", 69),
            (.endedAtSignIn, "rdp.sign-in-ended", 77), (.sessionEnded(.lost), "rdp.lost", 69),
            (.sessionEnded(.disconnected), "rdp.disconnected", 69), (.sessionEnded(.idle), "rdp.idle", 69),
            (.sessionEnded(.logonTimeout), "rdp.logon-timeout", 69),
            (.sessionEnded(.replaced), "rdp.replaced", 69), (.sessionEnded(.license), "rdp.license", 77),
            (.sessionEnded(.outOfMemory), "rdp.out-of-memory", 75),
            (.sessionEnded(.booting), "rdp.booting", 75), (.argumentsRefused, "rdp.arguments", 70),
            (.unknown, "rdp.failed", 70),
        ] as [(RDPEnding, String, Int32)])
    func `each other end has its code too`(_ ending: RDPEnding, _ code: String, _ exit: Int32) throws {
        let words = try Self.words(.client(ending, .exited(99)))
        #expect(words.code == code && words.exit.rawValue == exit)
        #expect(words.message.contains("99") && !words.remedy.isEmpty)
    }

    @Test func `what the user added may be why the arguments were refused`() throws {
        let words = try Self.words(.client(.argumentsRefused, .exited(23)), extra: true)
        #expect(words.exit == .usage && words.remedy.contains("--"))
    }

    @Test func `a client that broke down keeps its signal`() throws {
        let words = try Self.words(.client(.crashed(signal: 11), .killed(signal: 11)))
        #expect(words.code == "rdp.crashed" && words.exit.rawValue == 139)
    }

    @Test func `a failed tunnel speaks for itself`() throws {
        let words = try Self.words(.tunnel(.silent(.seconds(15)), .exited(147)))
        #expect(words.code == "tunnel.silent" && words.exit == .unavailable)
        #expect(words.message.contains("147"))
    }

    @Test(arguments: [false, true])
    func `another certificate is shown beside the one that was expected`(_ isOfProfile: Bool) throws {
        let shown = try #require(CertificateFingerprint(digest: Array(repeating: 0x0A, count: 32)))
        let pinned = try #require(CertificateFingerprint(digest: Array(repeating: 0xF0, count: 32)))
        let words = try Self.words(.certificateChanged(shown, pinned: pinned, isOfProfile: isOfProfile))
        #expect(words.code == "rdp.certificate-changed" && words.exit == .notPermitted)
        #expect(words.message.contains(shown.shown) && words.message.contains(pinned.shown))
        #expect(words.remedy.contains(isOfProfile ? "rdp.certificate" : "known-hosts forget dev"))
    }

    @Test(
        arguments: [
            (.ended, "rdp.unanswered", 69), (.notRDP, "rdp.other-server", 76), (.noTLS, "rdp.no-tls", 77),
            (.refused(code: 5), "rdp.security-mismatch", 77), (.timedOut, "rdp.silent", 69),
            (.handshake(.closed(.handshake)), "rdp.tls", 69), (.cancelled, "session.cancelled", 130),
        ] as [(CertificateQuestion.Failure, String, Int32)])
    func `a target without a certificate is described`(
        _ failure: CertificateQuestion.Failure, _ code: String, _ exit: Int32
    ) throws {
        let words = try Self.words(.noCertificate(failure))
        #expect(words.code == code && words.exit.rawValue == exit)
    }
}

@Suite struct RDPNegotiationTests {
    private static func answer(_ kind: UInt8, _ value: UInt8) -> [UInt8] {
        [3, 0, 0, 19, 14, 0xD0, 0, 0, 0x12, 0x34, 0, kind, 0, 8, 0, value, 0, 0, 0]
    }

    @Test func `asks for TLS or network-level authentication in a packet of its own length`() {
        let request = RDPNegotiation.request
        #expect(RDPNegotiation.length(Array(request.prefix(4))) == request.count)
        #expect(request[15...18] == [3, 0, 0, 0])
    }

    @Test(
        arguments: [
            (answer(2, 1), .tls), (answer(2, 2), .tls), (answer(2, 0), .ownEncryption),
            (answer(3, 5), .refused(code: 5)), (Array(answer(2, 1).prefix(11)), .ownEncryption),
            (answer(9, 1), nil), (answer(2, 1).map { $0 == 0xD0 ? 0xE0 : $0 }, nil),
        ] as [([UInt8], RDPNegotiation.Answer?)])
    func `understands the answer`(_ packet: [UInt8], _ answer: RDPNegotiation.Answer?) {
        #expect(RDPNegotiation.answer(packet) == answer)
    }

    @Test(arguments: [Array("SSH-".utf8), [], [3, 0], [3, 0, 0, 10], [3, 0, 2, 1]] as [[UInt8]])
    func `knows what is no packet of it`(_ head: [UInt8]) {
        #expect(RDPNegotiation.length(head) == nil)
    }
}
