internal import Cryptography
package import Diagnostics
internal import Posix

/// The host keys that ssh keeps for our targets: a known hosts file as sshd(8) describes it, names not hashed.
package struct KnownHostsFile: Sendable {
    /// A key that the file holds for a name.
    package struct HostKey: Hashable, Sendable {
        /// `ssh-ed25519`
        package var type: String
        /// As `ssh-keygen -l` writes it: `SHA256:` and Base64 without padding; nil for a key that is damaged.
        package var fingerprint: String?
        /// `@revoked` or `@cert-authority`.
        package var marker: String?
        package var location: SourceLocation
    }

    package let path: String

    /// ssh itself sets no limit; this is room for a hundred thousand keys.
    private static let sizeLimit = 64 << 20

    package init(_ path: String) { self.path = path }

    /// The keys of a name; none where there is no file. ssh writes names in lower case, and so they are compared.
    /// - Throws: `known-hosts.unreadable`
    package func keys(of name: String) throws(Diagnostic) -> [HostKey] {
        try lines().enumerated().compactMap { index, text in
            guard let line = Line(text), line.names.contains(name.lowercased()) else { return nil }
            let key = line.key.flatMap { Base64.decode($0) }
            return HostKey(
                type: line.type, fingerprint: key.map(Self.fingerprint), marker: line.marker,
                location: SourceLocation(file: path, line: index + 1, column: 1))
        }
    }

    /// Takes the name out of the file; all that the file holds for other names stays as it is, byte by byte.
    /// - Throws: `known-hosts.unreadable`, `known-hosts.unwritable`; then nothing was changed.
    package func forget(_ name: String) throws(Diagnostic) {
        let kept = try lines().compactMap { text -> [UInt8]? in
            guard let line = Line(text), line.names.contains(name.lowercased()) else { return Array(text) }
            return line.text(without: name.lowercased())
        }
        // A link is followed, so that the file that it leads to changes.
        let real = (try? FilePath.real(path)) ?? path
        do { try AtomicFile.write(Array(kept.joined(separator: [Self.newline])), to: real) } catch {
            throw Diagnostic(
                "known-hosts.unwritable", "the pinned host keys cannot be written: \(error)",
                remedy: "check the folder's permissions and the free space", exit: .cannotWrite)
        }
    }

    /// That of a key in Base64; nil for text that is none.
    package static func fingerprint(ofBase64 text: String) -> String? { Base64.decode(text).map(fingerprint) }

    /// SHA-256 over the decoded key, as ssh shows it.
    package static func fingerprint(_ key: [UInt8]) -> String {
        "SHA256:" + String(Base64.encode(Digest.sha256(key)).prefix { $0 != "=" })
    }

    /// The same of a line `TYPE BASE64`; nil for one that is damaged.
    package static func fingerprint(ofKey line: String) -> String? {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard words.count >= 2 else { return nil }
        return Base64.decode(String(words[1])).map(fingerprint)
    }

    private static let newline = UInt8(ascii: "\n")

    /// Joined by line breaks they are the file again.
    private func lines() throws(Diagnostic) -> [ArraySlice<UInt8>] {
        do throws(FileError) {
            return try FileReader.read(path, limit: Self.sizeLimit).bytes
                .split(separator: Self.newline, omittingEmptySubsequences: false)
        } catch {
            if error.isMissing { return [] }
            throw Diagnostic(
                "known-hosts.unreadable", "the pinned host keys cannot be read: \(error)",
                remedy: "check the file and its permissions", exit: .cannotWrite)
        }
    }
}

extension KnownHostsFile {
    /// A line that is no comment: `[marker] names type key [comment]`.
    private struct Line {
        let marker: String?
        let names: [String]
        let type: String
        let key: String?
        private let words: [Substring]

        init?(_ bytes: ArraySlice<UInt8>) {
            let text = String(decoding: bytes, as: UTF8.self)
            let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
            guard let first = words.first, !first.hasPrefix("#") else { return nil }
            let isMarked = first.hasPrefix("@")
            let fields = words.dropFirst(isMarked ? 1 : 0)
            guard fields.count >= 2, let names = fields.first else { return nil }
            marker = isMarked ? String(first) : nil
            self.names = names.split(separator: ",").map { $0.lowercased() }
            type = String(fields[fields.startIndex + 1])
            key = fields.count > 2 ? String(fields[fields.startIndex + 2]) : nil
            self.words = words
        }

        /// The line for the other names that it has; nil without any.
        func text(without name: String) -> [UInt8]? {
            let others = names.filter { $0 != name }
            guard !others.isEmpty else { return nil }
            var words = words.map(String.init)
            words[marker == nil ? 0 : 1] = others.joined(separator: ",")
            return Array(words.joined(separator: " ").utf8)
        }
    }
}
