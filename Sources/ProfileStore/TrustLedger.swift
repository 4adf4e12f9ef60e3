internal import Cryptography
package import Diagnostics
internal import FoundationEssentials
package import Posix
package import Profiles

/// What the user has allowed files that are not their own: `trust.json` in the state folder.
///
/// A file is trusted as long as its gated requests are those that were shown. The whole list is kept as well,
/// so that a change can be shown as a difference.
package struct TrustLedger: Sendable {
    private let path: String
    private let directories: Directories
    private var entries: [String: Entry]

    /// What one file was allowed.
    struct Entry: Codable, Hashable, Sendable {
        var digest: String
        var requests: [RecordedRequest]
    }

    private struct Document: Codable {
        var version: Int
        var files: [String: Entry]
    }

    /// What changed between the requests that were allowed and those of now. Both empty: nothing.
    package struct Difference: Hashable, Sendable {
        package var added: [RecordedRequest]
        package var removed: [RecordedRequest]
        package var isEmpty: Bool { added.isEmpty && removed.isEmpty }
    }

    private static let sizeLimit = 16 << 20

    /// Reads the ledger; one that does not exist is empty.
    /// - Throws: `trust.damaged` or `trust.unreadable`: then nothing is trusted, and nothing overwritten.
    package init(reading directories: Directories) throws(Diagnostic) {
        self.directories = directories
        path = FilePath.join(directories.state, "trust.json")
        let contents: FileContents
        do { contents = try FileReader.read(path, limit: Self.sizeLimit, followsLinks: false) } catch {
            guard error.isMissing else { throw .ledgerUnreadable(path, error) }
            entries = [:]
            return
        }
        guard contents.facts.isOwn, !contents.facts.isWritableByOthers else {
            throw .ledgerExposed(path, contents.facts)
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(contents.bytes)),
            document.version == 1,
            document.files.values.allSatisfy({ Self.digest($0.requests) == $0.digest })
        else { throw .ledgerDamaged(path) }
        entries = document.files
    }

    /// The real paths of the files that were allowed something, sorted.
    package var files: [String] { entries.keys.sorted() }

    /// Whether all that the file asks for was allowed. A file that asks for nothing needs no entry.
    /// - Parameter file: its real path.
    package func isTrusted(_ file: String, _ requests: [GatedRequest]) -> Bool {
        if requests.isEmpty { return true }
        return entries[file]?.digest == Self.digest(RecordedRequest.canonical(requests))
    }

    /// What the file asks for now, against what it was allowed; everything is new where nothing was.
    package func difference(_ file: String, _ requests: [GatedRequest]) -> Difference {
        let now = RecordedRequest.canonical(requests)
        let before = entries[file]?.requests ?? []
        return Difference(
            added: now.filter { !before.contains($0) }, removed: before.filter { !now.contains($0) })
    }

    /// Allows the file what it asks for, in place of what it was allowed before.
    package mutating func record(_ file: String, _ requests: [GatedRequest]) throws(Diagnostic) {
        let list = RecordedRequest.canonical(requests)
        try change { $0[file] = Entry(digest: Self.digest(list), requests: list) }
    }

    /// Allows the file nothing any more.
    /// - Returns: whether it had been allowed anything.
    @discardableResult
    package mutating func forget(_ file: String) throws(Diagnostic) -> Bool {
        guard entries[file] != nil else { return false }
        try change { $0[file] = nil }
        return true
    }

    /// SHA-256 over the list, each text with its length in front, so that no two lists read alike.
    static func digest(_ requests: [RecordedRequest]) -> String {
        let text = requests.flatMap { [$0.keyPath, $0.sentence, $0.value] }
            .map { "\($0.utf8.count):\($0)," }.joined()
        return Hex.encode(Digest.sha256(text.utf8))
    }

    /// Changes the file as it is now, which another process may have changed since it was read.
    private mutating func change(_ body: (inout [String: Entry]) -> Void) throws(Diagnostic) {
        do {
            let lock = try FileLock.tryLock(try directories.stateFolder().path(of: "trust.lock"))
            guard let lock else { throw Diagnostic.ledgerBusy(path) }
            defer { lock.release() }
            var fresh = try TrustLedger(reading: directories).entries
            body(&fresh)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let data = try encoder.encode(Document(version: 1, files: fresh))
            try AtomicFile.write(Array(data) + [0x0A], to: path)
            entries = fresh
        } catch let error as Diagnostic {
            throw error
        } catch {
            throw .ledgerUnwritable(path, error)
        }
    }
}
