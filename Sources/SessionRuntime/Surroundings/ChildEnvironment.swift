/// What of our environment a child gets: all but secrets of ours.
enum ChildEnvironment {
    private static let families = ["AZURE_", "ARM_", "MSI_", "IDENTITY_"]
    private static let secretWords = [
        "SECRET", "PASSWORD", "TOKEN", "KEY", "ASSERTION", "HEADER", "CREDENTIAL", "CONNECTION_STRING",
    ]

    /// `NAME=value` texts, the additions last.
    static func texts(from environment: [String: String], adding additions: [(name: String, value: String)])
        -> [String]
    {
        let added = Set(additions.map(\.name))
        let kept = environment.filter { !isSecret($0.key) && !added.contains($0.key) }
        return kept.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            + additions.map { "\($0.name)=\($0.value)" }
    }

    static func isSecret(_ name: String) -> Bool {
        families.contains { name.hasPrefix($0) } && secretWords.contains { name.contains($0) }
    }
}
