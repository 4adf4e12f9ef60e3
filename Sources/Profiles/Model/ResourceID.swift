internal import Diagnostics

/// The name that Azure Resource Manager gives a resource: `/subscriptions/S/resourceGroups/G/providers/P/type/name…`.
///
/// Two IDs that differ in letter case only are equal (ARM's rule); `text` keeps what was written. Its parts are taken out
/// of it when they are asked for: thousands of IDs are only ever checked.
package struct ResourceID: Sendable {
    /// As it was written, and as it is sent.
    package let text: String

    package struct Segment: Hashable, Sendable {
        package let type: String
        package let name: String
    }

    /// - Returns: nil for text that is no ID of a resource in a resource group.
    package init?(_ text: String) {
        var text = text
        guard text.withUTF8(Self.isWellFormed) else { return nil }
        self.text = text
    }

    /// Composes an ID; nothing is looked up. Nil where a part holds a slash, a space or a control character.
    package init?(
        subscription: String, resourceGroup: String, provider: String, path: [(type: String, name: String)]
    ) {
        let tail = path.map { "/\($0.type)/\($0.name)" }.joined()
        self.init(
            "/subscriptions/\(subscription)/resourceGroups/\(resourceGroup)/providers/\(provider)\(tail)")
    }

    package var subscription: String { Self.text(parts[1]) }
    package var resourceGroup: String { Self.text(parts[3]) }
    /// For example `Microsoft.Compute`.
    package var provider: String { Self.text(parts[5]) }
    /// Type and name pairs after the provider: one, or two for a scale-set instance.
    package var path: [Segment] {
        let parts = parts
        return stride(from: 6, to: parts.count, by: 2).map { index in
            Segment(type: Self.text(parts[index]), name: Self.text(parts[index + 1]))
        }
    }
    /// The last name: that of the resource itself.
    package var name: String { parts.last.map(Self.text) ?? "" }
    /// The full type in lower case, for example `microsoft.compute/virtualmachinescalesets/virtualmachines`.
    package var type: String { ([provider] + path.map(\.type)).joined(separator: "/").lowercased() }
    /// The form to compare and to key by.
    package var canonical: String { text.lowercased() }

    /// What stands between the slashes; seven or more, an even number.
    private var parts: [Substring.UTF8View] { text.utf8.split(separator: 0x2F) }

    private static func text(_ part: Substring.UTF8View) -> String { String(Substring(part)) }

    /// Whether `type` is that, given in lower case.
    func isOf(type: String) -> Bool {
        let parts = parts
        let words = [parts[5]] + stride(from: 6, to: parts.count, by: 2).map { parts[$0] }
        let wanted = type.utf8.split(separator: 0x2F)
        return words.count == wanted.count
            && zip(words, wanted).allSatisfy { $0.elementsEqual($1) { $0 == $1 || $0 | 0x20 == $1 } }
    }

    /// Whether the text is `/subscriptions/S/resourceGroups/G/providers/P` and pairs of a type and a name.
    private static func isWellFormed(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.first == 0x2F, text.allSatisfy(isWritable) else { return false }
        var count = 0
        var start = 1
        while start <= text.count {
            let end = text[start...].firstIndex(of: 0x2F) ?? text.count
            guard start < end, isExpected(text[start..<end], at: count) else { return false }
            count += 1
            start = end + 1
        }
        return count >= 8 && count.isMultiple(of: 2)
    }

    /// Whether a part may stand where it stands: three of them are words, in whatever case.
    private static func isExpected(_ part: Slice<UnsafeBufferPointer<UInt8>>, at index: Int) -> Bool {
        let word: StaticString
        switch index {
        case 0: word = "subscriptions"
        case 2: word = "resourcegroups"
        case 4: word = "providers"
        default: return true
        }
        return part.count == word.utf8CodeUnitCount
            && word.withUTF8Buffer { part.elementsEqual($0) { $0 | 0x20 == $1 } }
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
