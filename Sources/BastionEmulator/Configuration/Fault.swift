/// One rule of what goes wrong, and when.
package struct Fault: Sendable {
    /// Which requests it meets.
    package enum Occasion: String, CaseIterable, Sendable {
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
    }

    /// How the 101 is spoilt.
    package enum Upgrade: String, CaseIterable, Sendable {
        /// Without `Upgrade` and `Connection`, as the service does at times; all else works.
        case missingHeaders = "missing-headers"
        case wrongAccept = "wrong-accept"
        /// A page of HTTP 400 in place of frames.
        case page
        /// Nothing at all after the 101.
        case silence
    }

    /// What ends or halts an open tunnel.
    package enum Ending: Hashable, Sendable {
        /// The TCP connection is reset.
        case drop
        case close(code: UInt16, reason: String)
        /// Nothing moves any more, in either direction.
        case stall

        var isClose: Bool { if case .close = self { true } else { false } }
    }

    package enum Direction: String, CaseIterable, Sendable { case up, down }

    package struct Cut: Hashable, Sendable {
        package var afterBytes: Int
        /// Which bytes are counted: `up` is from the client to the target.
        package var direction: Direction
        package var ending: Ending
    }

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
    }

    package var occasion: Occasion
    /// The exact path, or a beginning with `*` at its end. Nil: any.
    package var path: String?
    /// The target's port, for tokens and WebSockets. Nil: any.
    package var port: UInt16?
    /// The first of the matching requests that it meets, counted from 1.
    package var nth = 1
    /// How many it meets from there on. Nil: all.
    package var times: Int?

    package var delay: Duration?
    package var answer: Answer?
    /// The connection is ended without an answer.
    package var hangUp = false
    package var upgrade: Upgrade?
    package var cut: Cut?
    package var messages: Messages?

    package init(_ occasion: Occasion) { self.occasion = occasion }
}
