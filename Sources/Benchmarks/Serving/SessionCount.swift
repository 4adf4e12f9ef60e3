internal import Synchronization

/// How many sessions were issued, and how many of them are not deleted yet.
final class SessionCount: Sendable {
    private let open = Atomic<UInt64>(0)
    private let opened = Atomic<UInt64>(0)

    /// - Returns: the number of the new session.
    func issue() -> UInt64 {
        open.add(1, ordering: .relaxed)
        return opened.add(1, ordering: .relaxed).newValue
    }

    func delete() { open.subtract(1, ordering: .relaxed) }

    var both: (open: UInt64, opened: UInt64) {
        (open.load(ordering: .relaxed), opened.load(ordering: .relaxed))
    }
}
