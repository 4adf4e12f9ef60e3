/// Recognises keys and values that would put a secret into a file.
enum SecretKeys {
    private static let words: Set<String> = [
        "password", "passwd", "pwd", "pass", "passphrase", "secret", "clientsecret", "token", "accesstoken",
        "refreshtoken", "sastoken", "apikey", "privatekey", "keydata", "credential", "credentials",
    ]
    private static let endings = ["password", "passphrase", "secret", "token", "privatekey"]

    /// Whether a key that the format does not know names a secret.
    static func isSecret(_ key: String) -> Bool {
        let word = key.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
        return words.contains(word) || endings.contains { word.hasSuffix($0) }
    }

    /// Whether a name that the user chooses (of an ssh option, a drive) is nothing but a secret's.
    static func isExactlySecret(_ name: String) -> Bool { words.contains(name.lowercased()) }

    /// Whether the text holds a PEM block; also where its lines were folded into one.
    static func holdsKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count >= marker.count else { return false }
        var start = bytes.startIndex
        while let found = bytes[start...].firstIndex(of: marker[0]), found + marker.count <= bytes.endIndex {
            if bytes[found..<found + marker.count].elementsEqual(marker) { return true }
            start = found + 1
        }
        return false
    }

    private static let marker = Array("-----BEGIN".utf8)

    /// Whether the environment variable must not be read by any file.
    static func isSecretVariable(_ name: String) -> Bool {
        let upper = name.uppercased()
        return ["SECRET", "TOKEN", "PASSWORD", "KEY", "PASSPHRASE"].contains { upper.contains($0) }
    }
}
