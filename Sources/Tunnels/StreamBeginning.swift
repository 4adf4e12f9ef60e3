/// The first bytes of a stream, kept while it runs. Belongs to its loop's thread.
final class StreamBeginning: @unchecked Sendable {
    private(set) var bytes: [UInt8] = []
    private var limit: Int

    init(limit: Int) { self.limit = limit }

    /// What has come so far is all.
    func end() { limit = 0 }

    func take(_ part: UnsafeRawBufferPointer) {
        if bytes.count < limit { bytes += part.prefix(limit - bytes.count) }
    }
}
