internal import CLibSecret
internal import Posix

/// The blocking calls to the Secret Service, for a thread that may wait.
///
/// Uses libsecret's service interface, not its "password" one: that one prompts without a limit in time, and
/// answers from a file instead of the desktop's service inside some sandboxes.
struct SecretConnection {
    private let service: ObjectReference
    private let cancellation: Cancellation

    /// libsecret keeps one connection a process and returns it here each time.
    init(_ cancellation: Cancellation) throws(KeyringError) {
        let service = try reporting { secret_service_get_sync(0, cancellation.pointer, $0) }
        guard let service else { throw .noService(.provider) }
        self.service = ObjectReference(owning: service)
        self.cancellation = cancellation
    }

    /// SECRET_SEARCH_ALL, without SECRET_SEARCH_UNLOCK.
    private static let searchAll: SecretSearchFlags = 1 << 1

    /// The matching items, the newest first.
    ///
    /// Secrets are loaded one by one afterwards: the flag that loads them here ignores the cancellable.
    func search(_ attributes: SecretAttributes) throws(KeyringError) -> [ObjectReference] {
        let table = AttributeTable(attributes.dictionary)
        let list = try reporting {
            secret_service_search_sync(
                service.pointer, nil, table.pointer, Self.searchAll, cancellation.pointer, $0)
        }
        defer { g_list_free(list) }
        var items: [ObjectReference] = []
        var node = list
        while let current = node {
            if let item = current.pointee.data { items.append(ObjectReference(owning: OpaquePointer(item))) }
            node = current.pointee.next
        }
        return items.sorted {
            secret_item_get_modified($0.pointer) > secret_item_get_modified($1.pointer)
        }
    }

    /// Unlocks items or collections; the service may ask a person.
    func unlock(_ objects: [ObjectReference]) throws(KeyringError) {
        var list: UnsafeMutablePointer<GList>?
        for object in objects { list = g_list_prepend(list, UnsafeMutableRawPointer(object.pointer)) }
        defer { g_list_free(list) }
        let count = try reporting {
            secret_service_unlock_sync(service.pointer, list, cancellation.pointer, nil, $0)
        }
        if count <= 0 { throw .promptDismissed }
    }

    /// The collection that new items go to, and whether it is locked.
    func defaultCollection() throws(KeyringError) -> (collection: ObjectReference, isLocked: Bool) {
        let found = try reporting {
            secret_collection_for_alias_sync(service.pointer, "default", 0, cancellation.pointer, $0)
        }
        guard let found else { throw .noDefaultCollection }
        return (ObjectReference(owning: found), secret_collection_get_locked(found) != 0)
    }

    func store(_ secret: SecretBytes, label: String, _ attributes: SecretAttributes) throws(KeyringError) {
        let table = AttributeTable(attributes.dictionary)
        let value = secret.withBytes { bytes in
            secret_value_new(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, "text/plain")
        }
        defer { secret_value_unref(value.map { UnsafeMutableRawPointer($0) }) }
        let isStored = try reporting {
            secret_service_store_sync(
                service.pointer, nil, table.pointer, "default", label, value, cancellation.pointer, $0)
        }
        if isStored == 0 { throw .promptDismissed }
    }

    func delete(_ items: [ObjectReference]) throws(KeyringError) {
        for item in items {
            let isDeleted = try reporting {
                secret_item_delete_sync(item.pointer, cancellation.pointer, $0)
            }
            if isDeleted == 0 { throw .promptDismissed }
        }
    }
}
