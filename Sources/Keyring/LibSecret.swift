internal import CLibSecret
internal import Posix

/// A reference to a GObject, given up with its owner. GObject counts references atomically.
final class ObjectReference: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { g_object_unref(UnsafeMutableRawPointer(pointer)) }
}

/// What ends a call of libsecret early, from any thread.
final class Cancellation: Sendable {
    private let object: ObjectReference

    init() { object = ObjectReference(owning: g_cancellable_new()) }

    var pointer: OpaquePointer { object.pointer }

    func cancel() { g_cancellable_cancel(pointer) }
}

/// A GLib hash table of strings, which it owns.
final class AttributeTable {
    let pointer: OpaquePointer

    init(_ attributes: [String: String]) {
        pointer = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)
        for (key, value) in attributes {
            _ = g_hash_table_insert(pointer, Self.copy(key), Self.copy(value))
        }
    }

    deinit { g_hash_table_unref(pointer) }

    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
        text.withCString { g_strndup($0, text.utf8.count) }
    }

    private final class Pairs {
        var values: [String: String] = [:]
    }

    static func read(_ table: OpaquePointer) -> [String: String] {
        let pairs = Pairs()
        g_hash_table_foreach(
            table,
            { key, value, context in
                guard let key, let value, let context else { return }
                let pairs = Unmanaged<Pairs>.fromOpaque(context).takeUnretainedValue()
                let name = String(cString: key.assumingMemoryBound(to: CChar.self))
                pairs.values[name] = String(cString: value.assumingMemoryBound(to: CChar.self))
            }, Unmanaged.passUnretained(pairs).toOpaque())
        return pairs.values
    }
}

/// Calls a function that reports through a GError, and frees that.
func reporting<Value>(
    _ call: (UnsafeMutablePointer<UnsafeMutablePointer<GError>?>) -> Value
) throws(KeyringError) -> Value {
    var error: UnsafeMutablePointer<GError>?
    let value = call(&error)
    guard let error else { return value }
    defer { g_error_free(error) }
    throw KeyringError(domain: error.pointee.domain, code: error.pointee.code)
}

extension ObjectReference {
    /// The item's secret, fetched from the service; libsecret's own copy lies in memory that it wipes.
    func loadSecret(_ cancellation: Cancellation) throws(KeyringError) -> SecretBytes? {
        _ = try reporting { secret_item_load_secret_sync(pointer, cancellation.pointer, $0) }
        guard let value = secret_item_get_secret(pointer) else { return nil }
        defer { secret_value_unref(UnsafeMutableRawPointer(value)) }
        var count = 0
        guard let bytes = secret_value_get(value, &count) else { return SecretBytes(count: 0) { _ in } }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: bytes, count: count))
    }

    var isLockedItem: Bool { secret_item_get_locked(pointer) != 0 }

    var storedItem: StoredItem {
        let label = secret_item_get_label(pointer)
        defer { g_free(label) }
        var attributes: [String: String] = [:]
        if let table = secret_item_get_attributes(pointer) {
            attributes = AttributeTable.read(table)
            g_hash_table_unref(table)
        }
        return StoredItem(
            label: label.map { String(cString: $0) } ?? "",
            attributes: SecretAttributes(dictionary: attributes), isLocked: isLockedItem)
    }
}
