package import Diagnostics
package import YAML

/// Where a profile file comes from.
package struct FileOrigin: Hashable, Sendable {
    /// How the file is called in messages, normally its path as the user knows it.
    package var label: String
    /// The absolute folder of the file, against which its relative paths are resolved.
    package var directory: String
    /// Whether it is trusted without asking: in the user's own configuration folder, or root's in `/etc`.
    package var isUserOwned: Bool

    package init(label: String, directory: String, isUserOwned: Bool) {
        (self.label, self.directory, self.isUserOwned) = (label, directory, isUserOwned)
    }
}

/// A profile file after parsing and checking, before anything is looked up in other files.
package struct ProfileFile: Sendable {
    package let origin: FileOrigin
    /// The named things of the file, in its order; empty where `isReadable` is false.
    package let entries: [Section: [Entry]]
    /// Every problem of the file by itself, in the order of the text, with places and lines.
    package let problems: Problems
    /// Whether it is known what the file defines. If not, it may hide names of lower layers.
    package let isReadable: Bool

    /// One named thing.
    package struct Entry: Sendable {
        package var name: String
        /// Where the name stands.
        package var location: SourceLocation
        package var value: YAMLNode
        /// What is wrong with this entry alone.
        package var problems: Problems
    }

    let source: SourceText?

    package func entries(_ section: Section) -> [Entry] { entries[section] ?? [] }

    /// The file's problems, and `more` with the lines of this file attached.
    func withLines(_ more: [Diagnostic]) -> [Diagnostic] {
        source?.attachLines(to: more, hiding: hiddenLines) ?? more
    }

    /// Lines that hold a secret and are never shown.
    let hiddenLines: [ClosedRange<Int>]

    /// Whether a text of the file holds a `$`, with which placeholders begin.
    let hasPlaceholders: Bool
}
