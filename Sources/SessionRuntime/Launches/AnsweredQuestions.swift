internal import Glibc
package import Posix

/// Which questions an ssh that somebody else started has been answered: an empty file for each, in the runtime
/// folder, named after that ssh. The helper that ssh runs for each question remembers nothing by itself.
package struct AnsweredQuestions {
    private let directories: Directories

    private static let prefix = "answered-"

    package init(_ directories: Directories) { self.directories = directories }

    /// Takes note that our parent process is answered such a question.
    /// - Returns: whether it is the first; false also where no note can be kept.
    package func take(_ question: String) -> Bool {
        guard let folder = try? directories.runtimeFolder() else { return false }
        Self.removeAbandoned(in: folder)
        let asker = getppid()
        guard let start = ProcessTable.start(of: asker) else { return false }
        let note = folder.path(of: "\(Self.prefix)\(asker)-\(start)-\(question)")
        guard let descriptor = try? FileDescriptor.open(note, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) else {
            return false
        }
        descriptor.close()
        return true
    }

    /// Removes the notes of processes that have ended.
    private static func removeAbandoned(in folder: PrivateFolder) {
        for name in (try? FolderListing.names(in: folder.path)) ?? [] where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.count).split(separator: "-")
            guard parts.count > 1, let asker = Int32(parts[0]) else { continue }
            if ProcessTable.start(of: asker).map(String.init) != String(parts[1]) {
                unlink(folder.path(of: name))
            }
        }
    }
}
