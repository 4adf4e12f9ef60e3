package import Diagnostics
internal import Glibc
internal import Posix

/// The user's own ssh configuration file, as far as one line in it is ours: an `Include` that stands first, since
/// ssh takes the first value that it finds. Everything else in the file stays as it is, byte by byte.
///
/// A symbolic link is followed; owner and permissions stay. For one process at a time: see `lock`.
package struct SSHConfigFile: Sendable {
    package enum Change: Hashable, Sendable { case none, added, movedToFront, created, removed }

    package let path: String
    /// The line, without its end.
    package let line: String

    private static let sizeLimit = 16 << 20
    private static let newline = UInt8(ascii: "\n")
    /// Stands above the line in a file that we made, so that it is known what to take away again.
    private static let madeFile = Array(
        "# Made by 'bastion-up ssh-config --install': only for this line.".utf8)
    private static let madeFolder = Array(
        "# Made by 'bastion-up ssh-config --install', with its folder: only for this line.".utf8)

    /// - Parameters:
    ///   - path: absolute.
    ///   - included: the absolute path of the file to include.
    /// - Throws: `ssh-config.path` where ssh would read the included path as something else.
    package init(_ path: String, including included: String) throws(Diagnostic) {
        let isWritable = included.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x1F && scalar.value != 0x7F && !"*?[]\\\"'%$".unicodeScalars.contains(scalar)
        }
        guard isWritable else {
            throw Diagnostic(
                "ssh-config.path", "the path '\(included)' cannot stand in ssh's configuration",
                remedy: "set XDG_STATE_HOME to a path without quotes, wildcards, '%' and '$'",
                exit: .cannotWrite)
        }
        self.path = path
        line = "Include " + (included.contains(" ") ? "\"\(included)\"" : included)
    }

    /// Puts the line first, with a new file and folder around it where there is none.
    package func install() throws(Diagnostic) -> Change {
        guard let found = try read() else { return try create() }
        let own = found.lines.indices.filter { isOwn(found.lines[$0]) }
        let first = found.lines.firstIndex { !Self.isEmptyOrComment($0) }
        if own.count == 1, own.first == first { return .none }
        let kept = found.lines.enumerated().filter { !own.contains($0.offset) }.map(\.element)
        try write([Array(line.utf8)[...]] + kept, to: found)
        return own.isEmpty ? .added : .movedToFront
    }

    /// Takes the line away, and file and folder where they were made for it.
    package func uninstall() throws(Diagnostic) -> Change {
        guard let found = try read(), found.lines.contains(where: isOwn) else { return .none }
        var kept = found.lines.filter { !isOwn($0) }
        let mark = kept.first.map(Array.init)
        let isMade = mark == Self.madeFile || mark == Self.madeFolder
        if isMade { kept.removeFirst() }
        guard isMade, kept.allSatisfy(\.isEmpty) else {
            try write(kept, to: found)
            return .removed
        }
        guard unlink(found.real) == 0 else { throw unwritable(SystemError.last("unlink").reason) }
        // With anything else in it the folder stays.
        if mark == Self.madeFolder { _ = rmdir(FilePath.folder(of: found.real)) }
        return .removed
    }

    /// The patterns of the file's `Host` lines.
    package func hostPatterns() throws(Diagnostic) -> Set<String> {
        var patterns: Set<String> = []
        for bytes in try read()?.lines ?? [] {
            let words = String(decoding: bytes, as: UTF8.self).split { " \t\r=\"".contains($0) }
            if words.first?.lowercased() == "host" { patterns.formUnion(words.dropFirst().map(String.init)) }
        }
        return patterns
    }
}

// MARK: - Reading and writing

extension SSHConfigFile {
    private struct Found {
        /// Joined by line breaks they are the file.
        let lines: [ArraySlice<UInt8>]
        let facts: FileFacts
        /// Where the file itself is.
        let real: String
    }

    /// Nil where there is no file.
    private func read() throws(Diagnostic) -> Found? {
        do throws(FileError) {
            let contents = try FileReader.read(path, limit: Self.sizeLimit)
            let lines = contents.bytes.split(separator: Self.newline, omittingEmptySubsequences: false)
            return Found(lines: lines, facts: contents.facts, real: try FilePath.real(path))
        } catch {
            if error.isMissing {
                guard (try? FileFacts(ofLink: path)) == nil else {
                    throw refusal("ssh-config.not-a-file", "is a symbolic link that leads nowhere")
                }
                return nil
            }
            if case .notRegularFile = error.reason {
                throw refusal("ssh-config.not-a-file", "is not a regular file")
            }
            throw refusal("ssh-config.unreadable", "cannot be read: \(error)")
        }
    }

    private func isOwn(_ bytes: ArraySlice<UInt8>) -> Bool {
        let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? bytes.startIndex
        return bytes[..<end].drop { $0 == 0x20 || $0 == 0x09 }.elementsEqual(line.utf8)
    }

    private static func isEmptyOrComment(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.first { $0 > 0x20 }.map { $0 == UInt8(ascii: "#") } ?? true
    }

    private func create() throws(Diagnostic) -> Change {
        let folder = FilePath.folder(of: path)
        let isFolderMade = mkdir(folder, 0o700) == 0
        if !isFolderMade, errno != EEXIST { throw unwritable(SystemError.last("mkdir").reason) }
        let mark = isFolderMade ? Self.madeFolder : Self.madeFile
        let bytes = mark + [Self.newline] + Array(line.utf8) + [Self.newline]
        do { try AtomicFile.write(bytes, to: path) } catch { throw unwritable("\(error)") }
        return .created
    }

    private func write(_ lines: [ArraySlice<UInt8>], to found: Found) throws(Diagnostic) {
        guard found.facts.isOwn || UserIdentity.current == UserIdentity.root else {
            throw refusal("ssh-config.foreign-owner", "belongs to another user (\(found.facts.owner))")
        }
        guard found.facts.permissions & 0o200 != 0 else { throw unwritable("it is read-only") }
        let bytes = Array(lines.joined(separator: [Self.newline]))
        do { try AtomicFile.replace(found.real, with: bytes, keeping: found.facts) } catch {
            throw unwritable("\(error)")
        }
    }

    private func unwritable(_ reason: String) -> Diagnostic {
        refusal("ssh-config.not-written", "cannot be changed: \(reason)")
    }

    private func refusal(_ code: String, _ what: String) -> Diagnostic {
        Diagnostic(
            code, "ssh's configuration file '\(path)' \(what)",
            remedy:
                "change it by hand: its first line should be '\(line)'; or name another with --ssh-config",
            exit: .cannotWrite)
    }
}
