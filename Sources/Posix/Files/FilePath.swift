internal import Glibc

/// Paths as text: joined, taken apart, made real. All but `real` look at the text alone.
package enum FilePath {
    package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

    /// The second path seen from the first; an absolute second path stands for itself.
    package static func join(_ folder: String, _ path: String) -> String {
        if isAbsolute(path) || folder.isEmpty { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    /// The path without its last part; "." where there is only one, "/" at the root.
    package static func folder(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let start = isAbsolute(path) ? "/" : ""
        if parts.count <= 1 { return start.isEmpty ? "." : "/" }
        return start + parts.dropLast().joined(separator: "/")
    }

    /// The last part of the path; empty for the root.
    package static func name(of path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? ""
    }

    /// The path with every symbolic link followed and no `.` or `..` (realpath(3)).
    package static func real(_ path: String) throws(FileError) -> String {
        guard let found = realpath(path, nil) else { throw FileError(path, .system(.last("realpath"))) }
        defer { free(found) }
        return String(cString: found)
    }

    /// The folder that the process works in, its real path.
    package static func current() throws(FileError) -> String { try real(".") }
}
