internal import Glibc

/// What stat(2) says of a file.
package struct FileFacts: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case regular, folder, symbolicLink, other }

    package let kind: Kind
    package let owner: UInt32
    package let group: UInt32
    /// The permission bits alone: 0 to 0o7777.
    package let permissions: UInt32
    package let size: Int
    package let device: UInt64
    package let inode: UInt64

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
        owner = status.st_uid
        group = status.st_gid
        permissions = status.st_mode & 0o7777
        size = Int(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// The file that the path leads to.
    package init(of path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(path, .system(.last("stat"))) }
        self.init(status)
    }

    /// The file that stands at the path itself, a symbolic link included.
    package init(ofLink path: String) throws(FileError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FileError(path, .system(.last("lstat"))) }
        self.init(status)
    }

    /// - Parameter path: for the error alone.
    package init(of descriptor: FileDescriptor, path: String) throws(FileError) {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else {
            throw FileError(path, .system(.last("fstat")))
        }
        self.init(status)
    }

    /// Whether somebody other than the owner may write: the group or all.
    package var isWritableByOthers: Bool { permissions & 0o022 != 0 }

    /// Whether the owner is the user that this process acts as.
    package var isOwn: Bool { owner == UserIdentity.current }
}

/// The users that files belong to.
package enum UserIdentity {
    /// The user that this process acts as (geteuid).
    package static var current: UInt32 { geteuid() }
    package static let root: UInt32 = 0
}
