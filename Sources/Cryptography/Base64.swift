internal import COpenSSL
package import Posix

/// Base64 (RFC 4648): the standard alphabet with padding, and the one for URLs without.
package enum Base64 {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: encodedBytes(Array(bytes)), as: UTF8.self)
    }

    /// The URL alphabet (`-` and `_`), no padding.
    package static func encodeForURL(_ bytes: some Sequence<UInt8>) -> String {
        let text = encodedBytes(Array(bytes)).lazy.filter { $0 != padding }.map { digit in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: digit
            }
        }
        return String(decoding: Array(text), as: UTF8.self)
    }

    /// The encoded text as bytes, which a secret's owner can wipe.
    package static func encodedBytes(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&output, bytes, CInt(bytes.count))
        output.removeLast(output.count - Int(count))
        return output
    }

    /// Decodes padded text.
    /// - Returns: nil for any other character, white space included, and for wrong padding.
    package static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)) }

    /// Decodes text in the URL alphabet, with or without padding.
    package static func decodeFromURL(_ text: String) -> [UInt8]? {
        var standard: [UInt8] = []
        for digit in text.utf8 {
            switch digit {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"): return nil
            default: standard.append(digit)
            }
        }
        if !standard.contains(padding) {
            standard += [UInt8](repeating: padding, count: (4 - standard.count % 4) % 4)
        }
        return decode(standard)
    }

    /// Encodes bytes that are a secret.
    package static func encode(_ secret: SecretBytes) -> SecretBytes {
        let count = (secret.count + 2) / 3 * 4
        // One byte more: the encoder ends its text with a zero.
        let space = SecretBytes(count: count + 1) { output in
            secret.withBytes { input in
                _ = EVP_EncodeBlock(
                    output.assumingMemoryBound(to: UInt8.self).baseAddress,
                    input.assumingMemoryBound(to: UInt8.self).baseAddress, CInt(clamping: input.count))
            }
        }
        return space.prefix(count)
    }

    /// Decodes padded text that is a secret.
    /// - Returns: nil for any other character, white space included, and for wrong padding.
    package static func decode(secret text: SecretBytes) -> SecretBytes? {
        text.withBytes { text in
            let digits = text.prefix { $0 != padding }
            let filling = text.count - digits.count
            guard !text.isEmpty, text.count.isMultiple(of: 4), filling <= 2, text.count <= Int(CInt.max),
                text.suffix(filling).allSatisfy({ $0 == padding }), digits.allSatisfy(isDigit)
            else { return nil }
            let space = SecretBytes(count: text.count / 4 * 3) { output in
                _ = EVP_DecodeBlock(
                    output.assumingMemoryBound(to: UInt8.self).baseAddress,
                    text.assumingMemoryBound(to: UInt8.self).baseAddress, CInt(text.count))
            }
            // The decoder counts what the padding stands for as zero bytes.
            return space.prefix(space.count - filling)
        }
    }

    private static let padding = UInt8(ascii: "=")

    private static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let digits = text.prefix { $0 != padding }
        let filling = text.count - digits.count
        guard text.count.isMultiple(of: 4), filling <= 2, text.count <= Int(CInt.max),
            text.suffix(filling).allSatisfy({ $0 == padding }), digits.allSatisfy(isDigit)
        else { return nil }
        var output = [UInt8](repeating: 0, count: text.count / 4 * 3)
        // EVP_DecodeBlock counts what the padding stands for as zero bytes.
        guard EVP_DecodeBlock(&output, text, CInt(text.count)) == output.count else { return nil }
        output.removeLast(filling)
        return output
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
