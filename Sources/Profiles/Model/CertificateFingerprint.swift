/// The SHA-256 of a certificate in DER, by which it is known again.
package struct CertificateFingerprint: Hashable, Sendable {
    /// 64 hexadecimal digits, lower case.
    package let digits: String

    /// - Parameter digest: 32 bytes; nil for any other count.
    package init?(digest: [UInt8]) {
        guard digest.count == 32 else { return nil }
        let alphabet = Array("0123456789abcdef")
        digits = String(digest.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] })
    }

    /// Reads `sha256:` and the digits, in either case, with or without colons between the bytes.
    package init?(_ text: String) {
        guard let plain = ScalarKind.fingerprint(text) else { return nil }
        digits = String(plain.dropFirst("sha256:".count))
    }

    /// `sha256:` and the digits, as a profile and the store of pins have it.
    package var text: String { "sha256:" + digits }

    /// `SHA256:` and the bytes with colons between them, as people compare it; a profile takes it too.
    package var shown: String { "SHA256:" + bytes }

    /// The bytes in hexadecimal with colons between them.
    package var bytes: String {
        var pairs: [Substring] = []
        var rest = digits[...]
        while !rest.isEmpty {
            pairs.append(rest.prefix(2))
            rest = rest.dropFirst(2)
        }
        return pairs.joined(separator: ":")
    }
}
