internal import Transport

/// Messages to a client as no proper server would make them, or only a strange one.
enum SpoiltMessage {
    /// - Parameter payload: at most 65535 bytes.
    static func frames(of payload: [UInt8], _ shape: Fault.Messages, _ encoder: inout FrameEncoder) -> [UInt8]
    {
        switch shape {
        case .text: return encoder.frame(.text, payload)
        case .empty: return encoder.frame(.binary, []) + encoder.frame(.binary, payload)
        case .masked:
            var other = FrameEncoder(role: .client)
            return other.frame(.binary, payload)
        case .oversized: return [0x82, 127] + [UInt8](repeating: 0xFF, count: 8) + payload
        case .fragmented:
            let first = payload.count / 3
            let second = payload.count * 2 / 3
            return raw(0x02, payload[..<first]) + raw(0x00, payload[first..<second])
                + raw(0x80, payload[second...])
        }
    }

    private static func raw(_ firstByte: UInt8, _ payload: ArraySlice<UInt8>) -> [UInt8] {
        let count = payload.count
        let length: [UInt8] = count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [firstByte] + length + payload
    }
}
