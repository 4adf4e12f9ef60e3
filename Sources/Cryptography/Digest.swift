internal import COpenSSL

/// Digests of bytes in memory.
package enum Digest {
    /// SHA-256: 32 bytes.
    package static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] { digest(bytes, EVP_sha256(), 32) }

    /// SHA-1: 20 bytes. For the WebSocket handshake (RFC 6455, section 4.2.2), never for trust.
    package static func sha1(_ bytes: some Sequence<UInt8>) -> [UInt8] { digest(bytes, EVP_sha1(), 20) }

    private static func digest(_ bytes: some Sequence<UInt8>, _ kind: OpaquePointer?, _ size: Int) -> [UInt8]
    {
        let input = Array(bytes)
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: CUnsignedInt = 0
        let status = EVP_Digest(input, input.count, &output, &count, kind, nil)
        precondition(status == 1 && count == size, "the digest is not available in this OpenSSL")
        output.removeLast(output.count - size)
        return output
    }
}

/// Bytes as lower-case hexadecimal text.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for an odd count of digits, or for anything but digits of either case.
    package static func decode(_ text: String) -> [UInt8]? {
        let nibbles = text.utf8.map(value)
        guard nibbles.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(nibbles.count / 2)
        for index in stride(from: 0, to: nibbles.count, by: 2) {
            guard let high = nibbles[index], let low = nibbles[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
