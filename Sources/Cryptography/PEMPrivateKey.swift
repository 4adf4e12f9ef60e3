internal import COpenSSL
package import Posix

/// A private key in memory that OpenSSL reads: PKCS#1, SEC 1 or PKCS#8, in PEM.
package struct PEMPrivateKey {
    package enum Algorithm: Hashable, Sendable {
        case rsa(bits: Int)
        /// OpenSSL's name of the curve: `prime256v1`, `secp384r1`.
        case ecdsa(curve: String)
        case ed25519
        /// OpenSSL's name of the algorithm.
        case other(String)
    }

    package enum Failure: Error, Hashable, Sendable {
        /// It is encrypted, and the passphrase does not open it.
        case passphraseWrong
        /// It is encrypted in a way that this OpenSSL does not know or does not allow.
        case encryptionUnknown
        case unreadable
    }

    private let key: OpenSSLKey

    /// - Parameter passphrase: for an encrypted key, up to 1023 bytes; nil: such a key is `passphraseWrong`.
    package init(pem: SecretBytes, passphrase: SecretBytes?) throws(Failure) {
        ERR_clear_error()
        var wasAsked = false
        let pointer = Self.read(pem, passphrase, wasAsked: &wasAsked)
        let reasons = ErrorQueue.drain()
        if let pointer {
            key = OpenSSLKey(owning: pointer)
        } else if !wasAsked {
            throw reasons.contains("unsupported encryption") ? .encryptionUnknown : .unreadable
        } else {
            throw reasons.contains { $0.hasPrefix("unsupported") || $0.hasPrefix("unknown") }
                ? .encryptionUnknown : .passphraseWrong
        }
    }

    /// What the callback answers with; lent for the time of one call.
    private struct Answer {
        var bytes: UnsafeRawBufferPointer?
        var wasAsked = false
    }

    private static func read(_ pem: SecretBytes, _ passphrase: SecretBytes?, wasAsked: inout Bool)
        -> OpaquePointer?
    {
        func parse(_ passphrase: UnsafeRawBufferPointer?) -> OpaquePointer? {
            pem.withBytes { bytes in
                guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
                    return nil
                }
                defer { BIO_free(source) }
                var answer = Answer(bytes: passphrase)
                defer { wasAsked = answer.wasAsked }
                return withUnsafeMutablePointer(to: &answer) { answer in
                    PEM_read_bio_PrivateKey(
                        source, nil, { PEMPrivateKey.answer($0, $1, $3) }, answer)
                }
            }
        }
        guard let passphrase else { return parse(nil) }
        return passphrase.withBytes { parse($0) }
    }

    /// Never asks at a terminal, which OpenSSL would do by itself.
    private static func answer(
        _ space: UnsafeMutablePointer<CChar>?, _ size: CInt, _ context: UnsafeMutableRawPointer?
    ) -> CInt {
        guard let answer = context?.assumingMemoryBound(to: Answer.self) else { return -1 }
        answer.pointee.wasAsked = true
        guard let space, let bytes = answer.pointee.bytes, bytes.count < Int(size) else { return -1 }
        UnsafeMutableRawBufferPointer(start: space, count: Int(size)).copyMemory(from: bytes)
        return CInt(bytes.count)
    }
}

extension PEMPrivateKey {
    package var algorithm: Algorithm {
        switch EVP_PKEY_get_base_id(key.pointer) {
        case EVP_PKEY_RSA: .rsa(bits: Int(EVP_PKEY_get_bits(key.pointer)))
        case EVP_PKEY_EC: .ecdsa(curve: curve)
        case NID_ED25519: .ed25519
        default: .other(EVP_PKEY_get0_type_name(key.pointer).map { String(cString: $0) } ?? "unknown")
        }
    }

    private var curve: String {
        var name = [CChar](repeating: 0, count: 80)
        guard EVP_PKEY_get_group_name(key.pointer, &name, name.count, nil) == 1 else { return "unnamed" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The key in PKCS#8, without a passphrase.
    package func unencrypted() throws(Failure) -> SecretBytes {
        do { return try key.pem() } catch { throw .unreadable }
    }

    /// The two halves of an Ed25519 key (RFC 8032), 32 bytes each; nil for any other.
    package var ed25519: (secret: SecretBytes, publicKey: [UInt8])? {
        guard algorithm == .ed25519 else { return nil }
        var publicKey = [UInt8](repeating: 0, count: 32)
        var count = publicKey.count
        guard EVP_PKEY_get_raw_public_key(key.pointer, &publicKey, &count) == 1, count == 32 else {
            return nil
        }
        var isRead = false
        let secret = SecretBytes(count: 32) { space in
            var count = space.count
            isRead =
                EVP_PKEY_get_raw_private_key(
                    key.pointer, space.assumingMemoryBound(to: UInt8.self).baseAddress, &count) == 1
                && count == 32
        }
        return isRead ? (secret, publicKey) : nil
    }
}
