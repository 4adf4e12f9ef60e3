/// How zeros are sent over a WebSocket.
struct MessageShape: Hashable, Sendable {
    /// Payload bytes of a message.
    var size = 16 * 1024
    /// Whether messages are written in pieces of 16 KiB, wherever they begin and end; else one write each.
    var arePacked = true
}

/// A WebSocket (RFC 6455), as far as a tunnel needs it: what binary messages carry, as a stream.
///
/// Written for speed and on its own: nothing of it is shared with the client that it measures.
final class WebSocketStream: ByteStream {
    private let stream: any ByteStream
    private let role: Role
    private let buffer = Block(64 * 1024)
    /// The part of the buffer that came and was not looked at yet.
    private var pending = 0..<0
    /// Payload of the present message that is still to come, the pending part included.
    private var payloadLeft: UInt64 = 0
    private var mask: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
    private var maskOffset = 0
    private var hasEnded = false
    /// The bytes of one whole message as it is sent: header and zeros.
    private let message: Block
    private let messages: MessageShape

    private static let headerRoom = 14
    /// A full TLS record.
    private static let packedWrite = 16 * 1024
    private static let controlLimit = 125

    enum Role {
        case server
        /// Masks with zeros: the server of the benchmark does not look, and zeros stay zeros.
        case client
    }

    /// - Parameters:
    ///   - early: what came behind the upgrade.
    ///   - messages: how `give` sends.
    init(over stream: any ByteStream, as role: Role, early: [UInt8], messages: MessageShape) {
        (self.stream, self.role, self.messages) = (stream, role, messages)
        message = Block(Self.headerRoom + messages.size)
        buffer.bytes.copyBytes(from: early.prefix(buffer.bytes.count))
        pending = 0..<min(early.count, buffer.bytes.count)
    }

    func receive(into target: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
        guard try awaitPayload() else { return 0 }
        let count = Int(min(UInt64(min(target.count, pending.count)), payloadLeft))
        let key = [mask.0, mask.1, mask.2, mask.3]
        for index in 0..<count {
            target[index] = buffer.bytes[pending.lowerBound + index] ^ key[(maskOffset + index) & 3]
        }
        take(count)
        return count
    }

    func discard(_ count: UInt64) throws(StreamFailure) {
        var left = count
        while left > 0 {
            guard try awaitPayload() else { throw .ended }
            let part = Int(min(left, UInt64(pending.count), payloadLeft))
            take(part)
            left -= UInt64(part)
        }
    }

    func sendAll(_ bytes: UnsafeRawBufferPointer) throws(StreamFailure) {
        var frame = header(0x82, bytes.count)
        frame += bytes
        try stream.sendAll(frame)
    }

    func give(_ count: UInt64) throws(StreamFailure) {
        if messages.arePacked { return try givePacked(count) }
        var left = count
        while left > 0 {
            let size = Int(min(left, UInt64(messages.size)))
            let header = header(0x82, size)
            let start = Self.headerRoom - header.count
            message.bytes[start...].copyBytes(from: header)
            try stream.sendAll(
                UnsafeRawBufferPointer(rebasing: message.bytes[start..<Self.headerRoom + size]))
            left -= UInt64(size)
        }
    }

    /// As `give`, in writes of equal size whatever the messages are: what a server with an output buffer does.
    private func givePacked(_ count: UInt64) throws(StreamFailure) {
        let output = Block(Self.packedWrite)
        var used = 0
        func put(_ count: Int, _ fill: (UnsafeMutableRawBufferPointer, Int) -> Void) throws(StreamFailure) {
            var done = 0
            while done < count {
                let part = min(count - done, Self.packedWrite - used)
                fill(UnsafeMutableRawBufferPointer(rebasing: output.bytes[used..<used + part]), done)
                (used, done) = (used + part, done + part)
                if used == Self.packedWrite {
                    try stream.sendAll(UnsafeRawBufferPointer(output.bytes))
                    used = 0
                }
            }
        }
        var left = count
        while left > 0 {
            let size = Int(min(left, UInt64(messages.size)))
            let header = header(0x82, size)
            try put(header.count) { space, from in space.copyBytes(from: header[from..<from + space.count]) }
            try put(size) { space, _ in _ = space.initializeMemory(as: UInt8.self, repeating: 0) }
            left -= UInt64(size)
        }
        try stream.sendAll(UnsafeRawBufferPointer(rebasing: output.bytes[..<used]))
    }

