/// The first exchange of RDP (MS-RDPBCGR 2.2.1.1 and 2.2.1.2): which security protocol is spoken.
enum RDPNegotiation {
    /// What the server answers.
    enum Answer: Hashable, Sendable {
        /// TLS follows, by itself or with network-level authentication inside.
        case tls
        /// RDP's own encryption, which knows no certificate.
        case ownEncryption
        /// None that we offer: the failure code of MS-RDPBCGR 2.2.1.2.2.
        case refused(code: UInt8)
    }

    /// An X.224 connection request that offers TLS and network-level authentication (CredSSP).
    static let request: [UInt8] = [
        0x03, 0x00, 0x00, 0x13,  // TPKT: version 3, 19 bytes
        0x0E, 0xE0, 0x00, 0x00, 0x00, 0x00, 0x00,  // X.224 connection request
        0x01, 0x00, 0x08, 0x00, 0x03, 0x00, 0x00, 0x00,  // negotiation request: SSL | HYBRID
    ]

    /// The length that the answer has, by its first four bytes; nil where they begin no TPKT packet of sane size.
    static func length(_ head: [UInt8]) -> Int? {
        guard head.count >= 4, head[0] == 3 else { return nil }
        let length = Int(head[2]) << 8 | Int(head[3])
        return (11...512).contains(length) ? length : nil
    }

    /// Reads a whole packet; nil where it is no connection confirm.
    static func answer(_ packet: [UInt8]) -> Answer? {
        guard packet.count >= 11, packet[5] == 0xD0 else { return nil }
        // A server from before negotiation answers without its part.
        guard packet.count >= 19 else { return .ownEncryption }
        let value = packet[15...18].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch packet[11] {
        case 2: return value & 0b11 != 0 ? .tls : .ownEncryption
        case 3: return .refused(code: UInt8(truncatingIfNeeded: value))
        default: return nil
        }
    }
}
