internal import Cryptography
internal import Posix

/// Undoes what portals, vaults, editors and shells do to the text of a key on its way, where that is certain: no text
/// of a key holds a backslash, a zero byte or a byte order mark, and none begins or ends with a quotation mark.
enum TextRepair {
    /// The text in plain ASCII or UTF-8, without what stands around it.
    static func repair(_ text: SecretBytes) -> SecretBytes {
        let text = unescaped(trimmed(decoded(text)))
        guard let inner = unwrapped(text) else { return text }
        return unescaped(trimmed(decoded(inner)))
    }

    /// Without a byte order mark; UTF-16, which PowerShell writes, becomes ASCII.
    private static func decoded(_ text: SecretBytes) -> SecretBytes {
        text.withBytes { bytes in
            if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
                return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[3...]))
            }
            guard bytes.count >= 2, bytes.count.isMultiple(of: 2) else { return text }
            let low: Int
            switch (bytes[0], bytes[1]) {
            case (0xFF, 0xFE): low = 0
            case (0xFE, 0xFF): low = 1
            default: return text
            }
            let units = stride(from: 2, to: bytes.count, by: 2)
            guard units.allSatisfy({ bytes[$0 + 1 - low] == 0 }) else { return text }
            return .gathered(capacity: bytes.count / 2) { $0.append(units.lazy.map { bytes[$0 + low] }) }
        }
    }

    /// Without blanks and pairs of quotation marks at its ends.
    private static func trimmed(_ text: SecretBytes) -> SecretBytes {
        text.withBytes { bytes in
            var range = bytes.indices
            while true {
                while let first = range.first, bytes[first].isBlank { range = range.dropFirst() }
                while let last = range.last, bytes[last].isBlank { range = range.dropLast() }
                guard range.count >= 2, bytes[range.lowerBound] == bytes[range.upperBound - 1],
                    [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[range.lowerBound])
                else { break }
                range = range.dropFirst().dropLast()
            }
            return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    /// With `\n`, `\r`, `\t` (two characters each) made what they stand for, and other backslashes left out,
    /// which some JSON writers put before a slash.
    private static func unescaped(_ text: SecretBytes) -> SecretBytes {
        text.withBytes { bytes in
            guard bytes.contains(UInt8(ascii: "\\")) else { return text }
            return .gathered(capacity: bytes.count) { cursor in
                var index = 0
                while index < bytes.count {
                    defer { index += 1 }
                    guard bytes[index] == UInt8(ascii: "\\") else {
                        cursor.append(bytes[index])
                        continue
                    }
                    guard index + 1 < bytes.count else { break }
                    switch bytes[index + 1] {
                    case UInt8(ascii: "n"), UInt8(ascii: "r"): cursor.append(0x0A)
                    case UInt8(ascii: "t"): cursor.append(0x20)
                    default: continue
                    }
                    index += 1
                }
            }
        }
    }

    /// What Base64 of a whole key file stands for; nil where it is none.
    private static func unwrapped(_ text: SecretBytes) -> SecretBytes? {
        text.withBytes { bytes in
            // "-----BEGIN" in Base64, as far as it does not depend on what follows.
            guard bytes.starts(with: "LS0tLS1CRUdJTi") else { return nil }
            return Base64.decode(
                secret: .gathered(capacity: bytes.count) { $0.append(bytes.lazy.filter { !$0.isBlank }) })
        }
    }
}
