internal import Posix

/// What came of asking the host to delete a session.
enum Deletion: Sendable {
    case done
    /// It answered something else, or ended the connection.
    case refused
    /// It did not answer in the time for it.
    case silence
}

/// The sessions of a run that were not deleted when their connections ended: the host could not be told, or it had
/// been silent for so long that nobody is to wait for it again. The ledger has them as well, for the next run. Belongs
/// to its loop's thread.
final class LeftSessions {
    typealias Delete = @Sendable (OpenSession) async -> Deletion

    /// How often a session's deletion is tried while the run goes on.
    private static let tries = 4
    /// After how long it is tried for the second time; each further pause is twice the one before.
    private let firstPause: Duration
    /// How many are tried at a time.
    private static let width = 16

    private struct Entry: Sendable {
        let session: OpenSession
        var tries = 0
        var last: Deletion?
        var lastTry = Instant.now

        func failed(_ deletion: Deletion) -> Entry {
            Entry(session: session, tries: tries + 1, last: deletion)
        }
    }

    private var entries: [Entry] = []
    private var lastSilence: Instant?
    private let added = WakeUp()

    init(firstPause: Duration) { self.firstPause = firstPause }

    /// Nil where only the end of the run brings another try.
    private func nextTry(_ entry: Entry) -> Instant? {
        switch entry.tries {
        case 0: entry.lastTry
        case ..<Self.tries: entry.lastTry.advanced(by: firstPause * (1 << (entry.tries - 1)))
        default: nil
        }
    }

    /// - Parameter deletion: what came of a try just now; nil where there was none.
    func add(_ session: OpenSession, after deletion: Deletion?) {
        if deletion == .silence { lastSilence = .now }
        entries.append(Entry(session: session, tries: deletion == nil ? 0 : 1, last: deletion))
        added.signal()
    }

    /// Tries each again when its time has come, until cancelled; what is being tried then is tried to its end.
    func tryAgain(_ delete: @escaping Delete) async {
        while !Task.isCancelled {
            switch await added.wait(until: entries.compactMap(nextTry).min()) {
            case .cancelled: return
            case .signalled: continue
            case .deadline:
                let due = takeDue(from: &entries)
                let failed = await attempt(due, delete)
                entries += failed
            }
        }
    }

    /// Takes out those whose time has come.
    private func takeDue(from entries: inout [Entry]) -> [Entry] {
        let now = Instant.now
        let due = entries.indices.filter { nextTry(entries[$0]).map { $0 <= now } ?? false }.prefix(
            Self.width)
        defer { for index in due.reversed() { entries.remove(at: index) } }
        return due.map { entries[$0] }
    }

    /// - Returns: those that are still there.
    private func attempt(_ batch: [Entry], _ delete: @escaping Delete) async -> [Entry] {
        let failed = await withTaskGroup(of: (Entry, Deletion).self) { group -> [Entry] in
            for entry in batch { group.addTask { (entry, await delete(entry.session)) } }
            return await group.reduce(into: []) { left, result in
                if result.1 != .done { left.append(result.0.failed(result.1)) }
            }
        }
        if failed.contains(where: { $0.last == .silence }) { lastSilence = .now }
        return failed
    }

    /// Tries all of them, for the last time: with the same pauses where the host refused; a host that was silent just
    /// now, or is, keeps nobody waiting again.
    /// - Parameters:
    ///   - deadline: after which nothing more is tried.
    ///   - silence: how old a silence must be to be forgiven.
    /// - Returns: how many are left to the next run.
    func finish(until deadline: Instant, forgiving silence: Duration, _ delete: @escaping Delete) async -> Int
    {
        var pending = entries
        entries = []
        var left = 0
        for index in pending.indices { pending[index].tries = min(pending[index].tries, Self.tries - 1) }
        while let next = pending.compactMap(nextTry).min(), next < deadline, .now < deadline {
            if let lastSilence, lastSilence.duration(to: .now) < silence { break }
            await EventLoop.shielded { _ = await EventLoop.sleep(until: next) }
            let failed = await attempt(takeDue(from: &pending), delete)
            let again = failed.filter { nextTry($0) != nil }
            left += failed.count - again.count
            pending += again
        }
        return left + pending.count
    }
}
