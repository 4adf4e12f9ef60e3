internal import Glibc
internal import Planning
internal import Posix

/// The private folder of one session, with its sockets. Removed with all that is in it at the end.
final class SessionFolder {
    let folder: PrivateFolder

    private static let prefix = "s-"

    init(in directories: Directories) throws(SessionError) {
        do throws(FileError) {
            let runtime = try directories.runtimeFolder()
            Self.removeAbandoned(in: runtime)
            folder = try runtime.temporaryFolder(prefix: "\(Self.prefix)\(getpid())-")
        } catch { throw .file(error) }
    }

    deinit { remove() }

    func socket(_ file: RuntimeFile) throws(SessionError) -> SocketAddress {
        do throws(FileError) {
            let path = try folder.socketPath(of: file.name)
            guard let address = SocketAddress(unixPath: path) else { throw FileError(path, .pathTooLong) }
            return address
        } catch { throw .file(error) }
    }

    /// Writes a private file (0600).
    func write(_ file: RuntimeFile, _ text: String) throws(SessionError) {
        do { try AtomicFile.write(Array(text.utf8), to: folder.path(of: file.name)) } catch {
            throw .file(error)
        }
    }

    func remove() { Self.remove(folder.path) }

    /// With all that is in it; symbolic links are removed, not followed.
    private static func remove(_ path: String) {
        for name in (try? FolderListing.names(in: path)) ?? [] {
            let entry = FilePath.join(path, name)
            if (try? FileFacts(ofLink: entry).kind) == .folder { remove(entry) } else { unlink(entry) }
        }
        rmdir(path)
    }

    /// Removes the folders of processes that were killed: their names tell whose they were.
    private static func removeAbandoned(in runtime: PrivateFolder) {
        for name in (try? FolderListing.names(in: runtime.path)) ?? [] where name.hasPrefix(prefix) {
            let owner = name.dropFirst(prefix.count).prefix { $0 != "-" }
            guard let id = pid_t(owner), kill(id, 0) != 0, errno == ESRCH else { continue }
            remove(runtime.path(of: name))
        }
    }
}
