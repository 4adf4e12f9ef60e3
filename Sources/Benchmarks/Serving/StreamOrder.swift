/// What the load asks of the target, in nine bytes: what to do, and with how many bytes (big endian).
///
/// A stream carries any number of orders one after the other.
struct StreamOrder: Hashable, Sendable {
    enum Kind: UInt8, CaseIterable, Sendable {
        /// So many bytes follow. The target answers one byte when it has them all.
        case take = 0x74
        /// The target sends so many bytes.
        case give = 0x67
        /// The target sends back the next so many bytes, as they come.
        case echo = 0x65
        /// The target sends two numbers of eight bytes: sessions that are open, sessions ever opened.
        case count = 0x63
    }

    var kind: Kind
    var count: UInt64

    static let size = 9

    var bytes: [UInt8] { [kind.rawValue] + Self.bytes(of: count) }

    init(_ kind: Kind, _ count: UInt64) { (self.kind, self.count) = (kind, count) }

    /// - Returns: nil for what is no order.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size, let kind = Kind(rawValue: bytes[0]) else { return nil }
        self.init(kind, Self.number(bytes[1...]))
    }

    static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
