internal import CPosix

/// Bytes that are wiped before their memory is given back. Not `Codable`, not printable.
package final class SecretBytes: Sendable {
    private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

    /// Takes `count` bytes (0 or more) that the closure fills.
    package init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        memory = .allocate(byteCount: max(count, 1), alignment: 1)
        Self.holdsSecret
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        fill(UnsafeMutableRawBufferPointer(rebasing: memory[0..<count]))
        self.count = count
    }

    package let count: Int

    /// Copies the bytes; the source is the caller's to wipe.
    package convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
    }

    /// Copies an array, which is the caller's to wipe.
    package convenience init(copying bytes: [UInt8]) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    /// Moves the bytes in and wipes the array's own memory.
    package convenience init(moving bytes: inout [UInt8]) {
        self.init(count: bytes.count) { destination in
            bytes.withUnsafeMutableBytes { source in
                destination.copyMemory(from: UnsafeRawBufferPointer(source))
                if let start = source.baseAddress { bu_wipe(start, source.count) }
            }
        }
        bytes.removeAll()
    }

    deinit {
        if let start = memory.baseAddress { bu_wipe(start, memory.count) }
        memory.deallocate()
    }

    /// The first bytes as a secret of their own; all of them where there are fewer.
    package func prefix(_ count: Int) -> SecretBytes {
        withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
    }

    package var isEmpty: Bool { count == 0 }

    /// Lends the bytes; they must not be kept.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: memory[0..<count]))
    }

    /// A process that holds a secret writes no core dump and cannot be attached to (PR_SET_DUMPABLE 0).
    private static let holdsSecret: Void = { _ = bu_forbid_dumps() }()

    /// Wipes an array that a secret passed through.
    package static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { bu_wipe(start, $0.count) } }
        bytes.removeAll()
    }
}
