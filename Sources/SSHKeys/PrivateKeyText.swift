internal import Cryptography
package import Posix

/// The text of one private key that ssh can use, in the form in which ssh's tools take it.
package struct PrivateKeyText: Sendable {
    package enum Algorithm: String, Hashable, Sendable {
        case rsa = "RSA"
        case ecdsa = "ECDSA"
        case ed25519 = "Ed25519"
    }

    package enum Format: Hashable, Sendable {
        /// `BEGIN OPENSSH PRIVATE KEY`
        case openSSH
        /// `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`
        case traditional
        /// `BEGIN PRIVATE KEY` or `BEGIN ENCRYPTED PRIVATE KEY`
        case pkcs8
    }

    /// Lines of the usual length that end with LF, the last one too; nothing before and after. Encrypted as it was.
    package let text: SecretBytes
    package let format: Format
    package let isEncrypted: Bool
    /// Nil where only the passphrase could tell.
    package let algorithm: Algorithm?

    /// The most that is taken, in bytes: many times the largest key.
    package static let limit = 64 << 10

    /// Recognises the key, repairs what its way here did to it, and checks that it is complete and of a kind that
    /// ssh takes. The passphrase of an encrypted key is not needed.
    package init(_ input: SecretBytes) throws(SSHKeyError) {
        let block = try PEMBlock(in: TextRepair.repair(input))
        text = block.text
        switch block.label {
        case .openSSH:
            let key = try OpenSSHKey(block.content)
            (format, isEncrypted) = (.openSSH, key.isEncrypted)
            algorithm = try Self.algorithm(ofType: key.type)
            return
        case .rsa, .ec: (format, isEncrypted) = (.traditional, block.encryption != nil)
        case .pkcs8, .encryptedPKCS8: (format, isEncrypted) = (.pkcs8, block.label == .encryptedPKCS8)
        }
        if isEncrypted {
            algorithm = block.label == .rsa ? .rsa : block.label == .ec ? .ecdsa : nil
            try Self.checkEncrypted(text)
        } else {
            algorithm = try Self.algorithm(of: try Self.read(text, passphrase: nil))
        }
    }

    /// What ssh-add is given, and whether it will ask for the passphrase.
    ///
    /// OpenSSL reads what it can: it knows Ed25519 in PKCS#8, which ssh-add of 9.2 does not. OpenSSH's own encryption
    /// (bcrypt) is left to ssh-add, since OpenSSL 3.0 has no bcrypt.
    /// - Throws: `passphraseMissing`, `passphraseWrong`; and, for a key that was encrypted, `unsupported`.
    func forAgent(passphrase: SecretBytes?) throws(SSHKeyError) -> (text: SecretBytes, isEncrypted: Bool) {
        if isEncrypted, passphrase == nil { throw .passphraseMissing }
        if format == .openSSH { return (text, isEncrypted) }
        if !isEncrypted, algorithm != .ed25519 { return (text, false) }
        let key = try Self.read(text, passphrase: passphrase)
        _ = try Self.algorithm(of: key)
        if let halves = key.ed25519 {
            let content = OpenSSHKey.content(ed25519: halves.secret, publicKey: halves.publicKey)
            return (PEMBlock(openSSH: content).text, false)
        }
        do { return (try key.unencrypted(), false) } catch { throw .damaged(.malformed) }
    }

    private static func read(_ text: SecretBytes, passphrase: SecretBytes?) throws(SSHKeyError)
        -> PEMPrivateKey
    {
        do { return try PEMPrivateKey(pem: text, passphrase: passphrase) } catch {
            switch error {
            case .passphraseWrong: throw passphrase == nil ? .passphraseMissing : .passphraseWrong
            case .encryptionUnknown: throw .unsupported("a key with an encryption that OpenSSL does not know")
            case .unreadable: throw .damaged(.malformed)
            }
        }
    }

    /// An encrypted key that is whole is one for which the passphrase is asked.
    private static func checkEncrypted(_ text: SecretBytes) throws(SSHKeyError) {
        do { _ = try read(text, passphrase: nil) } catch {
            if case .passphraseMissing = error { return }
            throw error
        }
    }

    private static func algorithm(of key: PEMPrivateKey) throws(SSHKeyError) -> Algorithm {
        switch key.algorithm {
        case .rsa(let bits) where bits < 1024: throw .unsupported("an RSA key of \(bits) bits")
        case .rsa: return .rsa
        case .ecdsa("prime256v1"), .ecdsa("secp384r1"), .ecdsa("secp521r1"): return .ecdsa
        case .ecdsa(let curve): throw .unsupported("a key on the curve \(curve)")
        case .ed25519: return .ed25519
        case .other(let name): throw .unsupported("a key of the kind \(name)")
        }
    }

    private static func algorithm(ofType type: String) throws(SSHKeyError) -> Algorithm {
        switch type {
        case "ssh-rsa": return .rsa
        case "ssh-ed25519": return .ed25519
        case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521": return .ecdsa
        case "ssh-dss": throw .unsupported("a DSA key")
        case _ where type.hasPrefix("sk-"): throw .unsupported("the handle of a key on a security token")
        default: throw .damaged(.malformed)
        }
    }
}
