import Diagnostics
import FoundationEssentials
import Profiles
import Testing

/// Files, layers and the machine as the tests of this target see them.
enum Fixtures {
    static let context = ResolutionContext(
        user: "alice", home: "/home/alice", environment: ["TEAM": "blue", "EMPTY": "", "HOME": "/home/alice"])
    static let commandNames: Set = ["list", "show", "connect"]

    /// The project's folder.
    static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    static func file(_ text: String, label: String = "a.yaml", isUserOwned: Bool = true) -> ProfileFile {
        ProfileDecoder(commandNames: commandNames).decode(
            Array(text.utf8),
            origin: FileOrigin(label: label, directory: "/etc/team", isUserOwned: isUserOwned))
    }

    static func resolver(_ text: String, isUserOwned: Bool = true) -> ProfileResolver {
        resolver([[file(text, isUserOwned: isUserOwned)]])
    }

    static func resolver(_ layers: [[ProfileFile]], configuration: Configuration = Configuration())
        -> ProfileResolver
    {
        ProfileResolver(layers: layers.map(ProfileLayer.init), configuration: configuration, context: context)
    }

    static func read(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(root)/\(path)")))
    }

    /// The names of the files in a folder that end with `ending`, sorted.
    static func names(in folder: String, ending: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        return all.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    /// A host named `hub`, which most profiles need.
    static let hub = """
        version: 1
        hosts:
          hub: {name: bas-hub, resourceGroup: rg-hub, subscription: 11111111-1111-1111-1111-111111111111}

        """
}
