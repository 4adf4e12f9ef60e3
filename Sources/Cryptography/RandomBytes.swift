internal import COpenSSL

/// Random bytes that nobody can predict.
package enum RandomBytes {
    package static func generate(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }

    /// Fills the memory from OpenSSL's generator, or from the system's should that one fail.
    package static func fill(_ memory: UnsafeMutableRawBufferPointer) {
        let bytes = memory.bindMemory(to: UInt8.self)
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        if bytes.count <= Int(CInt.max), RAND_bytes(start, CInt(bytes.count)) == 1 { return }
        var system = SystemRandomNumberGenerator()
        for index in bytes.indices { bytes[index] = UInt8.random(in: .min ... .max, using: &system) }
    }
}

/// Keys for masking WebSocket frames: 128 are drawn at a time, so that a frame costs no call.
package struct MaskKeyPool {
    private var keys: [UInt32] = []
    private var next = 0

    package init() {}

    /// A fresh key; each is given out once (RFC 6455, section 5.3).
    package mutating func take() -> UInt32 {
        if next == keys.count { refill() }
        defer { next += 1 }
        return keys[next]
    }

    private mutating func refill() {
        if keys.isEmpty { keys = [UInt32](repeating: 0, count: 128) }
        keys.withUnsafeMutableBytes { RandomBytes.fill($0) }
        next = 0
    }
}
