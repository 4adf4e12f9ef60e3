import Glibc
import Posix
import TestSupport
import Testing

@testable import SSHKeys

/// Real keys of every kind, made once a run by OpenSSH and OpenSSL.
enum SampleKeys {
    static let passphrase = "pass phrase ä'\"$x"

    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let format: PrivateKeyText.Format
        let isEncrypted: Bool
        /// As far as the text alone tells.
        let algorithm: PrivateKeyText.Algorithm?
        var testDescription: String { name }

        var secret: SecretBytes? {
            isEncrypted ? SecretBytes(copying: Array(SampleKeys.passphrase.utf8)) : nil
        }
    }

    static let kinds: [Kind] = [
        Kind(name: "openssh-ed25519", format: .openSSH, isEncrypted: false, algorithm: .ed25519),
        Kind(name: "openssh-rsa", format: .openSSH, isEncrypted: false, algorithm: .rsa),
        Kind(name: "openssh-ecdsa", format: .openSSH, isEncrypted: false, algorithm: .ecdsa),
        Kind(name: "openssh-ed25519-enc", format: .openSSH, isEncrypted: true, algorithm: .ed25519),
        Kind(name: "openssh-rsa-enc", format: .openSSH, isEncrypted: true, algorithm: .rsa),
        Kind(name: "pem-rsa", format: .traditional, isEncrypted: false, algorithm: .rsa),
        Kind(name: "pem-ecdsa", format: .traditional, isEncrypted: false, algorithm: .ecdsa),
        Kind(name: "pem-rsa-enc", format: .traditional, isEncrypted: true, algorithm: .rsa),
        Kind(name: "pem-ecdsa-enc", format: .traditional, isEncrypted: true, algorithm: .ecdsa),
        Kind(name: "pkcs8-rsa", format: .pkcs8, isEncrypted: false, algorithm: .rsa),
        Kind(name: "pkcs8-ecdsa", format: .pkcs8, isEncrypted: false, algorithm: .ecdsa),
        Kind(name: "pkcs8-ed25519", format: .pkcs8, isEncrypted: false, algorithm: .ed25519),
        Kind(name: "pkcs8-rsa-enc", format: .pkcs8, isEncrypted: true, algorithm: nil),
        Kind(name: "pkcs8-ecdsa-enc", format: .pkcs8, isEncrypted: true, algorithm: nil),
        Kind(name: "pkcs8-ed25519-enc", format: .pkcs8, isEncrypted: true, algorithm: nil),
    ]

    /// The folder with the keys, removed at the end of the process.
    private static let folder: String = {
        let folder = (try? TemporaryFolder.make("bu-keys-")) ?? "/nowhere"
        try? run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "\(folder)/rsa"])
        for kind in kinds { try? make(kind, in: folder) }
        try? run(["openssl", "ecparam", "-genkey", "-name", "secp256k1", "-noout", "-out", "\(folder)/curve"])
        try? run(["openssl", "genrsa", "-out", "\(folder)/short", "512"])
        // Newer releases of OpenSSH make none.
        try? run(["ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", "\(folder)/dsa"])
        try? run(["openssl", "genpkey", "-algorithm", "ed448", "-out", "\(folder)/ed448"])
        removed = strdup(folder)
        atexit { SampleKeys.removed.map { TemporaryFolder.remove(String(cString: $0)) } }
        return folder
    }()
    nonisolated(unsafe) private static var removed: UnsafeMutablePointer<CChar>?

    /// The text of a key, or of anything else in the folder: `openssh-rsa.pub`, `curve`, `ed448`, `short`.
    static func text(_ name: String) throws -> String {
        String(decoding: try FileReader.read("\(folder)/\(name)", limit: 1 << 20).bytes, as: UTF8.self)
    }

    private static func make(_ kind: Kind, in folder: String) throws {
        let parts = kind.name.split(separator: "-")
        let (type, file) = (String(parts[1]), "\(folder)/\(kind.name)")
        let secret = kind.isEncrypted ? passphrase : ""
        guard parts[0] == "pkcs8", type == "ed25519" else {
            let form =
                ["openssh": [], "pem": ["-m", "PEM"], "pkcs8": ["-m", "PKCS8"]][String(parts[0])] ?? []
            // Small and quickly opened: what is tested is the form. An RSA key takes long to make, so there is one.
            guard type == "rsa" else {
                return try run(
                    ["ssh-keygen", "-q", "-t", type, "-a", "1"] + form
                        + ["-N", secret, "-C", kind.name, "-f", file])
            }
            try run(["cp", "\(folder)/rsa", file])
            try run(["cp", "\(folder)/rsa.pub", file + ".pub"])
            return try run(
                ["ssh-keygen", "-q", "-p", "-P", "", "-a", "1"] + form + ["-N", secret, "-f", file])
        }
        try run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", file])
        // OpenSSH 9.2 cannot read it, so its public half is told here: the last 32 of the 44 bytes that OpenSSL shows.
        try run([
            "sh", "-c",
            """
            printf 'ssh-ed25519 ' > "$1.pub"
            { printf '\\0\\0\\0\\013ssh-ed25519\\0\\0\\0 '; openssl pkey -in "$1" -pubout -outform DER | tail -c 32; } \
                | base64 -w0 >> "$1.pub"
            """, "sh", file,
        ])
        guard kind.isEncrypted else { return }
        try run([
            "openssl", "pkcs8", "-topk8", "-in", file, "-out", file + ".enc", "-passout", "pass:" + secret,
        ])
        guard rename(file + ".enc", file) == 0 else { throw SystemError.last("rename") }
    }

    private static func run(_ words: [String]) throws {
        let result = try CommandResult.run(
            words[0], Array(words.dropFirst()), environment: TestEnvironment.minimal)
        guard result.status == 0 else {
            throw ToolFailed(words: words, said: result.standardError)
        }
    }
}

struct ToolFailed: Error {
    let words: [String]
    let said: String
}

extension SecretBytes {
    convenience init(_ text: String) { self.init(copying: Array(text.utf8)) }

    var string: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
