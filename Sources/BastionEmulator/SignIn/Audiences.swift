/// The resources that tokens are issued for.
struct Audiences: Sendable {
    private let resourceManager: Set<String>
    private let others: Set<String>

    /// Azure Resource Manager under all its names, and the emulator's own.
    private static let azure = ["https://management.azure.com", "https://management.core.windows.net"]

    init(_ configuration: EmulatorConfiguration, _ endpoints: Endpoints) {
        resourceManager = Set((Self.azure + [endpoints.resourceManager]).map(Self.normal))
        others = Set(configuration.audiences.map(Self.normal))
    }

    /// Resource identifiers are compared without final slashes, in lower case.
    private static func normal(_ text: String) -> String {
        var text = text.lowercased()
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }

    func isKnown(_ audience: String) -> Bool {
        let name = Self.normal(audience)
        return resourceManager.contains(name) || others.contains(name)
    }

    /// Whether a token for the audience is one for the resource manager.
    func isResourceManager(_ audience: String) -> Bool { resourceManager.contains(Self.normal(audience)) }
}
