internal import Posix

/// The sessions of a run that were not deleted when their connections ended: the host could not be told, or it had
/// been silent for so long that nobody is to wait for it again. The ledger has them as well, for the next run. Belongs
/// to its loop's thread.
final class LeftSessions {
    /// How often a session's deletion is tried while the run goes on.
    private static let tries = 4
    /// After how long it is tried for the second time; each further pause is twice the one before.
    private static let firstPause = Duration.seconds(1)
    /// How many are tried at a time.
    private static let width = 16

    private struct Entry: Sendable {
        let session: OpenSession
        var tries: Int
        /// Of a session that nothing was tried for yet: when it came here.
        var lastTry = Instant.now

        /// Nil where only the end of the run brings another try.
        var nextTry: Instant? {
            switch tries {
            case 0: lastTry
            case ..<LeftSessions.tries: lastTry.advanced(by: LeftSessions.firstPause * (1 << (tries - 1)))
            default: nil
            }
        }
    }

    private var entries: [Entry] = []
    private let added = WakeUp()

    /// - Parameter hasBeenTried: whether the host was asked to delete it, just now and in vain.
    func add(_ session: OpenSession, hasBeenTried: Bool) {
        entries.append(Entry(session: session, tries: hasBeenTried ? 1 : 0))
        added.signal()
    }

    /// Tries each again when its time has come, until cancelled; what is being tried then is tried to its end.
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
                entries.append(Entry(session: entry.session, tries: entry.tries + 1))
            }
        }
    }

    /// All that were last tried that long ago, or never, for the last time.
    func takeAll(triedBefore age: Duration) -> [OpenSession] {
        defer { entries = [] }
        return entries.filter { $0.tries == 0 || $0.lastTry.duration(to: .now) > age }.map(\.session)
    }
}
