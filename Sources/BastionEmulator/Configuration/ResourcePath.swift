/// An Azure resource ID. Two that differ only in case are the same resource.
package struct ResourcePath: Sendable {
    /// As it was written.
    package let text: String
    /// Lower case.
    let key: String
    /// As written, without the leading empty one.
    private let segments: [Substring]

    /// - Returns: nil unless it is `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME…]`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 9, parts[0].isEmpty, parts.count % 2 == 1,
            parts.dropFirst().allSatisfy({ !$0.isEmpty }), parts[1].lowercased() == "subscriptions",
            parts[3].lowercased() == "resourcegroups", parts[5].lowercased() == "providers",
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        self.text = text
        key = text.lowercased()
        segments = Array(parts.dropFirst())
    }

    package var subscription: String { String(segments[1]) }
    package var resourceGroup: String { String(segments[3]) }
    package var name: String { segments.last.map(String.init) ?? "" }
    /// Such as `microsoft.network/bastionhosts`; lower case.
    package var type: String {
        let types = segments[6...].enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        return ([segments[5]] + types).joined(separator: "/").lowercased()
    }
}

extension ResourcePath: Hashable {
    package static func == (left: ResourcePath, right: ResourcePath) -> Bool { left.key == right.key }
    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
