internal import Posix

/// Lets a number of tasks in at a time, the others in the order in which they came. Belongs to its loop's thread.
final class Turns {
    /// Who waits for a turn.
    private final class Place {
        let wakeUp = WakeUp()
        var isCalled = false
    }

    private var free: Int
    private var waiting: [Place] = []
    /// Those of `waiting` that were called or have gone already; removed when they are many.
    private var passed = 0

    /// - Parameter count: how many at a time.
    init(_ count: Int) { free = count }

    var isBusy: Bool { free == 0 }

    /// Waits for a turn, which must be given back with `end`.
    /// - Returns: `signalled` with a turn; else there is none.
    func begin(until deadline: Instant) async -> WakeUp.Reason {
        if Task.isCancelled { return .cancelled }
        if free > 0 {
            free -= 1
            return .signalled
        }
        let place = Place()
        waiting.append(place)
        let reason = await place.wakeUp.wait(until: deadline)
        if reason == .signalled || !place.isCalled {
            if reason != .signalled { leave(place) }
            return reason
        }
        // Called and cancelled at once: the turn is the next one's.
        end()
        return reason
    }

    /// Gives a turn back.
    func end() {
        guard passed < waiting.count else {
            free += 1
            return
        }
        let place = waiting[passed]
        passed += 1
        if passed > 64, passed * 2 > waiting.count {
            waiting.removeFirst(passed)
            passed = 0
        }
        place.isCalled = true
        place.wakeUp.signal()
    }

    private func leave(_ place: Place) {
        guard let index = waiting[passed...].firstIndex(where: { $0 === place }) else { return }
        waiting.remove(at: index)
    }
}
