internal import CPosix
internal import Glibc

/// Writes files so that a reader, or a power cut, sees the old content or the new, never a part.
package enum AtomicFile {
    /// Writes a new file beside the old one (0600 unless said otherwise), syncs it and renames it over the old one.
    ///
    /// The folder must exist. A symbolic link at the path is replaced, not followed.
    /// - Parameter bytes: not for secrets: they stay in the caller's memory as they are.
    package static func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o600)
        throws(FileError)
    {
        try write(bytes, to: path, permissions: permissions) { (_) throws(SystemError) in }
    }

    /// The same for a file that is there: owner, group and permissions stay as they were.
    /// - Parameter facts: those of the file.
    package static func replace(_ path: String, with bytes: [UInt8], keeping facts: FileFacts)
        throws(FileError)
    {
        try write(bytes, to: path, permissions: 0o600) { (descriptor) throws(SystemError) in
            var made = stat()
            guard fstat(descriptor.rawValue, &made) == 0 else { throw .last("fstat") }
            if made.st_uid != facts.owner || made.st_gid != facts.group {
                guard fchown(descriptor.rawValue, facts.owner, facts.group) == 0 else {
                    throw .last("fchown")
                }
            }
            guard fchmod(descriptor.rawValue, facts.permissions) == 0 else { throw .last("fchmod") }
        }
    }

    private static func write(
        _ bytes: [UInt8], to path: String, permissions: UInt32,
        preparing prepare: (FileDescriptor) throws(SystemError) -> Void
    ) throws(FileError) {
        let temporary = temporaryPath(beside: path)
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(
                temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: permissions)
        } catch { throw FileError(path, .system(error)) }
        do throws(SystemError) {
            try prepare(descriptor)
            try descriptor.writeAll(bytes)
            guard fsync(descriptor.rawValue) == 0 else { throw .last("fsync") }
            guard rename(temporary, path) == 0 else { throw .last("rename") }
        } catch {
            unlink(temporary)
            throw FileError(path, .system(error))
        }
        // Best effort: some file systems cannot sync a folder, and the content is in place already.
        _ = bu_fsync_folder(FilePath.folder(of: path))
    }

    private static func temporaryPath(beside path: String) -> String {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        return FilePath.join(FilePath.folder(of: path), ".\(FilePath.name(of: path)).\(getpid()).\(random)")
    }
}
