/// One rule of what goes wrong, and when.
package struct Fault: Sendable {
    /// Which requests it meets.
    package enum Occasion: String, CaseIterable, Sendable {
        /// A TCP connection to the listener of the bastion hosts, before anything is said over it.
        case connect
        case signIn = "sign-in"
        case resourceManager = "resource-manager"
        case tokens
        case webSocket = "websocket"
        case delete
    }

    /// An answer in place of the true one.
    package struct Answer: Sendable {
        package enum Body: String, CaseIterable, Sendable { case json, html, empty }
        package var status: Int
        package var body = Body.json
        /// Seconds, for `Retry-After`.
        package var retryAfter: Int?
        /// For `Location`.
        package var location: String?
    }

    /// How an answer of HTTP, the true one or another, is spoilt on its way.
    package enum Framing: String, CaseIterable, Sendable {
        /// `Content-Length` is smaller than the body.
        case shortLength = "short-length"
        /// It is larger, and the connection stays open.
        case longLength = "long-length"
        /// It is larger, and the connection ends.
        case cut
        case twoLengths = "two-lengths"
        case badLength = "bad-length"
        /// The size of the second chunk is no number.
        case badChunk = "bad-chunk"
        /// The last chunk never comes.
        case openChunk = "open-chunk"
        /// Spaces behind the body, without end.
        case endlessBody = "endless-body"
        /// Fields without end.
        case endlessHead = "endless-head"
        /// Answers 103 without end.
        case endlessInterim = "endless-interim"
        /// Empty lines without end.
        case endlessLines = "endless-lines"
        /// One field of 1 MiB.
        case hugeHead = "huge-head"
        /// Bytes that are no HTTP.
        case garbage
        /// Nothing, and the connection stays open.
        case silence
    }

    /// How the handshake of TLS is spoilt.
    package enum Handshake: String, CaseIterable, Sendable {
        /// Nothing is ever answered.
        case silence
        /// Bytes that are no TLS.
        case garbage
        /// A page of HTTP without TLS.
        case plainHTTP = "plain-http"
        /// The alert handshake_failure.
        case alert
        /// The TCP connection is reset.
        case reset
    }

    /// What is wrong with the certificate.
    package enum Certificate: String, CaseIterable, Sendable {
        case expired
        case notYetValid = "not-yet-valid"
        /// Of an authority that nobody knows.
        case unknownIssuer = "unknown-issuer"
        case selfSigned = "self-signed"
        case otherName = "other-name"
    }

    /// How the 101 is spoilt.
    package enum Upgrade: String, CaseIterable, Sendable {
        /// Without `Upgrade` and `Connection`, as the service does at times; all else works.
        case missingHeaders = "missing-headers"
        case wrongAccept = "wrong-accept"
        case noAccept = "no-accept"
        /// An extension is chosen that nobody offered.
        case `extension`
        /// Half of it, and nothing more.
        case half
        /// Half of it, and the connection ends.
        case cut
        /// A page of HTTP 400 in place of frames.
        case page
        /// Bytes that are no frames.
        case garbage
        /// Nothing at all after the 101.
        case silence
    }

    package enum Direction: String, CaseIterable, Sendable { case up, down }

    /// How messages to the client are made.
    package enum Messages: String, CaseIterable, Sendable {
        case text
        /// Each in three frames.
        case fragmented
        /// An empty message before each.
        case empty
        /// Masked, which a server must not do.
        case masked
        /// A header that announces 2^63 bytes and more.
        case oversized
        /// A ping before each.
        case pings
        /// A reserved bit is set, as by an extension that was not agreed on.
        case reservedBits = "reserved-bits"
        case unknownOpcode = "unknown-opcode"
        /// A length that is not in its shortest form.
        case longForm = "long-form"
        /// Frames that continue a message which did not begin.
        case continuation
        /// Another message before the first has ended.
        case interrupted
        /// A ping in two frames before each.
        case fragmentedPing = "fragmented-ping"
        /// A ping of 126 bytes before each.
        case longPing = "long-ping"
        /// Half of a message, and then nothing down.
        case half
    }

    package var occasion: Occasion
    /// The exact path, or a beginning with `*` at its end. Nil: any.
    package var path: String?
    /// The target's port, for tokens, WebSockets and deletions. Nil: any.
    package var port: UInt16?
    /// The first of the matching requests that it meets, counted from 1.
    package var nth = 1
    /// How many it meets from there on. Nil: all.
    package var times: Int?

    package var delay: Duration?
    package var answer: Answer?
    /// Members of the answer's JSON that are replaced; nil takes one out. The values are numbers or texts.
    package var fields: [Field] = []
    package var framing: Framing?
    /// The pause after each byte of the answer.
    package var pace: Duration?
    /// The connection is ended without an answer.
    package var hangUp = false
    package var handshake: Handshake?
    package var certificate: Certificate?
    package var upgrade: Upgrade?
    package var cut: TunnelCut?
    package var messages: Messages?

    package struct Field: Hashable, Sendable {
        package enum Value: Hashable, Sendable {
            case absent
            case number(Int)
            case text(String)
        }

        package var name: String
        package var value: Value
    }

    package init(_ occasion: Occasion) { self.occasion = occasion }
}
