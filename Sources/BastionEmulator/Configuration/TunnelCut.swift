/// What ends or halts an open tunnel, and after how many bytes.
package struct TunnelCut: Hashable, Sendable {
    /// What happens then.
    package enum Ending: Hashable, Sendable {
        /// The TCP connection is reset.
        case drop
        /// The TCP connection ends, without a word in TLS or WebSocket.
        case end
        /// TLS ends (close_notify), without a close frame.
        case finish
        /// Bytes come that are no TLS.
        case garble
        case close(Closing)
        /// Nothing moves any more: towards the target, towards the client, or in either direction (nil).
        case stall(Fault.Direction?)
        /// Frames without data come without end, and nothing is read.
        case flood(Flood)
    }

    /// A close frame.
    package struct Closing: Hashable, Sendable {
        /// Any number, also one that must not be sent.
        package var code: UInt16 = 1011
        package var reason = ""
        package var shape: Shape?

        package init(code: UInt16 = 1011, reason: String = "", shape: Shape? = nil) {
            (self.code, self.reason, self.shape) = (code, reason, shape)
        }
    }

    /// What is odd about a close frame.
    package enum Shape: String, CaseIterable, Sendable {
        /// Without a code.
        case empty
        /// With half of a code.
        case oneByte = "one-byte"
        /// Its reason is not UTF-8.
        case badReason = "bad-reason"
        /// Messages come behind it, without end.
        case bytesBehind = "bytes-behind"
        /// The connection is never ended, and nothing is read.
        case staysOpen = "stays-open"
    }

    package enum Flood: String, CaseIterable, Sendable { case pings, pongs, empty, fragments }

    package var afterBytes: Int
    /// Which bytes are counted: `up` is from the client to the target.
    package var direction: Fault.Direction
    package var ending: Ending

    package init(afterBytes: Int, direction: Fault.Direction, ending: Ending) {
        (self.afterBytes, self.direction, self.ending) = (afterBytes, direction, ending)
    }
}
