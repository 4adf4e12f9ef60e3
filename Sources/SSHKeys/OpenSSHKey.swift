internal import Cryptography
internal import Posix

/// The content of OpenSSH's own format of a private key (PROTOCOL.key of its sources), as far as it can be read
/// without a passphrase.
struct OpenSSHKey {
    let isEncrypted: Bool
    /// `ssh-ed25519`
    let type: String

    private static let magic = "openssh-key-v1\0"

    init(_ content: SecretBytes) throws(SSHKeyError) {
        let read = content.withBytes { bytes -> (isEncrypted: Bool, type: String)? in
            guard bytes.starts(with: Self.magic) else { return nil }
            var reader = FieldReader(bytes.dropFirst(Self.magic.utf8.count))
            guard let cipher = reader.field(), let derivation = reader.field(), reader.field() != nil,
                reader.number() == 1, let publicKey = reader.field(), let secret = reader.field()
            else { return nil }
            var publicReader = FieldReader(publicKey)
            guard let type = publicReader.field() else { return nil }
            let isEncrypted = !cipher.elementsEqual("none".utf8)
            if isEncrypted {
                guard derivation.elementsEqual("bcrypt".utf8) else { return nil }
            } else {
                var secretReader = FieldReader(secret)
                guard let check = secretReader.number(), check == secretReader.number(),
                    let inner = secretReader.field(), inner.elementsEqual(type)
                else { return nil }
            }
            return (isEncrypted, String(decoding: type, as: UTF8.self))
        }
        guard let read else { throw .damaged(.malformed) }
        (isEncrypted, type) = read
    }

    /// An Ed25519 key in this format, without a passphrase.
    /// - Parameters:
    ///   - secret: 32 bytes.
    ///   - publicKey: 32 bytes.
    static func content(ed25519 secret: SecretBytes, publicKey: [UInt8]) -> SecretBytes {
        let type = "ssh-ed25519"
        let check = RandomBytes.generate(4)
        let blob = 4 + type.utf8.count + 4 + publicKey.count
        let inner = 8 + blob + 4 + 64 + 4
        let padding = (8 - inner % 8) % 8
        return .gathered(capacity: 256 + blob) { cursor in
            cursor.append(magic)
            for field in ["none", "none", ""] { cursor.append(field: field) }
            cursor.append(number: 1)
            cursor.append(number: blob)
            cursor.append(field: type)
            cursor.append(field: publicKey)
            cursor.append(number: inner + padding)
            cursor.append(check)
            cursor.append(check)
            cursor.append(field: type)
            cursor.append(field: publicKey)
            cursor.append(number: 64)
            secret.withBytes { cursor.append($0) }
            cursor.append(publicKey)
            cursor.append(field: "")
            cursor.append((0..<padding).map { UInt8($0 + 1) })
        }
    }
}

/// Reads the fields of ssh's data (RFC 4251, section 5): numbers of 32 bits, and bytes with their count before them.
struct FieldReader {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: Slice<UnsafeRawBufferPointer>) { rest = bytes }
    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    /// Nil where there is not that much left.
    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func field() -> Slice<UnsafeRawBufferPointer>? {
        guard let count = number(), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}

extension SecretCursor {
    fileprivate mutating func append(number: Int) {
        append([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) })
    }

    fileprivate mutating func append(field: [UInt8]) {
        append(number: field.count)
        append(field)
    }

    fileprivate mutating func append(field: String) { append(field: Array(field.utf8)) }
}
