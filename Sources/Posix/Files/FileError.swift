/// A file or folder that cannot be used: which, and the bare reason.
package struct FileError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case system(SystemError)
        /// A FIFO, device, socket or folder where a plain file is needed.
        case notRegularFile
        case notFolder
        case symbolicLink
        /// Owned by somebody who is neither this user nor root.
        case foreignOwner(UInt32)
        /// The permission bits give more than the owner may have (a private folder: more than 0700).
        case openToOthers(UInt32)
        /// More bytes than the limit.
        case tooLarge(limit: Int)
        /// A socket path that does not fit in `sun_path` (108 bytes with its terminator).
        case pathTooLong
    }

    package let path: String
    package let reason: Reason

    package init(_ path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// Whether something stood where a new file was to be made (EEXIST).
    package var isExisting: Bool {
        guard case .system(let error) = reason else { return false }
        return error.number == SystemError.fileExists
    }

    /// Whether the file is simply not there (ENOENT, or a part of its path is no folder).
    package var isMissing: Bool {
        guard case .system(let error) = reason else { return false }
        return error.number == SystemError.noSuchFile || error.number == SystemError.notFolder
    }
}

extension FileError: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .system(let error): "\(path): \(error.reason)"
        case .notRegularFile: "\(path): not a regular file"
        case .notFolder: "\(path): not a folder"
        case .symbolicLink: "\(path): a symbolic link"
        case .foreignOwner(let uid): "\(path): owned by user \(uid)"
        case .openToOthers(let mode): "\(path): open to others (mode 0\(String(mode, radix: 8)))"
        case .tooLarge(let limit): "\(path): larger than \(limit) bytes"
        case .pathTooLong: "\(path): too long for a socket path"
        }
    }
}
