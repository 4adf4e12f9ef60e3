import Cryptography
import Posix
import Testing

@testable import SSHKeys

@Suite struct PrivateKeyTextTests {
    private func key(_ text: String) throws(SSHKeyError) -> PrivateKeyText {
        try PrivateKeyText(SecretBytes(text))
    }

    private func fault(_ text: String) -> SSHKeyError? {
        do { _ = try PrivateKeyText(SecretBytes(text)) } catch { return error }
        return nil
    }

    @Test(arguments: SampleKeys.kinds)
    func `tells what a key is, and leaves a good text as it was`(kind: SampleKeys.Kind) throws {
        let text = try SampleKeys.text(kind.name)
        let key = try key(text)
        #expect(key.text.string == text)
        #expect(key.format == kind.format)
        #expect(key.isEncrypted == kind.isEncrypted)
        #expect(key.algorithm == kind.algorithm)
    }

    struct Mangling: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let mangle: @Sendable (String) -> [UInt8]
        /// Where a header of RFC 1421 would lose its line breaks for good.
        var sparesHeaders = false

        init(_ name: String, sparesHeaders: Bool = false, _ mangle: @escaping @Sendable (String) -> String) {
            testDescription = name
            self.sparesHeaders = sparesHeaders
            self.mangle = { Array(mangle($0).utf8) }
        }

        init(_ name: String, bytes: @escaping @Sendable (String) -> [UInt8]) {
            testDescription = name
            mangle = bytes
        }
    }

    private static func replacing(_ newline: String) -> @Sendable (String) -> String {
        { $0.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: newline) }
    }

    private static func base64(_ text: String) -> String {
        Base64.encode(Array(text.utf8))
    }

    static let manglings: [Mangling] = [
        Mangling("CRLF", replacing("\r\n")),
        Mangling("CR", replacing("\r")),
        Mangling("no last newline") { String($0.dropLast()) },
        Mangling("blanks in place of newlines", replacing(" ")),
        Mangling("backslash n in place of newlines", replacing("\\n")),
        Mangling("backslash r backslash n", replacing("\\r\\n")),
        Mangling("a JSON string") {
            "\"\(replacing("\\n")($0).split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/"))\""
        },
        Mangling("in single quotes") { "'\($0)'" },
        Mangling("in blanks") { "\n\t  \($0)\n\n  " },
        Mangling("indented", replacing("\n    ")),
        Mangling("without newlines", sparesHeaders: true, replacing("")),
        Mangling("a byte order mark") { "\u{FEFF}\($0)" },
        Mangling("UTF-16, little-endian", bytes: { [0xFF, 0xFE] + $0.utf8.flatMap { [$0, 0] } }),
        Mangling("UTF-16, big-endian", bytes: { [0xFE, 0xFF] + $0.utf8.flatMap { [0, $0] } }),
        Mangling("Base64 of the file") { base64($0) },
        Mangling("Base64 of the file with CRLF, in lines") { text in
            let digits = Array(base64(replacing("\r\n")(text)))
            return stride(from: 0, to: digits.count, by: 76).map {
                String(digits[$0..<min($0 + 76, digits.count)]) + "\n"
            }.joined()
        },
        Mangling("something before and behind") { "Bag Attributes\n    x: y\n\($0)\nbye" },
        Mangling("a certificate beside") {
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n\($0)"
        },
    ]

    @Test(arguments: manglings, SampleKeys.kinds)
    func `repairs what happened on the way`(mangling: Mangling, kind: SampleKeys.Kind) throws {
        let text = try SampleKeys.text(kind.name)
        var mangled = mangling.mangle(text)
        if mangling.sparesHeaders, text.contains("Proc-Type") {
            #expect(throws: SSHKeyError.damaged(.notBase64)) {
                try PrivateKeyText(SecretBytes(moving: &mangled))
            }
        } else {
            #expect(try PrivateKeyText(SecretBytes(moving: &mangled)).text.string == text)
        }
    }

    @Test(arguments: [
        ("", SSHKeyError.noKey), ("hunter2", .noKey), ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nx", .noKey),
        ("{\"kty\": \"RSA\"}", .noKey),
        ("PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n", .puttyKey),
        ("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: aes256-cbc\n", .puttyKey),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@here", .publicKey),
        ("ecdsa-sha2-nistp256 AAAA me@here", .publicKey), ("sk-ssh-ed25519@openssh.com AAAA", .publicKey),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", .publicKey),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", .publicKey),
        ("ssh-rsa-cert-v01@openssh.com AAAA me@here", .certificate),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", .certificate),
        ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA", .unsupported("a key in the format of ssh.com")),
        ("-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----", .unsupported("a DSA key")),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", .damaged(.noEnd)),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY-----", .damaged(.noEnd)),
        ("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----", .damaged(.notBase64)),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", .damaged(.notBase64)),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII!\n-----END RSA PRIVATE KEY-----", .damaged(.notBase64)),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", .damaged(.malformed)),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", .damaged(.malformed)),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----",
            .damaged(.malformed)
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE\n-----END OPENSSH PRIVATE KEY-----",
            .damaged(.malformed)
        ),
    ])
    func `refuses what is no private key that ssh can use`(text: String, expected: SSHKeyError) {
        #expect(fault(text) == expected)
    }

    @Test func `refuses two keys at once`() throws {
        let text = try SampleKeys.text("openssh-rsa") + SampleKeys.text("pem-rsa")
        #expect(fault(text) == .severalKeys)
    }

    @Test(arguments: [
        ("curve", "a key on the curve secp256k1"), ("ed448", "a key of the kind ED448"),
        ("short", "an RSA key of 512 bits"), ("dsa", "a DSA key"),
    ])
    func `refuses kinds that ssh does not take`(name: String, what: String) throws {
        guard let text = try? SampleKeys.text(name) else {
            #expect(name == "dsa", "the tools made no key '\(name)'")
            return
        }
        #expect(fault(text) == .unsupported(what))
    }

    @Test(arguments: ["openssh-ed25519", "openssh-rsa-enc", "pem-rsa", "pem-rsa-enc", "pkcs8-ecdsa"])
    func `refuses a key of which a part is missing`(name: String) throws {
        let lines = try SampleKeys.text(name).split(separator: "\n", omittingEmptySubsequences: false)
        let text =
            lines.prefix(lines.count - 4).joined(separator: "\n") + "\n"
            + lines.suffix(2).joined(separator: "\n")
        switch fault(text) {
        case .damaged: break
        // A block cipher's text may end anywhere: only the passphrase shows it.
        case nil where name == "pem-rsa-enc": break
        case let other: Issue.record("\(String(describing: other))")
        }
    }

    @Test(arguments: SampleKeys.kinds.filter(\.isEncrypted))
    func `an encrypted key needs its passphrase, and the right one`(kind: SampleKeys.Kind) throws {
        let key = try key(SampleKeys.text(kind.name))
        #expect(throws: SSHKeyError.passphraseMissing) { try key.forAgent(passphrase: nil) }
        // OpenSSH's own encryption is ssh-add's business.
        guard kind.format != .openSSH else { return }
        #expect(throws: SSHKeyError.passphraseWrong) { try key.forAgent(passphrase: SecretBytes("wrong")) }
        let opened = try key.forAgent(passphrase: kind.secret)
        #expect(!opened.isEncrypted)
        #expect(try !PrivateKeyText(opened.text).isEncrypted)
    }
}
