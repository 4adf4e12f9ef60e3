internal import Transport

/// Messages to a client as no proper server would make them, or only a strange one.
enum SpoiltMessage {
    /// - Parameter payload: at most 65535 bytes.
    static func frames(of payload: [UInt8], _ shape: Fault.Messages, _ encoder: inout FrameEncoder) -> [UInt8]
    {
        let whole = raw(0x82, payload[...])
        switch shape {
        case .text: return encoder.frame(.text, payload)
        case .empty: return encoder.frame(.binary, []) + whole
        case .masked:
            var other = FrameEncoder(role: .client)
            return other.frame(.binary, payload)
        case .oversized: return [0x82, 127] + [UInt8](repeating: 0xFF, count: 8) + payload
        case .fragmented:
            let first = payload.count / 3
            let second = payload.count * 2 / 3
            return raw(0x02, payload[..<first]) + raw(0x00, payload[first..<second])
                + raw(0x80, payload[second...])
        case .pings: return encoder.frame(.ping, Array("ping".utf8)) + whole
        case .reservedBits: return raw(0xC2, payload[...])
        case .unknownOpcode: return raw(0x83, payload[...])
        case .longForm:
            return [0x82, 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - $0 * 8)) }
                + payload
        case .continuation: return raw(0x80, payload[...])
        case .interrupted: return raw(0x02, payload[...]) + whole
        case .fragmentedPing: return raw(0x09, []) + raw(0x80, []) + whole
        case .longPing: return raw(0x89, [UInt8](repeating: 0, count: 126)[...]) + whole
        case .half: return Array(whole.prefix(max(2, whole.count / 2)))
        }
    }

    /// Frames without data that fill about 16 KiB.
    static func flood(_ kind: TunnelCut.Flood, _ encoder: inout FrameEncoder) -> [UInt8] {
        let frame =
            switch kind {
            case .pings: encoder.frame(.ping, [UInt8](repeating: 7, count: 125))
            case .pongs: encoder.frame(.pong, [])
            case .empty: encoder.frame(.binary, [])
            case .fragments: raw(0x02, []) + raw(0x00, []) + raw(0x80, [])
            }
        return (0..<16_384 / frame.count).flatMap { _ in frame }
    }

    /// A close frame with any code.
    static func close(_ closing: TunnelCut.Closing) -> [UInt8] {
        let code = [UInt8(closing.code >> 8), UInt8(closing.code & 0xFF)]
        switch closing.shape {
        case .empty: return raw(0x88, [])
        case .oneByte: return raw(0x88, [3])
        case .badReason: return raw(0x88, (code + [0xC3, 0x28])[...])
        case .bytesBehind, .staysOpen, nil:
            return raw(0x88, (code + Array(closing.reason.utf8.prefix(123)))[...])
        }
    }

    private static func raw(_ firstByte: UInt8, _ payload: ArraySlice<UInt8>) -> [UInt8] {
        let count = payload.count
        let length: [UInt8] = count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [firstByte] + length + payload
    }
}
