/// The deadlines of a loop, earliest first: a binary heap with one live entry for each waiting wake-up.
///
/// A wait that is prolonged leaves its entry where it is; when that comes up, it is entered again.
struct TimerHeap {
    private var entries: [(time: Instant, wakeUp: WakeUp)] = []

    var next: Instant? { entries.first?.time }

    mutating func insert(_ wakeUp: WakeUp, at time: Instant) {
        wakeUp.scheduled = time
        entries.append((time, wakeUp))
        var child = entries.count - 1
        while child > 0, entries[child].time < entries[(child - 1) / 2].time {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Wakes all whose deadline has come.
    mutating func fire(at now: Instant) {
        while let first = entries.first, first.time <= now {
            removeFirst()
            // An entry that an earlier one has overtaken says nothing any more.
            guard first.wakeUp.scheduled == first.time else { continue }
            if let later = first.wakeUp.timePassed(now: now) { insert(first.wakeUp, at: later) }
        }
    }

    private mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].time < entries[smallest].time { smallest = child }
            }
            if smallest == parent { return }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
