internal import Posix

/// The `.bastion-up` folder of the project that somebody works in.
enum ProjectFolder {
    static let name = ".bastion-up"

    /// The one in the nearest ancestor of the folder (itself included) inside a git root.
    ///
    /// A git root is the nearest ancestor with an entry `.git` (a folder, or a file in work trees and submodules).
    /// Nothing is looked for above it, and nothing at all without one.
    static func find(from workingFolder: String) -> String? {
        var nearest: String?
        for ancestor in ancestors(of: workingFolder) {
            let candidate = FilePath.join(ancestor, name)
            if nearest == nil, (try? FileFacts(of: candidate))?.kind == .folder { nearest = candidate }
            if (try? FileFacts(ofLink: FilePath.join(ancestor, ".git"))) != nil { return nearest }
        }
        return nil
    }

    /// The folder, then the folders above it, up to the root.
    private static func ancestors(of folder: String) -> [String] {
        var all = [folder]
        while let last = all.last, case let above = FilePath.folder(of: last), above != last {
            all.append(above)
        }
        return all
    }
}
