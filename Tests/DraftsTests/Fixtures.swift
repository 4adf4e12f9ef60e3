import Diagnostics
import Drafts
import Profiles
import Testing

/// What the tests of this target import, write and read back.
enum Fixtures {
    static let subscription = "11111111-1111-1111-1111-111111111111"
    static let machine =
        "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-dev/providers/"
        + "Microsoft.Compute/virtualMachines/VM-Dev"
    static let hub =
        "/subscriptions/\(subscription)/resourceGroups/rg-hub/providers/"
        + "Microsoft.Network/bastionHosts/bas-hub"
    static let context = ResolutionContext(
        user: "alice", home: "/home/alice", environment: ["HOME": "/home/alice"])

    /// The user's own file, which defines the host `hub`.
    static let known = """
        version: 1
        hosts:
          hub: {resourceId: \(hub)}
        """

    static func read(
        _ text: String, file: String = "input", format: ImportFormat? = nil, name: String? = nil,
        host: ImportRequest.Host? = .known("hub")
    ) throws -> ImportResult {
        var request = ImportRequest(file: file)
        request.format = format
        request.name = name
        request.host = host
        request.knownHosts = [KnownHost(name: "hub", resourceID: try #require(ResourceID(hub)))]
        return try Importer.read(Array(text.utf8), request)
    }

    static func text(_ result: ImportResult) -> String {
        var file = DraftFile()
        file.hosts = result.hosts
        file.profiles = result.profiles
        return DraftWriter.text(file)
    }

    static func decode(_ text: String) -> ProfileFile {
        ProfileDecoder().decode(
            Array(text.utf8), origin: FileOrigin(label: "draft.yaml", directory: "/p", isUserOwned: true))
    }

    static func resolver(_ text: String) -> ProfileResolver {
        let own = ProfileDecoder().decode(
            Array(known.utf8), origin: FileOrigin(label: "own.yaml", directory: "/p", isUserOwned: true))
        return ProfileResolver(
            layers: [ProfileLayer([decode(text)]), ProfileLayer([own])], context: context)
    }

    /// The profile that the only draft of a result comes to, through the text of its file.
    static func profile(_ result: ImportResult) throws -> Profile {
        #expect(result.profiles.count == 1)
        let text = text(result)
        #expect(decode(text).problems.all == [])
        return try resolver(text).resolve(try #require(result.profiles.first).name).profile
    }
}

extension ImportResult {
    var codes: [String] { warnings.map(\.code) }
    var lines: [Int] { warnings.compactMap(\.location?.line) }
}
