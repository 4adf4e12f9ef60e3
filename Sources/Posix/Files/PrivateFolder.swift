internal import Glibc

/// A folder that only this user can look into: 0700, owned by the user, not a symbolic link.
package struct PrivateFolder: Hashable, Sendable {
    package let path: String

    /// Verifies the folder, after making it (and the folders above it) where it is missing.
    ///
    /// One that exists is taken as it is or refused, never repaired: whoever opened it up may have put things in.
    /// - Throws: what stands in the way, with the path that it concerns.
    package init(making path: String) throws(FileError) {
        try Self.makeFolders(path)
        try self.init(existing: path)
    }

    /// Verifies a folder that must exist.
    package init(existing path: String) throws(FileError) {
        let facts = try FileFacts(ofLink: path)
        switch facts.kind {
        case .folder: break
        case .symbolicLink: throw FileError(path, .symbolicLink)
        default: throw FileError(path, .notFolder)
        }
        guard facts.isOwn else { throw FileError(path, .foreignOwner(facts.owner)) }
        guard facts.permissions & 0o077 == 0 else { throw FileError(path, .openToOthers(facts.permissions)) }
        self.path = path
    }

    /// The path of an entry of this folder.
    package func path(of name: String) -> String { FilePath.join(path, name) }

    /// The path of a socket in this folder.
    /// - Throws: `pathTooLong` where it does not fit in `sun_path` (108 bytes with its terminator, unix(7)).
    package func socketPath(of name: String) throws(FileError) -> String {
        let socket = path(of: name)
        guard socket.utf8.count < 108 else { throw FileError(socket, .pathTooLong) }
        return socket
    }

    /// A private folder inside this one, made where it is missing.
    package func folder(_ name: String) throws(FileError) -> PrivateFolder {
        try PrivateFolder(making: path(of: name))
    }

    /// A new, empty private folder inside this one with a name that nobody can foretell (mkdtemp(3)).
    package func temporaryFolder(prefix: String) throws(FileError) -> PrivateFolder {
        var template = Array("\(path(of: prefix))XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { text in
            text.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        guard isMade else { throw FileError(path, .system(.last("mkdtemp"))) }
        let name = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return try PrivateFolder(existing: name)
    }

    /// mkdir -p with 0700 for every folder that is made; those that are there stay as they are, unverified.
    package static func makeFolders(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST: return
        case ENOENT:
            let parent = FilePath.folder(of: path)
            guard parent != path else { throw FileError(path, .system(.last("mkdir"))) }
            try makeFolders(parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { fallthrough }
        default: throw FileError(path, .system(.last("mkdir")))
        }
    }
}
