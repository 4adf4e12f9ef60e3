package import Diagnostics
package import Posix

/// Where to look for profile files.
package struct ProfileSearch: Hashable, Sendable {
    /// The paths of `--profiles` (files or folders), or the files given to `validate`; as the user wrote them.
    package var named: [String]
    /// The elements of `$BASTION_UP_PROFILES` that are not empty.
    package var listed: [String]
    package var directories: Directories
    /// The absolute folder that relative paths start from, and the project is looked for in.
    package var workingFolder: String
    /// Only the named paths count.
    package var isIsolated: Bool
    /// The machine's own configuration.
    package var systemFolder: String

    package init(
        named: [String] = [], environment: [String: String], workingFolder: String, isIsolated: Bool = false,
        systemFolder: String = "/etc/bastion-up"
    ) {
        self.named = named
        listed = (environment["BASTION_UP_PROFILES"] ?? "").split(separator: ":").map(String.init)
        directories = Directories(environment: environment)
        self.workingFolder = workingFolder
        self.isIsolated = isIsolated
        self.systemFolder = systemFolder
    }
}

/// What a search came to.
package struct FoundProfiles: Hashable, Sendable {
    /// Highest layer first; within a layer in the order given, within a folder by name.
    package var texts: [ProfileText] = []
    /// The user's `config.yaml`, if there is one.
    package var configuration: ProfileText?
    /// Errors for what was named and cannot be read, warnings for what was merely found and left out.
    package var problems = Problems()

    package func texts(in layer: ProfileLayerName) -> [ProfileText] { texts.filter { $0.layer == layer } }
}
