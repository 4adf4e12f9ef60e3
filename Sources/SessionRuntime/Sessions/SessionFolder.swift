internal import Glibc
internal import Planning
internal import Posix

/// The private folder of one session, with its sockets. Removed with all that is in it at the end.
final class SessionFolder {
    let folder: PrivateFolder

    init(in directories: Directories) throws(SessionError) {
        do throws(FileError) { folder = try directories.runtimeFolder().temporaryFolder(prefix: "s-") } catch
        { throw .file(error) }
    }

    deinit { remove() }

    func socket(_ file: RuntimeFile) throws(SessionError) -> SocketAddress {
        do throws(FileError) {
            let path = try folder.socketPath(of: file.rawValue)
            guard let address = SocketAddress(unixPath: path) else { throw FileError(path, .pathTooLong) }
            return address
        } catch { throw .file(error) }
    }

    func remove() {
        for file in [RuntimeFile.tunnelSocket, .askpassSocket] { unlink(folder.path(of: file.rawValue)) }
        rmdir(folder.path)
    }
}