    func finish() {
        if !hasEnded { try? stream.sendAll(header(0x88, 2) + [0x03, 0xE8]) }
        hasEnded = true
        stream.finish()
    }

    private func header(_ first: UInt8, _ count: Int) -> [UInt8] {
        let (bit, key): (UInt8, [UInt8]) = role == .client ? (0x80, [0, 0, 0, 0]) : (0, [])
        return switch count {
        case ...125: [first, bit | UInt8(count)] + key
        case ...0xFFFF: [first, bit | 126, UInt8(count >> 8), UInt8(truncatingIfNeeded: count)] + key
        default: [first, bit | 127] + StreamOrder.bytes(of: UInt64(count)) + key
        }
    }
}

// MARK: - Reading frames

extension WebSocketStream {
    private func take(_ count: Int) {
        pending = (pending.lowerBound + count)..<pending.upperBound
        payloadLeft -= UInt64(count)
        maskOffset = (maskOffset + count) & 3
    }

    /// Until there is payload in the buffer.
    /// - Returns: false at the end.
    private func awaitPayload() throws(StreamFailure) -> Bool {
        while payloadLeft == 0 {
            if hasEnded { return false }
            guard try readHeader() else { return false }
        }
        if pending.isEmpty, try !fill() { throw .ended }
        return true
    }

    /// - Returns: false at the end of the stream.
    private func fill() throws(StreamFailure) -> Bool {
        if pending.isEmpty {
            pending = 0..<0
        } else if pending.lowerBound > 0 {
            buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[pending]))
            pending = 0..<pending.count
        }
        let space = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[pending.upperBound...])
        let count = try stream.receive(into: space)
        pending = pending.lowerBound..<(pending.upperBound + count)
        return count > 0
    }

    /// - Returns: false at the end of the stream, between two frames.
    private func need(_ count: Int) throws(StreamFailure) -> Bool {
        while pending.count < count {
            let isBetween = pending.isEmpty
            if try fill() { continue }
            if isBetween { return false }
            throw .ended
        }
        return true
    }

    /// Reads the header of the next frame; answers control frames. - Returns: false at the end.
    private func readHeader() throws(StreamFailure) -> Bool {
        guard try need(2) else { return false }
        let short = buffer.bytes[pending.lowerBound + 1] & 0x7F
        let isMasked = buffer.bytes[pending.lowerBound + 1] & 0x80 != 0
        guard isMasked == (role == .server) else { throw .violation("a frame with the other side's mask") }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard try need(2 + extra + (isMasked ? 4 : 0)) else { throw .ended }
        let start = pending.lowerBound
        let opcode = buffer.bytes[start] & 0x0F
        var length = UInt64(short)
        if extra > 0 {
            length = buffer.bytes[start + 2..<start + 2 + extra].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let key = start + 2 + extra
        if isMasked {
            mask = (buffer.bytes[key], buffer.bytes[key + 1], buffer.bytes[key + 2], buffer.bytes[key + 3])
        }
        maskOffset = 0
        pending = (isMasked ? key + 4 : key)..<pending.upperBound
        payloadLeft = length
        if opcode >= 8 { try answer(opcode) }
        return true
    }

    private func answer(_ opcode: UInt8) throws(StreamFailure) {
        let count = Int(clamping: payloadLeft)
        guard count <= Self.controlLimit else { throw .violation("a control frame of \(count) bytes") }
        guard try need(count) else { throw .ended }
        let key = [mask.0, mask.1, mask.2, mask.3]
        let payload = (0..<count).map { buffer.bytes[pending.lowerBound + $0] ^ key[$0 & 3] }
        take(count)
        switch opcode {
        case 0x8:
            hasEnded = true
            try stream.sendAll(header(0x88, count) + payload)
        case 0x9: try stream.sendAll(header(0x8A, count) + payload)
        default: break
        }
    }
}
