/// Which end of a WebSocket: a client masks what it sends, a server does not (RFC 6455, section 5.1).
package enum WebSocketRole: Hashable, Sendable { case client, server }

/// What a frame is (RFC 6455, section 11.8).
package enum FrameOpcode: UInt8, Hashable, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// Why a stream of frames cannot be gone on with.
package enum FrameViolation: Error, Hashable, Sendable {
    case reservedBits(UInt8)
    case unknownOpcode(UInt8)
    /// A client's frame without a mask, or a server's with one.
    case masking
    case fragmentedControlFrame
    case controlFrameTooLong
    /// A continuation with no message begun, or a new message before the last one ended.
    case continuationOrder
    /// A fragmented message where they are not taken (the service's own rule).
    case fragmentedMessage
    /// A tunnel carries binary messages alone.
    case textMessage
    /// A length that is not written in its shortest form, or above 2^63-1.
    case lengthForm
    /// A close frame with one byte, a code that must not be sent, or a reason that is not UTF-8.
    case closePayload
    case invalidUTF8Reason
    /// `HTTP/…` instead of frames: the page of a front proxy whose back end refused.
    case httpInsteadOfFrames

    /// The code to close with (RFC 6455, section 7.4.1).
    package var closeCode: UInt16 {
        switch self {
        case .textMessage: 1003
        case .invalidUTF8Reason: 1007
        default: 1002
        }
    }
}

/// Exclusive-or of bytes with a mask key (RFC 6455, section 5.3).
enum FrameMask {
    /// - Parameters:
    ///   - key: the four key bytes as they stand in memory.
    ///   - phase: how many bytes of the frame's payload came before these.
    static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer, phase: Int = 0) {
        guard let start = bytes.baseAddress else { return }
        let toBoundary = min(bytes.count, (4 - Int(bitPattern: start) & 3) & 3)
        for index in 0..<toBoundary { bytes[index] ^= byte(key, phase + index) }
        let wordCount = (bytes.count - toBoundary) / 4
        let turned = rotated(key, by: phase + toBoundary)
        let words = UnsafeMutableRawBufferPointer(
            rebasing: bytes[toBoundary..<toBoundary + wordCount * 4]
        ).bindMemory(to: UInt32.self)
        for index in words.indices { words[index] ^= turned }
        for index in (toBoundary + wordCount * 4)..<bytes.count {
            bytes[index] ^= byte(key, phase + index)
        }
    }

    private static func byte(_ key: UInt32, _ position: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: UInt32(littleEndian: key) >> UInt32((position & 3) * 8))
    }

    /// The key that a word at the position takes.
    private static func rotated(_ key: UInt32, by position: Int) -> UInt32 {
        let bits = UInt32((position & 3) * 8)
        let value = UInt32(littleEndian: key)
        return UInt32(littleEndian: bits == 0 ? value : value >> bits | value << (32 - bits))
    }
}
