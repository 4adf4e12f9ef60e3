internal import Glibc
internal import Posix
internal import Synchronization

/// How fast bytes go through what listens on a port, and how much time of the processor they cost.
struct Throughput: Sendable {
    enum Direction: String, CaseIterable, Sendable {
        case up, down
    }

    var place: LoadPlace
    var direction: Direction
    var connections: Int
    /// In all, not each.
    var bytes: UInt64
    /// Whose processor time is read, by names.
    var processes: [(name: String, clock: ProcessClock)]

    /// Opens the buffers of both sides before the measurement.
    private static let warmUp: UInt64 = 4 << 20

    func run() throws(StreamFailure) -> Report {
        var streams: [any ByteStream] = []
        for _ in 0..<connections {
            let stream = try place.open()
            try move(Self.warmUp, over: stream)
            streams.append(stream)
        }
        let before = processes.map(\.clock.seconds)
        let start = ContinuousClock.now
        try moveAll(over: streams)
        let took = start.duration(to: .now)
        var report = Report()
        report.add("seconds", took.seconds)
        for (process, earlier) in zip(processes, before) {
            report.add(process.name, process.clock.seconds - earlier)
        }
        return report
    }

    private func moveAll(over streams: [any ByteStream]) throws(StreamFailure) {
        let failure = Mutex<StreamFailure?>(nil)
        let share = bytes / UInt64(streams.count)
        let confined = Confined(streams)
        do {
            try Worker.concurrently(streams.count) { number in
                do throws(StreamFailure) { try move(share, over: confined.value[number]) } catch {
                    failure.withLock { $0 = error }
                }
            }
        } catch { throw .system(error) }
        if let failure = failure.withLock(\.self) { throw failure }
    }

    /// Returns when the other side has them all, or when all are here.
    private func move(_ count: UInt64, over stream: any ByteStream) throws(StreamFailure) {
        switch direction {
        case .up:
            try stream.sendAll(StreamOrder(.take, count).bytes)
            try stream.give(count)
            guard try stream.receive(exactly: 1) != nil else { throw .ended }
        case .down:
            try stream.sendAll(StreamOrder(.give, count).bytes)
            try stream.discard(count)
        }
    }
}

/// Lets threads share what each of them uses a part of.
struct Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
