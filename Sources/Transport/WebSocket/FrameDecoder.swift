/// What came over a WebSocket.
package enum FrameEvent: Hashable, Sendable {
    /// Bytes of binary messages, unmasked, in this range of the buffer that was given. Never empty.
    case data(Range<Int>)
    case ping([UInt8])
    case pong([UInt8])
    /// The code is nil for a close frame without one.
    case close(code: UInt16?, reason: String)
}

/// Reads frames out of the bytes of a connection, where they lie.
///
/// Data messages may be of any size and are handed on piece by piece; boundaries between messages are dropped,
/// for the payloads are one stream. Give all bytes of each read; call until there is no event.
package struct FrameDecoder {
    private enum State {
        case header
        case data
        case control(FrameOpcode)
        /// A close frame came, or a violation: nothing after it counts.
        case ended
    }

    private let role: WebSocketRole
    private let takesFragments: Bool
    private var state = State.header
    private var isFirstFrame = true
    private var isInMessage = false
    /// The bytes of a header that is not complete yet.
    private var header: [UInt8] = []
    private var control: [UInt8] = []
    private var left = 0
    private var key: UInt32 = 0
    private var isMasked = false
    private var phase = 0

    /// - Parameters:
    ///   - role: of the end that reads; a server requires masks, a client refuses them.
    ///   - takesFragments: whether messages may come in several frames (the real service refuses them).
    package init(role: WebSocketRole, takesFragments: Bool = true) {
        self.role = role
        self.takesFragments = takesFragments
        header.reserveCapacity(14)
        control.reserveCapacity(125)
    }

    /// Whether a frame was begun that is not complete.
    package var isWithinFrame: Bool {
        if case .header = state { return !header.isEmpty }
        if case .ended = state { return false }
        return true
    }

    /// Takes bytes up to the next event.
    /// - Parameter position: where to begin in the bytes; is moved on.
    /// - Returns: nil when all bytes are taken (or a close frame came earlier).
    package mutating func next(_ bytes: UnsafeMutableRawBufferPointer, from position: inout Int)
        throws(FrameViolation) -> FrameEvent?
    {
        do {
            while position < bytes.count {
                switch state {
                case .ended:
                    position = bytes.count
                case .header:
                    if let event = try readHeader(bytes, &position) { return event }
                case .data:
                    return .data(takeData(bytes, &position))
                case .control(let opcode):
                    takeControl(bytes, &position)
                    if left == 0 { return try finishControl(opcode) }
                }
            }
            return nil
        } catch {
            state = .ended
            throw error
        }
    }

    private mutating func takeData(_ bytes: UnsafeMutableRawBufferPointer, _ position: inout Int) -> Range<
        Int
    > {
        let range = position..<(position + min(left, bytes.count - position))
        unmask(UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
        position = range.upperBound
        left -= range.count
        if left == 0 { state = .header }
        return range
    }

    private mutating func takeControl(_ bytes: UnsafeMutableRawBufferPointer, _ position: inout Int) {
        let part = UnsafeMutableRawBufferPointer(
            rebasing: bytes[position..<(position + min(left, bytes.count - position))])
        unmask(part)
        control.append(contentsOf: part)
        position += part.count
        left -= part.count
    }

    private mutating func unmask(_ bytes: UnsafeMutableRawBufferPointer) {
        guard isMasked else { return }
        FrameMask.apply(key, to: bytes, phase: phase)
        phase = (phase + bytes.count) & 3
    }
}

// MARK: - Headers

extension FrameDecoder {
    /// Takes header bytes until the header is complete; a control frame without payload is an event at once.
    private mutating func readHeader(_ bytes: UnsafeMutableRawBufferPointer, _ position: inout Int)
        throws(FrameViolation) -> FrameEvent?
    {
        while position < bytes.count {
            header.append(bytes[position])
            position += 1
            if header.count == 2 { try checkFirstBytes() }
            if header.count >= 2, header.count == headerCount { return try begin() }
        }
        return nil
    }

    private var headerCount: Int {
        let length =
            switch header[1] & 0x7F {
            case 126: 4;
            case 127: 10;
            default: 2
            }
        return header[1] & 0x80 != 0 ? length + 4 : length
    }

    /// What can be judged before the length is known.
    private mutating func checkFirstBytes() throws(FrameViolation) {
        let (first, second) = (header[0], header[1])
        if isFirstFrame, role == .client, first == UInt8(ascii: "H"), second == UInt8(ascii: "T") {
            throw .httpInsteadOfFrames
        }
        isFirstFrame = false
        if first & 0x70 != 0 { throw .reservedBits(first >> 4 & 7) }
        guard let opcode = FrameOpcode(rawValue: first & 0x0F) else { throw .unknownOpcode(first & 0x0F) }
        if (second & 0x80 != 0) != (role == .server) { throw .masking }
        let isFinal = first & 0x80 != 0
        if opcode.isControl {
            if !isFinal { throw .fragmentedControlFrame }
            if second & 0x7F > 125 { throw .controlFrameTooLong }
            return
        }
        if opcode == .text { throw .textMessage }
        if (opcode == .continuation) != isInMessage { throw .continuationOrder }
        if !takesFragments, !isFinal || opcode == .continuation { throw .fragmentedMessage }
        isInMessage = !isFinal
    }

    private mutating func begin() throws(FrameViolation) -> FrameEvent? {
        let length = try payloadLength()
        let opcode = FrameOpcode(rawValue: header[0] & 0x0F)
        isMasked = header[1] & 0x80 != 0
        if isMasked {
            key = header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: $0.count - 4, as: UInt32.self) }
        }
        phase = 0
        left = length
        header.removeAll(keepingCapacity: true)
        if let opcode, opcode.isControl {
            control.removeAll(keepingCapacity: true)
            state = .control(opcode)
            return left == 0 ? try finishControl(opcode) : nil
        }
        state = left == 0 ? .header : .data
        return nil
    }

    private func payloadLength() throws(FrameViolation) -> Int {
        let short = Int(header[1] & 0x7F)
        let count = short == 126 ? 2 : short == 127 ? 8 : 0
        if count == 0 { return short }
        let length = header[2..<2 + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Int.max), length > (count == 2 ? 125 : 0xFFFF) else { throw .lengthForm }
        return Int(length)
    }

    private mutating func finishControl(_ opcode: FrameOpcode) throws(FrameViolation) -> FrameEvent {
        state = .header
        switch opcode {
        case .ping: return .ping(control)
        case .pong: return .pong(control)
        default:
            let event = try closeEvent()
            state = .ended
            return event
        }
    }

    /// RFC 6455, sections 5.5.1 and 7.4.
    private func closeEvent() throws(FrameViolation) -> FrameEvent {
        if control.isEmpty { return .close(code: nil, reason: "") }
        guard control.count >= 2 else { throw .closePayload }
        let code = UInt16(control[0]) << 8 | UInt16(control[1])
        guard Self.mayBeSent(code) else { throw .closePayload }
        guard let reason = String(validating: control[2...], as: UTF8.self) else { throw .invalidUTF8Reason }
        return .close(code: code, reason: reason)
    }

    private static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
