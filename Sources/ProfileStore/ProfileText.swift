internal import Posix

/// A profile file as it was read: once, whole, not yet looked into.
package struct ProfileText: Hashable, Sendable {
    /// The path as the user knows it; for messages.
    package var path: String
    /// The path with every symbolic link followed: what trust is recorded for.
    package var realPath: String
    package var bytes: [UInt8]
    package var layer: ProfileLayerName
    /// Whether it needs no trust: the user's own configuration folder, or root's in `/etc`; nobody else may write it.
    package var isUsersOwn: Bool

    /// The folder that relative paths in the file start from.
    package var directory: String { FilePath.folder(of: realPath) }
}
