internal import Posix

/// A stream of bytes in both directions whose calls wait. One thread at a time uses it.
protocol ByteStream: AnyObject {
    /// Waits for at least one byte.
    /// - Returns: how many came; 0 at the end of the stream.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int
    func sendAll(_ bytes: UnsafeRawBufferPointer) throws(StreamFailure)
    /// Takes this many bytes, which nobody looks at, as cheaply as it can.
    func discard(_ count: UInt64) throws(StreamFailure)
    /// Sends this many zero bytes as cheaply as it can.
    func give(_ count: UInt64) throws(StreamFailure)
    /// Says that nothing more comes, where the stream can.
    func finish()
}

/// Why a stream cannot go on.
enum StreamFailure: Error, Hashable, Sendable {
    /// The other side ended in the middle of something.
    case ended
    case system(SystemError)
    case tls(reasons: [String])
    /// The other side broke the rules of the protocol.
    case violation(String)
}

extension ByteStream {
    func sendAll(_ bytes: [UInt8]) throws(StreamFailure) {
        try bytes.withUnsafeBufferPointer { (all) throws(StreamFailure) in
            try sendAll(UnsafeRawBufferPointer(all))
        }
    }

    /// - Returns: nil where the stream ended before the first of the bytes.
    func receive(exactly count: Int) throws(StreamFailure) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let start = have
            let received = try bytes.withUnsafeMutableBufferPointer { (all) throws(StreamFailure) in
                try receive(
                    into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: all[start...])))
            }
            if received == 0 {
                if have == 0 { return nil }
                throw .ended
            }
            have += received
        }
        return bytes
    }
}
