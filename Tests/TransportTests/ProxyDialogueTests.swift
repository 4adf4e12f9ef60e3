import Posix
import Testing

@testable import Transport

/// Runs a dialogue against bytes that come in pieces.
private enum Script {
    /// All that is said to the proxy, and how it ended: "opened", "waiting" or the failure.
    struct Outcome: Hashable {
        var said: [[UInt8]] = []
        var ending = "waiting"
        var failure: ProxyFailure?
    }

    static func run(_ dialogue: some ProxyDialogue, _ pieces: [[UInt8]]) -> Outcome {
        var dialogue = dialogue
        var outcome = Outcome(said: [dialogue.greeting().withBytes { Array($0) }])
        for piece in pieces {
            if outcome.ending != "waiting" {
                // What comes behind the end is for TLS, or for nobody.
                if outcome.ending == "opened", !piece.isEmpty { outcome.failure = .unaskedBytes }
                continue
            }
            take(piece, &dialogue, &outcome)
        }
        if outcome.failure == .unaskedBytes { outcome.ending = "failed" }
        return outcome
    }

    private static func take(
        _ piece: [UInt8], _ dialogue: inout some ProxyDialogue, _ outcome: inout Outcome
    ) {
        var rest = piece
        do throws(ProxyFailure) {
            while true {
                let step = try rest.withUnsafeBufferPointer { (bytes) throws(ProxyFailure) in
                    try dialogue.receive(UnsafeRawBufferPointer(bytes))
                }
                rest = []
                switch step {
                case .readMore: return
                case .opened:
                    outcome.ending = "opened"
                    return
                case .send(let words): outcome.said.append(words.withBytes { Array($0) })
                }
            }
        } catch {
            outcome.ending = "failed"
            outcome.failure = error
        }
    }

    /// Whole, byte by byte, and cut once at every place.
    static func splits(_ bytes: [UInt8]) -> [[[UInt8]]] {
        [[bytes], bytes.map { [$0] }]
            + bytes.indices.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
    }

    static func credentials(_ user: String, _ password: String) -> ProxyCredentials {
        ProxyCredentials(
            user: SecretBytes(copying: Array(user.utf8)), password: SecretBytes(copying: Array(password.utf8))
        )
    }
}

@Suite struct ConnectDialogueTests {
    private static func dialogue(_ host: String = "vm.example", withCredentials: Bool = false)
        -> ConnectDialogue
    {
        ConnectDialogue(
            to: host, port: 8443, credentials: withCredentials ? Script.credentials("me", "p:ss") : nil)
    }

