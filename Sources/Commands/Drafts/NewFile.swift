internal import Diagnostics
internal import Posix
internal import SessionRuntime

/// Files that commands make: new ones, whole or not at all.
struct NewFile {
    let context: CommandContext

    /// The path as an absolute one.
    func absolute(_ path: String) -> String {
        FilePath.join(
            context.surroundings.workingFolder, context.surroundings.directories.expandingTilde(path))
    }

    /// Where a file of the user's own profiles belongs.
    func profilePath(_ name: String) -> String {
        FilePath.join(profileFolder, "\(name).yaml")
    }

    var profileFolder: String { FilePath.join(context.surroundings.directories.configuration, "profiles") }

    /// Whether profiles in a file at this path are found without being named.
    func isFound(_ path: String) -> Bool {
        FilePath.folder(of: path) == profileFolder && (path.hasSuffix(".yaml") || path.hasSuffix(".yml"))
    }

    /// - Throws: `output.exists` (73) where anything stands at the path.
    func requireAbsence(of path: String) throws(Problems) {
        guard (try? FileFacts(ofLink: path)) != nil else { return }
        throw Problems(exists(path))
    }

    /// Writes the file and makes the folders above it. What is there already is never touched.
    /// - Throws: `output.exists`, `output.unwritable` (73).
    func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o600) throws(Problems) {
        do throws(FileError) {
            try PrivateFolder.makeFolders(FilePath.folder(of: path))
            try AtomicFile.create(bytes, at: path, permissions: permissions)
        } catch { throw Problems(error.isExisting ? exists(path) : unwritable(error)) }
    }

    func exists(_ path: String) -> Diagnostic {
        Diagnostic(
            "output.exists", "\(context.shown(path)) exists already, and was not changed",
            remedy: "name another file with --write", exit: .cannotWrite)
    }

    func unwritable(_ error: FileError) -> Diagnostic {
        Diagnostic(
            "output.unwritable", "the file could not be written: \(error)",
            remedy: "check the folder's permissions and the free space", exit: .cannotWrite)
    }
}
