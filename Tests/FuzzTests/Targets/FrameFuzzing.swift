import Transport

/// Frames of a WebSocket. The first byte says who reads, the second how the rest is split.
enum FrameFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        guard bytes.count > 2 else { return nil }
        let role = bytes[0] & 1 == 0 ? WebSocketRole.client : .server
        let takesFragments = bytes[0] & 2 == 0
        let whole = read(Pieces(of: bytes[2...], seed: 0), role, takesFragments)
        for seed in [1, bytes[1]] {
            let split = read(Pieces(of: bytes[2...], seed: seed), role, takesFragments)
            guard split == whole else { return "the split changes what is read: \(whole) and \(split)" }
        }
        return whole.compactMap(\.problem).first ?? unread(whole, role)
    }

    enum Reading: Hashable {
        case data([UInt8])
        case event(FrameEvent)
        case violation(FrameViolation)
        case leftOver

        var problem: String? {
            switch self {
            case .data(let bytes): bytes.isEmpty ? "data without bytes" : nil
            case .event(.ping(let payload)), .event(.pong(let payload)):
                payload.count > 125 ? "a long control frame" : nil
            case .event(.close(let code?, let reason)):
                reason.utf8.count > 123 || code < 1000 || code > 4999 ? "a close that is none" : nil
            case .event(.close(nil, let reason)): reason.isEmpty ? nil : "a reason without a code"
            case .event(.data): "data that nobody took"
            case .violation(let violation): violation.closeCode < 1000 ? "no code to close with" : nil
            case .leftOver: "bytes were left over"
            }
        }
    }

    private static func read(_ pieces: Pieces, _ role: WebSocketRole, _ takesFragments: Bool) -> [Reading] {
        var decoder = FrameDecoder(role: role, takesFragments: takesFragments)
        var readings: [Reading] = []
        for piece in pieces {
            var piece = piece
            let isOver = piece.withUnsafeMutableBytes { buffer in
                read(buffer, with: &decoder, into: &readings)
            }
            if isOver { break }
        }
        return readings
    }

    /// - Returns: whether a violation ended it.
    private static func read(
        _ buffer: UnsafeMutableRawBufferPointer, with decoder: inout FrameDecoder,
        into readings: inout [Reading]
    ) -> Bool {
        var position = 0
        do {
            while let event = try decoder.next(buffer, from: &position) {
                guard case .data(let range) = event else {
                    readings.append(.event(event))
                    continue
                }
                if case .data(let before)? = readings.last {
                    readings[readings.count - 1] = .data(before + buffer[range])
                } else {
                    readings.append(.data(Array(buffer[range])))
                }
            }
        } catch {
            readings.append(.violation(error))
            return true
        }
        if position != buffer.count { readings.append(.leftOver) }
        return false
    }

    /// What was read, written by the other end and read again.
    private static func unread(_ readings: [Reading], _ role: WebSocketRole) -> String? {
        var encoder = FrameEncoder(role: role == .client ? .server : .client)
        var bytes: [UInt8] = []
        var expected: [Reading] = []
        for reading in readings {
            switch reading {
            case .data(let payload): bytes += encoder.frame(.binary, payload)
            case .event(.ping(let payload)): bytes += encoder.frame(.ping, payload)
            case .event(.pong(let payload)): bytes += encoder.frame(.pong, payload)
            case .event(.close(let code, let reason)): bytes += encoder.close(code, reason: reason)
            case .event(.data), .violation, .leftOver: continue
            }
            expected.append(reading)
        }
        let again = read(Pieces(of: bytes[...], seed: 0), role, false)
        return again == expected ? nil : "written and read again it is \(again)"
    }
}