    @Test func `asks for the target, in brackets where it is IPv6, with credentials where there are some`() {
        func text(_ dialogue: ConnectDialogue) -> String {
            dialogue.greeting().withBytes { String(decoding: $0, as: UTF8.self) }
        }
        #expect(
            text(Self.dialogue()) == "CONNECT vm.example:8443 HTTP/1.1\r\nHost: vm.example:8443\r\n\r\n")
        #expect(
            text(Self.dialogue("2001:db8::1", withCredentials: true))
                == "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
                + "Proxy-Authorization: Basic bWU6cDpzcw==\r\n\r\n")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n", ProxyFailure?.none),
        ("HTTP/1.0 204\r\n\r\n", nil), ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", nil),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", nil),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .unaskedBytes),
        ("HTTP/1.1 200 OK\r\n\r\n\u{16}\u{3}\u{3}", .unaskedBytes),
        ("HTTP/1.1 403 Forbidden\r\n\r\n<html>", .refused(status: 403, reason: "Forbidden")),
        ("HTTP/1.1 101 X\r\n\r\n", .refused(status: 101, reason: "X")),
        (
            "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n",
            .signInNeeded(status: 401, schemes: ["Basic"], hadCredentials: false)
        ),
        ("HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n", .refused(status: 301, reason: "Moved")),
        ("SSH-2.0-x\r\n", .notHTTP), ("HTTP/2 200\r\n\r\n", .notHTTP), ("HTTX", .notHTTP),
        ("\u{5}", .notHTTP),
        ("HTTP/1.1 abc OK\r\n\r\n", .notHTTP), ("HTTP/1.1 200 OK\r\nno field\r\n\r\n", .notHTTP),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", .notHTTP),
        (
            "HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n\r\n",
            .signInNeeded(status: 407, schemes: ["Negotiate", "NTLM"], hadCredentials: false)
        ),
    ])
    func `reads an answer, however it is cut`(_ answer: String, _ failure: ProxyFailure?) {
        let bytes = Array(answer.utf8)
        for pieces in Script.splits(bytes) {
            let outcome = Script.run(Self.dialogue(), pieces)
            #expect(outcome.failure == failure)
            #expect(outcome.ending == (failure == nil ? "opened" : "failed"))
            #expect(outcome.said.count == 1)
        }
    }

    @Test func `takes no head that is longer than a proxy's`() {
        let line = Array("HTTP/1.1 200 OK\r\n".utf8)
        let long = line + Array("A: ".utf8) + [UInt8](repeating: 65, count: 17_000)
        let many = line + Array(String(repeating: "A: b\r\n", count: 200).utf8) + [13, 10]
        for bytes in [long, many] {
            for pieces in [[bytes], bytes.map { [$0] }] {
                #expect(Script.run(Self.dialogue(), pieces).failure == .answerTooLong)
            }
        }
    }

    @Test func `says whether the proxy had credentials to refuse`() {
        let answer = Array("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=\"a\"\r\n\r\n".utf8)
        let outcome = Script.run(Self.dialogue(withCredentials: true), [answer])
        #expect(outcome.failure == .signInNeeded(status: 407, schemes: ["Basic"], hadCredentials: true))
    }

    @Test(arguments: [
        ([], []), (["Basic realm=\"a\""], ["Basic"]), (["Basic"], ["Basic"]),
        (
            ["Basic realm=\"a, NTLM b\", Digest realm=\"x\", nonce=\"y\", qop=auth", "NTLM"],
            ["Basic", "Digest", "NTLM"]
        ),
        (["Basic realm=\"a\\\", X y\", NTLM TlRM"], ["Basic", "NTLM"]),
        (["basic realm=x", "Basic realm=y"], ["basic"]), (["Negotiate, NTLM"], ["Negotiate", "NTLM"]),
        (["Digest realm = \"x\" , nonce = y"], ["Digest"]), ([", ,", "\"", "(x) y"], []),
    ])
    func `reads the schemes that are offered`(_ fields: [String], _ names: [String]) {
        #expect(AuthenticationSchemes.names(in: fields) == names)
    }
}

