package import Diagnostics
package import Posix
package import Profiles

/// The certificates that RDP targets showed at their first connection: `rdp-certificates` in the state folder, a
/// line `NAME sha256:DIGITS` each. Other lines stay as they are.
package struct CertificatePins: Sendable {
    /// A certificate that the file holds for a name.
    package struct Pin: Hashable, Sendable {
        package var fingerprint: CertificateFingerprint
        package var location: SourceLocation
    }

    package static let fileName = "rdp-certificates"

    private let directories: Directories
    package let path: String

    /// Room for fifty thousand targets.
    private static let sizeLimit = 16 << 20
    /// What another process has for its own change.
    private static let patience = Duration.seconds(5)

    package init(_ directories: Directories) {
        self.directories = directories
        path = FilePath.join(directories.state, Self.fileName)
    }

    /// The certificate of a name, which holds no space; nil where there is none. Of several lines the last one counts.
    /// - Throws: `known-hosts.unreadable`, also for a line that is damaged: it must not pass for none.
    package func pin(of name: String) throws(Diagnostic) -> Pin? {
        let found = try lines().enumerated().last { Self.name(of: $1) == name }
        guard let found else { return nil }
        let location = SourceLocation(file: path, line: found.offset + 1, column: 1)
        guard let fingerprint = Self.fingerprint(of: found.element) else {
            throw Diagnostic(
                "known-hosts.unreadable", "the pinned certificate in this line is damaged",
                remedy: "remove the line: the next connection trusts the certificate that it is shown",
                at: location, exit: .cannotWrite)
        }
        return Pin(fingerprint: fingerprint, location: location)
    }

    /// Keeps a certificate for a name that has none yet.
    /// - Returns: what holds now: what another process kept meanwhile stays.
    /// - Throws: `known-hosts.unreadable`, `known-hosts.unwritable`
    package func keep(_ fingerprint: CertificateFingerprint, for name: String) async throws(Diagnostic)
        -> CertificateFingerprint
    {
        let lock = try await lock()
        defer { lock.release() }
        if let present = try pin(of: name) { return present.fingerprint }
        try write(try lines() + ["\(name) \(fingerprint.text)"])
        return fingerprint
    }

    /// Forgets the certificate of a name.
    /// - Throws: `known-hosts.unreadable`, `known-hosts.unwritable`; then nothing was changed.
    package func forget(_ name: String) async throws(Diagnostic) {
        let lock = try await lock()
        defer { lock.release() }
        try write(try lines().filter { Self.name(of: $0) != name })
    }

    private static func name(of line: Substring) -> String? {
        line.split(separator: " ", maxSplits: 1).first.map(String.init)
    }

    private static func fingerprint(of line: Substring) -> CertificateFingerprint? {
        let words = line.split(separator: " ")
        return words.count == 2 ? CertificateFingerprint(String(words[1])) : nil
    }

    private func lines() throws(Diagnostic) -> [Substring] {
        do throws(FileError) {
            let bytes = try FileReader.read(path, limit: Self.sizeLimit, followsLinks: false).bytes
            // By bytes: with CR before it, a line break would be another character, and lines would be overlooked.
            return bytes.split(separator: UInt8(ascii: "\n")).map { Substring(decoding: $0, as: UTF8.self) }
        } catch {
            if error.isMissing { return [] }
            throw Diagnostic(
                "known-hosts.unreadable", "the pinned certificates cannot be read: \(error)",
                remedy: "check the file and its permissions", exit: .cannotWrite)
        }
    }

    private func write(_ lines: [Substring]) throws(Diagnostic) {
        let text = lines.map { $0 + "\n" }.joined()
        do { try AtomicFile.write(Array(text.utf8), to: path) } catch { throw unwritable("\(error)") }
    }

    private func lock() async throws(Diagnostic) -> FileLock {
        let lock: FileLock?
        do throws(FileError) {
            let file = try directories.stateFolder().path(of: Self.fileName + ".lock")
            lock = try await FileLock.lock(file, until: .now.advanced(by: Self.patience))
        } catch { throw unwritable("\(error)") }
        guard let lock else { throw unwritable("another bastion-up is changing them") }
        return lock
    }

    private func unwritable(_ reason: String) -> Diagnostic {
        Diagnostic(
            "known-hosts.unwritable", "the pinned certificates cannot be written: \(reason)",
            remedy: "check the folder's permissions and the free space", exit: .cannotWrite)
    }
}
