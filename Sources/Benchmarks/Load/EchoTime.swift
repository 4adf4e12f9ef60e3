internal import Glibc
internal import Posix

/// How long one byte takes to the target and back.
struct EchoTime: Sendable {
    var port: UInt16
    var count: Int
    var processes: [(name: String, clock: ProcessClock)]

    private static let warmUp = 500

    func run() throws(StreamFailure) -> Report {
        let socket = try BlockingSocket(port: port)
        try socket.sendAll(StreamOrder(.echo, UInt64(Self.warmUp + count)).bytes)
        for _ in 0..<Self.warmUp { try echo(over: socket) }
        var times: [Double] = []
        times.reserveCapacity(count)
        let before = processes.map(\.clock.seconds)
        for _ in 0..<count {
            let start = ContinuousClock.now
            try echo(over: socket)
            times.append(start.duration(to: .now).seconds * 1e6)
        }
        let percentiles = Percentiles(times)
        var report = Report()
        report.add("p50", percentiles.value(at: 0.5))
        report.add("p99", percentiles.value(at: 0.99))
        report.add("mean", percentiles.mean)
        for (process, earlier) in zip(processes, before) {
            report.add(process.name, process.clock.seconds - earlier)
        }
        return report
    }

    private func echo(over socket: BlockingSocket) throws(StreamFailure) {
        try socket.sendAll([0x2A])
        guard try socket.receive(exactly: 1) != nil else { throw .ended }
    }
}
