internal import Cryptography

/// Writes frames: one for each message, never a continuation, in the shortest form.
///
/// For the data of a tunnel, read the payload into a buffer at `headroom` and call `seal`: the header goes right
/// before it, nothing is copied or allocated. A payload of `recordPayload` bytes at a client makes a frame that
/// fills one TLS record of 16 KiB.
package struct FrameEncoder {
    /// Room for the longest header, and a multiple of the word that masks are applied in.
    package static let headroom = 16
    /// 16 KiB less the header of 8 bytes that such a frame of a client has.
    package static let recordPayload = 16_384 - 8

    package let role: WebSocketRole
    private var keys = MaskKeyPool()

    package init(role: WebSocketRole) { self.role = role }

    /// Makes a frame of the payload that stands at `headroom` in the buffer.
    /// - Returns: where the frame is.
    package mutating func seal(
        _ opcode: FrameOpcode = .binary, payloadCount: Int, in buffer: UnsafeMutableRawBufferPointer
    ) -> Range<Int> {
        let end = Self.headroom + payloadCount
        precondition(buffer.count >= end, "the payload lies beyond the buffer")
        let start = Self.headroom - headerCount(payloadCount)
        var position = start
        buffer[position] = 0x80 | opcode.rawValue
        let maskBit: UInt8 = role == .client ? 0x80 : 0
        switch payloadCount {
        case ..<126:
            buffer[position + 1] = maskBit | UInt8(payloadCount)
            position += 2
        case ...0xFFFF:
            buffer[position + 1] = maskBit | 126
            buffer.storeBytes(
                of: UInt16(payloadCount).bigEndian, toByteOffset: position + 2, as: UInt16.self)
            position += 4
        default:
            buffer[position + 1] = maskBit | 127
            buffer.storeBytes(
                of: UInt64(payloadCount).bigEndian, toByteOffset: position + 2, as: UInt64.self)
            position += 10
        }
        guard role == .client else { return start..<end }
        let key = keys.take()
        buffer.storeBytes(of: key, toByteOffset: position, as: UInt32.self)
        FrameMask.apply(key, to: UnsafeMutableRawBufferPointer(rebasing: buffer[Self.headroom..<end]))
        return start..<end
    }

    /// A frame in an array of its own, for what is not sent often.
    package mutating func frame(_ opcode: FrameOpcode, _ payload: some Collection<UInt8>) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: Self.headroom)
        buffer.append(contentsOf: payload)
        let range = buffer.withUnsafeMutableBytes {
            seal(opcode, payloadCount: $0.count - Self.headroom, in: $0)
        }
        return Array(buffer[range])
    }

    /// A close frame. A reason is cut at 123 bytes, between two characters.
    /// - Parameter code: nil for a frame without one.
    package mutating func close(_ code: UInt16?, reason: String = "") -> [UInt8] {
        guard let code else { return frame(.close, []) }
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        return frame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(text.utf8))
    }

    private func headerCount(_ payloadCount: Int) -> Int {
        let length = payloadCount < 126 ? 2 : payloadCount <= 0xFFFF ? 4 : 10
        return role == .client ? length + 4 : length
    }
}
