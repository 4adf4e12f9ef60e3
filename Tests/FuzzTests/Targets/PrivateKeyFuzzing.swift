import Posix
import SSHKeys

/// The text of a private key, as somebody pasted it.
enum PrivateKeyFuzzing {
    static func broken(by bytes: [UInt8]) -> String? {
        guard let key = try? PrivateKeyText(SecretBytes(copying: bytes)) else { return nil }
        // Repaired once, there is nothing left to repair.
        guard let again = try? PrivateKeyText(key.text) else { return "a repaired key is refused" }
        let isSame = key.text.withBytes { one in again.text.withBytes { one.elementsEqual($0) } }
        guard isSame, again.format == key.format, again.isEncrypted == key.isEncrypted else {
            return "a repaired key is repaired once more"
        }
        return key.text.count <= 2 * PrivateKeyText.limit ? nil : "a key that grew"
    }
}
