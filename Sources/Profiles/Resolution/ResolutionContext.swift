/// What resolving needs to know of the machine; given from outside, so that it stays pure.
package struct ResolutionContext: Sendable {
    /// The local login name, for `${user}`.
    package var user: String
    /// The absolute home folder, for `~/`.
    package var home: String
    package var environment: [String: String]

    package init(user: String, home: String, environment: [String: String] = [:]) {
        (self.user, self.home, self.environment) = (user, home, environment)
    }

    /// The absolute form of a path that stands in a file of `directory`.
    func absolute(_ path: String, in directory: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return home + path.dropFirst(1) }
        if path.hasPrefix("/") { return path }
        var relative = path[...]
        while relative.hasPrefix("./") { relative = relative.dropFirst(2) }
        return directory.hasSuffix("/") ? directory + relative : "\(directory)/\(relative)"
    }
}

/// The files of one place: the user's folder, a project, a source. Layers are ordered, the highest first.
package struct ProfileLayer: Sendable {
    package var files: [ProfileFile]

    package init(_ files: [ProfileFile]) { self.files = files }

    /// Whether nothing of it needs trust.
    package var isTrusted: Bool { files.allSatisfy(\.origin.isUserOwned) }
}
