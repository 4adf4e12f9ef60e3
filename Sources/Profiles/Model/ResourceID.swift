internal import Diagnostics

/// The name that Azure Resource Manager gives a resource: `/subscriptions/S/resourceGroups/G/providers/P/type/name…`.
///
/// Two IDs that differ in letter case only are equal (ARM's rule); `text` keeps what was written.
package struct ResourceID: Sendable {
    /// As it was written, and as it is sent.
    package let text: String
    package let subscription: String
    package let resourceGroup: String
    /// For example `Microsoft.Compute`.
    package let provider: String
    /// Type and name pairs after the provider: one, or two for a scale-set instance.
    package let path: [Segment]

    package struct Segment: Hashable, Sendable {
        package let type: String
        package let name: String
    }

    /// - Returns: nil for text that is no ID of a resource in a resource group.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.count >= 9, parts.count % 2 == 1, parts[0].isEmpty,
            parts.dropFirst().allSatisfy({ !$0.isEmpty }), bytes.allSatisfy(Self.isWritable),
            Self.isWord(parts[1], "subscriptions"), Self.isWord(parts[3], "resourcegroups"),
            Self.isWord(parts[5], "providers")
        else { return nil }
        let name = { (index: Int) in String(decoding: parts[index], as: UTF8.self) }
        self.text = text
        (subscription, resourceGroup, provider) = (name(2), name(4), name(6))
        path = stride(from: 7, to: parts.count, by: 2).map { Segment(type: name($0), name: name($0 + 1)) }
    }

    /// Composes an ID; nothing is looked up. Nil where a part holds a slash, a space or a control character.
    package init?(
        subscription: String, resourceGroup: String, provider: String, path: [(type: String, name: String)]
    ) {
        let tail = path.map { "/\($0.type)/\($0.name)" }.joined()
        self.init(
            "/subscriptions/\(subscription)/resourceGroups/\(resourceGroup)/providers/\(provider)\(tail)")
    }

    /// The last name: that of the resource itself.
    package var name: String { path.last?.name ?? "" }
    /// The full type in lower case, for example `microsoft.compute/virtualmachinescalesets/virtualmachines`.
    package var type: String { ([provider] + path.map(\.type)).joined(separator: "/").lowercased() }
    /// The form to compare and to key by.
    package var canonical: String { text.lowercased() }

    /// Whether the bytes are the word, given in lower case, in whatever case.
    private static func isWord(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
        bytes.elementsEqual(word.utf8) { $0 | 0x20 == $1 }
    }

    /// Whether a byte can stand in a URL path and on a command line: no space, control or query character.
    private static func isWritable(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F, 0x22, 0x23, 0x25, 0x3C, 0x3E, 0x3F, 0x5C: false
        default: true
        }
    }
}

extension ResourceID: Hashable {
    package static func == (left: ResourceID, right: ResourceID) -> Bool { left.canonical == right.canonical }
    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
}

extension ResourceID: CustomStringConvertible {
    package var description: String { text }
}
