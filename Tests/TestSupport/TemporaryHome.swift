internal import Glibc
package import Posix

/// Folders that a test makes and that go away with it.
package enum TemporaryFolder {
    /// A new folder (0700) below /tmp: a short path, so that sockets fit.
    package static func make(_ prefix: String) throws -> String {
        var template = Array("/tmp/\(prefix)XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer {
            $0.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        guard isMade else { throw SystemError.last("mkdtemp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the folder and all that is in it; symbolic links are removed, not followed.
    package static func remove(_ path: String) {
        if let names = try? FolderListing.names(in: path) {
            for name in names {
                let entry = FilePath.join(path, name)
                if (try? FileFacts(ofLink: entry).kind) == .folder { remove(entry) } else { unlink(entry) }
            }
        }
        rmdir(path)
    }
}

/// A home folder of its own for each test, with the XDG folders in it. Removed when the test lets go of it.
package final class TemporaryHome: Sendable {
    package let path: String

    package init() throws {
        path = try TemporaryFolder.make("bu-home-")
        for folder in ["config", "state", "cache", "data", "run"] { try makeFolder(folder) }
    }

    deinit { TemporaryFolder.remove(path) }

    /// What a program needs to live in this home, and nothing of the developer's own environment.
    package var environment: [String: String] {
        let own = [
            "HOME": path, "XDG_CONFIG_HOME": "\(path)/config", "XDG_STATE_HOME": "\(path)/state",
            "XDG_CACHE_HOME": "\(path)/cache", "XDG_DATA_HOME": "\(path)/data",
            "XDG_RUNTIME_DIR": "\(path)/run",
        ]
        return TestEnvironment.minimal.merging(own) { $1 }
    }

    package var directories: Directories { Directories(environment: environment) }

    /// The path of something in this home.
    package func path(_ relative: String) -> String { FilePath.join(path, relative) }

    /// Makes the folder, and those above it.
    @discardableResult
    package func makeFolder(_ relative: String, permissions: UInt32 = 0o700) throws -> String {
        let folder = path(relative)
        if mkdir(folder, 0o700) != 0, errno == ENOENT {
            try makeFolder(FilePath.folder(of: relative))
            _ = mkdir(folder, 0o700)
        }
        guard chmod(folder, permissions) == 0 else { throw SystemError.last("chmod") }
        return folder
    }

    /// Writes a file, with the folders that it needs.
    @discardableResult
    package func write(_ text: String, to relative: String, permissions: UInt32 = 0o600) throws -> String {
        if relative.contains("/"), (try? FileFacts(of: path(FilePath.folder(of: relative)))) == nil {
            try makeFolder(FilePath.folder(of: relative))
        }
        try AtomicFile.write(Array(text.utf8), to: path(relative))
        guard chmod(path(relative), permissions) == 0 else { throw SystemError.last("chmod") }
        return path(relative)
    }

    /// Writes a profile file of the user's own.
    @discardableResult
    package func writeProfiles(_ text: String, named name: String = "profiles.yaml") throws -> String {
        try write(text, to: "config/bastion-up/profiles/\(name)")
    }
}
