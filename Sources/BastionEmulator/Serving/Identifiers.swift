internal import Cryptography

/// Names that are made up on the spot.
enum Identifiers {
    /// A random UUID (RFC 9562, version 4).
    static func uuid() -> String {
        var bytes = RandomBytes.generate(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return hyphenated(bytes)
    }

    /// A name of a bastion endpoint that is always the same for one resource ID.
    static func bastionName(for id: ResourcePath) -> String {
        "bst-" + hyphenated(Array(Digest.sha256(Array(id.key.utf8)).prefix(16)))
    }

    private static func hyphenated(_ bytes: [UInt8]) -> String {
        let digits = Hex.encode(bytes)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}
