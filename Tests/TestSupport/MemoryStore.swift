package import Keyring
package import Posix
internal import Synchronization

/// A keyring in memory, or one that fails.
package final class MemoryStore: SecretStore {
    package struct Item: Sendable {
        package var label: String
        package var attributes: SecretAttributes
        package var secret: SecretBytes
    }

    private let content = Mutex<[Item]>([])
    private let failure: KeyringError?

    package init(failure: KeyringError? = nil) { self.failure = failure }

    package var items: [Item] { content.withLock { $0 } }

    private static func matches(_ item: SecretAttributes, _ wanted: SecretAttributes) -> Bool {
        (wanted.kind == nil || wanted.kind == item.kind)
            && wanted.values.allSatisfy { item.values[$0.key] == $0.value }
    }

    package func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines)
        async throws(KeyringError)
        -> SecretBytes?
    {
        if let failure { throw failure }
        return items.last { Self.matches($0.attributes, attributes) }?.secret
    }

    package func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError) {
        if let failure { throw failure }
        content.withLock { items in
            items.removeAll { $0.attributes == attributes }
            items.append(Item(label: label, attributes: attributes, secret: secret))
        }
    }

    package func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines)
        async throws(KeyringError)
        -> Bool
    {
        if let failure { throw failure }
        return content.withLock { items in
            let count = items.count
            items.removeAll { Self.matches($0.attributes, attributes) }
            return items.count < count
        }
    }

    package func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines)
        async throws(KeyringError)
        -> [StoredItem]
    {
        if let failure { throw failure }
        return items.filter { Self.matches($0.attributes, attributes) }
            .map { StoredItem(label: $0.label, attributes: $0.attributes, isLocked: false) }
    }
}
