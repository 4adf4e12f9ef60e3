/// Splits input into pieces, as a connection may: the same way for the same seed.
struct Pieces: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var state: UInt64
    private let longest: Int

    /// - Parameter seed: 0 leaves the input whole, 1 parts every byte from the next.
    init(of bytes: ArraySlice<UInt8>, seed: UInt8) {
        rest = bytes
        state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        longest =
            switch seed {
            case 0: Int.max
            case 1: 1
            default: 1 << (seed % 12)
            }
    }

    mutating func next() -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let count = longest == .max ? longest : 1 + Int(truncatingIfNeeded: state >> 33) % longest
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
