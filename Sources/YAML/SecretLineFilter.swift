/// Tells the lines that seem to hold a secret, looking at one line after the other.
///
/// Works on text that need not be valid YAML: an unterminated quote after `password:` must not print the password.
struct SecretLineFilter {
    private static let words = [
        "password", "passphrase", "passwd", "secret", "token", "credential", "privatekey",
    ]
    .map { Array($0.utf8) }
    private static let lastLetters = words.compactMap(\.last) + [0x73]
    private static let blockStart = Array("-----BEGIN".utf8)
    private static let blockEnd = Array("-----END".utf8)

    private var isInsideBlock = false
    /// The indentation of the secret key whose value may go on in the lines below.
    private var openIndentation: Int?

    /// Whether this line, which follows the ones that were asked about before, must not be shown.
    mutating func hides(_ line: ArraySlice<UInt8>) -> Bool {
        if isInsideBlock {
            if Self.contains(line, Self.blockEnd) { isInsideBlock = false }
            return true
        }
        if Self.contains(line, Self.blockStart) {
            isInsideBlock = !Self.contains(line, Self.blockEnd)
            return true
        }
        let indentation = line.prefix { $0 == 0x20 || $0 == 0x09 }.count
        if let openIndentation {
            if indentation > openIndentation || indentation == line.count { return true }
            self.openIndentation = nil
        }
        guard Self.hasSecretKey(line) else { return false }
        openIndentation = indentation
        return true
    }

    /// Whether the line has a secret's word that ends a key: `clientSecret:`, `"password" :`.
    private static func hasSecretKey(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.contains(0x3A) else { return false }
        var letters: [UInt8] = []
        for byte in line {
            switch byte {
            case 0x3A:
                if endsWithWord(letters[...]) { return true }
                letters.append(byte)
            case 0x41...0x5A: letters.append(byte | 0x20)
            case 0x20, 0x09, 0x22, 0x27, 0x2D, 0x5F: break
            default: letters.append(byte)
            }
        }
        return false
    }

    /// In the singular or the plural.
    private static func endsWithWord(_ letters: ArraySlice<UInt8>) -> Bool {
        // Most keys do not even end with the last letter of one.
        guard let last = letters.last, lastLetters.contains(last) else { return false }
        let singular = letters.last == 0x73 ? letters.dropLast() : letters
        return words.contains { ends(letters, with: $0) || ends(singular, with: $0) }
    }

    private static func ends(_ letters: ArraySlice<UInt8>, with word: [UInt8]) -> Bool {
        letters.count >= word.count && letters.suffix(word.count).elementsEqual(word)
    }

    private static func contains(_ line: ArraySlice<UInt8>, _ word: [UInt8]) -> Bool {
        guard let first = word.first, line.count >= word.count else { return false }
        var start = line.startIndex
        while let found = line[start...].firstIndex(of: first), found + word.count <= line.endIndex {
            if line[found..<found + word.count].elementsEqual(word) { return true }
            start = found + 1
        }
        return false
    }
}