@Suite struct SOCKSDialogueTests {
    /// A proxy's part of a dialogue, and what it comes to.
    struct Exchange: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var withCredentials = false
        let answer: [UInt8]
        var said = 2
        var failure: ProxyFailure?
        var isOpen = true
    }

    private static let request: [UInt8] = [5, 1, 0, 3, 10] + Array("vm.example".utf8) + [0x20, 0xFB]
    private static let four: [UInt8] = [5, 0, 0, 1, 10, 0, 0, 1, 4, 210]
    private static let signIn: [UInt8] = [1, 2] + Array("me".utf8) + [4] + Array("p:ss".utf8)

    private static func dialogue(
        _ destination: SOCKSDialogue.Destination = .name("vm.example"), withCredentials: Bool = false
    ) -> SOCKSDialogue {
        SOCKSDialogue(
            to: destination, port: 8443,
            credentials: withCredentials ? Script.credentials("me", "p:ss") : nil)
    }

    private static func refusal(_ code: UInt8, _ reply: SOCKSReply) -> Exchange {
        Exchange(testDescription: "reply \(code)", answer: [5, 0, 5, code], failure: .socksRefused(reply))
    }

    private static let exchanges: [Exchange] = [
        Exchange(testDescription: "no sign-in, IPv4", answer: [5, 0] + four),
        Exchange(testDescription: "IPv6", answer: [5, 0, 5, 0, 0, 4] + [UInt8](repeating: 7, count: 18)),
        Exchange(testDescription: "a name", answer: [5, 0, 5, 0, 9, 3, 2, 65, 66, 0, 0]),
        Exchange(testDescription: "an empty name", answer: [5, 0, 5, 0, 0, 3, 0, 0, 0]),
        Exchange(
            testDescription: "a name of 255 bytes",
            answer: [5, 0, 5, 0, 0, 3, 255] + [UInt8](repeating: 65, count: 257)),
        Exchange(testDescription: "signed in", withCredentials: true, answer: [5, 2, 1, 0] + four, said: 3),
        Exchange(
            testDescription: "signed in, with the other version", withCredentials: true,
            answer: [5, 2, 5, 0] + four, said: 3),
        Exchange(testDescription: "needs no sign-in", withCredentials: true, answer: [5, 0] + four),
        Exchange(
            testDescription: "a wrong password", withCredentials: true, answer: [5, 2, 1, 1],
            failure: .credentialsRefused),
        Exchange(
            testDescription: "no common method", answer: [5, 0xFF], said: 1,
            failure: .noCommonMethod(hadCredentials: false)),
        Exchange(
            testDescription: "no common method, with credentials", withCredentials: true, answer: [5, 0xFF],
            said: 1, failure: .noCommonMethod(hadCredentials: true)),
        Exchange(testDescription: "a method not offered", answer: [5, 2], said: 1, failure: .notSOCKS),
        Exchange(
            testDescription: "GSSAPI", withCredentials: true, answer: [5, 1], said: 1, failure: .notSOCKS),
        Exchange(testDescription: "HTTP", answer: Array("HTTP/1.1 400".utf8), said: 1, failure: .notSOCKS),
        Exchange(testDescription: "SOCKS 4", answer: [0, 90], said: 1, failure: .notSOCKS),
        Exchange(testDescription: "junk for a reply", answer: [5, 0, 7], failure: .notSOCKS),
        Exchange(testDescription: "no such address", answer: [5, 0, 5, 0, 0, 9, 1], failure: .notSOCKS),
        Exchange(testDescription: "more behind it", answer: [5, 0] + four + [1], failure: .unaskedBytes),
        Exchange(testDescription: "a part of it", answer: [5, 0] + four.dropLast(), isOpen: false),
        refusal(1, .generalFailure), refusal(2, .notAllowed), refusal(3, .networkUnreachable),
        refusal(4, .hostUnreachable), refusal(5, .connectionRefused), refusal(6, .expired),
        refusal(7, .commandNotSupported), refusal(8, .addressTypeNotSupported), refusal(9, .unknown(9)),
        refusal(255, .unknown(255)),
    ]

    @Test(arguments: exchanges)
    func `goes on or ends, however the answer is cut`(_ exchange: Exchange) {
        let expected =
            [exchange.withCredentials ? [5, 2, 0, 2] : [5, 1, 0]]
            + (exchange.said == 3 || exchange.failure == .credentialsRefused ? [Self.signIn] : [])
            + (exchange.failure == .credentialsRefused || exchange.said == 1 ? [] : [Self.request])
        for pieces in Script.splits(exchange.answer) {
            let outcome = Script.run(Self.dialogue(withCredentials: exchange.withCredentials), pieces)
            #expect(outcome.failure == exchange.failure)
            #expect(outcome.said == expected)
            let ending = exchange.isOpen ? "opened" : "waiting"
            #expect(outcome.ending == (exchange.failure == nil ? ending : "failed"))
        }
    }

    @Test(arguments: [
        ("10.1.2.3", [5, 1, 0, 1, 10, 1, 2, 3, 0x20, 0xFB]),
        ("2001:db8::1", [5, 1, 0, 4, 0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 0xFB]),
    ])
    func `asks for an address by its bytes`(_ literal: String, _ expected: [UInt8]) throws {
        let address = try #require(SocketAddress(literal: literal, port: 1))
        #expect(Script.run(Self.dialogue(.address(address)), [[5, 0]]).said.last == expected)
    }

    @Test func `sends the longest user name and password that there can be`() {
        let (user, password) = (String(repeating: "u", count: 255), String(repeating: "p", count: 255))
        let dialogue = SOCKSDialogue(
            to: .name("a"), port: 1, credentials: Script.credentials(user, password))
        let words = [1, 255] + Array(user.utf8) + [255] + Array(password.utf8)
        #expect(Script.run(dialogue, [[5, 2]]).said.last == words)
    }
}
