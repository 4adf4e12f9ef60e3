internal import CPosix
internal import Glibc

/// Writes files so that a reader, or a power cut, sees the old content or the new, never a part.
package enum AtomicFile {
    /// Writes a file that must not be there yet; what stands at the path, be it a dangling link, is left as it is.
    ///
    /// The folder must exist, and its file system must have hard links (link(2)).
    /// - Throws: with EEXIST where something is there (`FileError.isExisting`).
    package static func create(_ bytes: [UInt8], at path: String, permissions: UInt32 = 0o600)
        throws(FileError)
    {
        let temporary = try writeTemporary(bytes, beside: path, permissions)
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 else { throw FileError(path, .system(.last("link"))) }
        _ = bu_fsync_folder(FilePath.folder(of: path))
    }

    /// Writes a new file beside the old one (0600 unless said otherwise), syncs it and renames it over the old one.
    ///
    /// The folder must exist. A symbolic link at the path is replaced, not followed.
    /// - Parameter bytes: not for secrets: they stay in the caller's memory as they are.
    package static func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o600)
        throws(FileError)
    {
        try move(try writeTemporary(bytes, beside: path, permissions), to: path)
    }

    /// The same for a file that is there: its owner, group and permissions stay as they were.
    /// - Parameter facts: those of the file.
    package static func replace(_ path: String, with bytes: [UInt8], keeping facts: FileFacts)
        throws(FileError)
    {
        try move(try writeTemporary(bytes, beside: path, 0o600, like: facts), to: path)
    }

    private static func move(_ temporary: String, to path: String) throws(FileError) {
        guard rename(temporary, path) == 0 else {
            let failure = SystemError.last("rename")
            unlink(temporary)
            throw FileError(path, .system(failure))
        }
        // Best effort: some file systems cannot sync a folder, and the content is in place already.
        _ = bu_fsync_folder(FilePath.folder(of: path))
    }

    /// The path of a new file with the bytes, synced; nothing stays behind where that fails.
    private static func writeTemporary(
        _ bytes: [UInt8], beside path: String, _ permissions: UInt32, like facts: FileFacts? = nil
    )
        throws(FileError) -> String
    {
        let temporary = temporaryPath(beside: path)
        do throws(SystemError) {
            let descriptor = try FileDescriptor.open(
                temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: permissions)
            do throws(SystemError) {
                if let facts { try copy(facts, to: descriptor) }
                try descriptor.writeAll(bytes)
                guard fsync(descriptor.rawValue) == 0 else { throw .last("fsync") }
            } catch {
                unlink(temporary)
                throw error
            }
        } catch { throw FileError(path, .system(error)) }
        return temporary
    }

    private static func copy(_ facts: FileFacts, to descriptor: FileDescriptor) throws(SystemError) {
        var made = stat()
        guard fstat(descriptor.rawValue, &made) == 0 else { throw .last("fstat") }
        if made.st_uid != facts.owner || made.st_gid != facts.group {
            guard fchown(descriptor.rawValue, facts.owner, facts.group) == 0 else { throw .last("fchown") }
        }
        guard fchmod(descriptor.rawValue, facts.permissions) == 0 else { throw .last("fchmod") }
    }

    private static func temporaryPath(beside path: String) -> String {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        return FilePath.join(FilePath.folder(of: path), ".\(FilePath.name(of: path)).\(getpid()).\(random)")
    }
}
