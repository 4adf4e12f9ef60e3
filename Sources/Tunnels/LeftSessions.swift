internal import Posix

/// The sessions of a run that could not be deleted when their connections ended. The ledger has them as well, for the
/// next run. Belongs to its loop's thread.
final class LeftSessions {
    /// How often a session's deletion is tried while the run goes on.
    private static let tries = 4
    /// After how long it is tried for the second time; each further pause is twice the one before.
    private static let firstPause = Duration.seconds(1)
    /// How many are tried at a time.
    private static let width = 4

    private struct Entry: Sendable {
        let session: OpenSession
        var tries = 1
        var lastTry = Instant.now

        /// Nil where only the end of the run brings another try.
        var nextTry: Instant? {
            tries < LeftSessions.tries
                ? lastTry.advanced(by: LeftSessions.firstPause * (1 << (tries - 1))) : nil
        }
    }

    private var entries: [Entry] = []
    private let added = WakeUp()

    func add(_ session: OpenSession) {
        entries.append(Entry(session: session))
        added.signal()
    }

    /// Tries each again when its time has come, until cancelled; a try that is cancelled does not count.
    func tryAgain(_ delete: @escaping @Sendable (OpenSession) async -> Bool) async {
        while !Task.isCancelled {
            switch await added.wait(until: entries.compactMap(\.nextTry).min()) {
            case .cancelled: return
            case .signalled: continue
            case .deadline: await tryDue(delete)
            }
        }
    }

    private func tryDue(_ delete: @escaping @Sendable (OpenSession) async -> Bool) async {
        let now = Instant.now
        let due = entries.indices.filter { entries[$0].nextTry.map { $0 <= now } ?? false }.prefix(Self.width)
        let batch = due.map { entries[$0] }
        for index in due.reversed() { entries.remove(at: index) }
        await withTaskGroup(of: (Entry, Bool).self) { group in
            for entry in batch { group.addTask { (entry, await delete(entry.session)) } }
            for await (entry, isDeleted) in group where !isDeleted {
                entries.append(
                    Task.isCancelled ? entry : Entry(session: entry.session, tries: entry.tries + 1))
            }
        }
    }

    /// All that were last tried that long ago, for the last time.
    func takeAll(triedBefore age: Duration) -> [OpenSession] {
        defer { entries = [] }
        return entries.filter { $0.lastTry.duration(to: .now) > age }.map(\.session)
    }
}
