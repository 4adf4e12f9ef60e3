internal import Posix

/// Where the bytes of a secret are gathered: in memory that is wiped, of a size that is known before.
struct SecretCursor {
    fileprivate let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    fileprivate init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func append(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { append(byte) }
    }

    mutating func append(_ text: String) { append(text.utf8) }
}

extension SecretBytes {
    /// What the body appends; more than `capacity` bytes are a bug of the caller.
    static func gathered(capacity: Int, _ body: (inout SecretCursor) -> Void) -> SecretBytes {
        var count = 0
        let space = SecretBytes(count: capacity) { memory in
            var cursor = SecretCursor(memory)
            body(&cursor)
            count = cursor.count
        }
        return space.prefix(count)
    }
}

/// Looking into text that must not be copied. Indices are those of the bytes.
extension UnsafeRawBufferPointer {
    func starts(with text: String, at index: Int = 0) -> Bool {
        var index = index
        for byte in text.utf8 {
            guard index < count, self[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// Where the text stands for the first time, at or behind `start`.
    func firstIndex(of text: String, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if starts(with: text, at: index) { return index }
            index += 1
        }
        return nil
    }

    func contains(_ text: String) -> Bool { firstIndex(of: text) != nil }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
