internal import Cryptography
internal import Posix

/// The one private key in a text that may hold other things beside it, such as certificates.
struct PEMBlock {
    /// What stands between the dashes of a private key.
    enum Label: String, CaseIterable {
        case openSSH = "OPENSSH PRIVATE KEY"
        /// PKCS#1
        case rsa = "RSA PRIVATE KEY"
        /// SEC 1
        case ec = "EC PRIVATE KEY"
        case pkcs8 = "PRIVATE KEY"
        case encryptedPKCS8 = "ENCRYPTED PRIVATE KEY"
    }

    let label: Label
    /// The cipher and its salt, `AES-128-CBC,…`, of a key that is encrypted in the way of RFC 1421.
    let encryption: SecretBytes?
    /// What the Base64 stands for.
    let content: SecretBytes

    /// - Parameter text: repaired. Line breaks may be of any kind, blanks in their place, or missing.
    init(in text: SecretBytes) throws(SSHKeyError) {
        let found = try text.withBytes { (bytes) throws(SSHKeyError) in
            var found: [(label: Label, body: Range<Int>)] = []
            var index = 0
            while let begin = bytes.firstIndex(of: "-----BEGIN ", from: index) {
                index = begin + 11
                guard let label = Label.allCases.first(where: { Self.isLabel($0, bytes, at: index) }) else {
                    continue
                }
                let start = index + label.rawValue.utf8.count + 5
                guard let end = bytes.firstIndex(of: "-----END ", from: start),
                    Self.isLabel(label, bytes, at: end + 9)
                else { throw .damaged(.noEnd) }
                found.append((label, start..<end))
                index = end
            }
            guard let block = found.first else { throw Self.fault(of: bytes) }
            guard found.count == 1 else { throw .severalKeys }
            let body = UnsafeRawBufferPointer(rebasing: bytes[block.body])
            let (encryption, digits) = try Self.parts(of: body)
            guard let content = Base64.decode(secret: digits) else { throw .damaged(.notBase64) }
            return (block.label, encryption, content)
        }
        (label, encryption, content) = found
    }

    private static func isLabel(_ label: Label, _ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
        bytes.starts(with: "\(label.rawValue)-----", at: index)
    }

    /// The header's encryption, if there is one, and the digits without what stands between them.
    private static func parts(of body: UnsafeRawBufferPointer) throws(SSHKeyError) -> (
        SecretBytes?, SecretBytes
    ) {
        let words = body.split(whereSeparator: \.isBlank).map { UnsafeRawBufferPointer(rebasing: $0) }
        var digits = words[...]
        var encryption: SecretBytes?
        if words.count >= 4, words[0].elementsEqual("Proc-Type:".utf8),
            words[1].elementsEqual("4,ENCRYPTED".utf8), words[2].elementsEqual("DEK-Info:".utf8)
        {
            encryption = SecretBytes(copying: words[3])
            digits = words[4...]
        }
        return (
            encryption, .gathered(capacity: body.count) { cursor in digits.forEach { cursor.append($0) } }
        )
    }

    /// What a text is that holds no private key.
    private static func fault(of bytes: UnsafeRawBufferPointer) -> SSHKeyError {
        if bytes.starts(with: "PuTTY-User-Key-File-") { return .puttyKey }
        if bytes.starts(with: "ssh-") || bytes.starts(with: "ecdsa-") || bytes.starts(with: "sk-") {
            let type = UnsafeRawBufferPointer(rebasing: bytes.prefix { !$0.isBlank })
            return type.contains("-cert-v01@") ? .certificate : .publicKey
        }
        if bytes.contains("-----BEGIN DSA PRIVATE KEY-----") { return .unsupported("a DSA key") }
        if bytes.contains("BEGIN SSH2 ENCRYPTED PRIVATE KEY") {
            return .unsupported("a key in the format of ssh.com")
        }
        if bytes.contains("BEGIN SSH2 PUBLIC KEY") || bytes.contains("PUBLIC KEY-----") { return .publicKey }
        return bytes.contains("-----BEGIN CERTIFICATE-----") ? .certificate : .noKey
    }

    /// The block as its format wants it: lines of 64 characters (of 70 in OpenSSH's), each ended by one LF.
    var text: SecretBytes {
        let digits = Base64.encode(content)
        let width = label == .openSSH ? 70 : 64
        let header = encryption?.count ?? 0
        return .gathered(capacity: digits.count + digits.count / width + header + 200) { cursor in
            cursor.append("-----BEGIN \(label.rawValue)-----\n")
            if let encryption {
                cursor.append("Proc-Type: 4,ENCRYPTED\nDEK-Info: ")
                encryption.withBytes { cursor.append($0) }
                cursor.append("\n\n")
            }
            digits.withBytes { digits in
                for start in stride(from: 0, to: digits.count, by: width) {
                    cursor.append(digits[start..<min(start + width, digits.count)])
                    cursor.append(0x0A)
                }
            }
            cursor.append("-----END \(label.rawValue)-----\n")
        }
    }

    init(openSSH content: SecretBytes) {
        label = .openSSH
        encryption = nil
        self.content = content
    }
}
