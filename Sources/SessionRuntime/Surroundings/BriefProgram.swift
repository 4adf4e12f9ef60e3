internal import Glibc
internal import Posix

/// A program of this machine that is asked something and answers at once: in the background, without any input, and
/// ended where it takes too long.
struct BriefProgram {
    struct Answer {
        /// Nil where it had to be ended.
        var ending: ChildProcess.Ending?
        /// What it wrote, without empty lines.
        var lines: [String]
    }

    private let path: String
    private let surroundings: Surroundings
    private let signals: SignalRouter

    /// Answers come within a tenth of a second; one that waits for a display, say, may not hold us up.
    private static let patience = Duration.seconds(5)

    init(_ path: String, _ surroundings: Surroundings, signals: SignalRouter) {
        (self.path, self.surroundings, self.signals) = (path, surroundings, signals)
    }

    /// Runs it to its end.
    /// - Parameter outputs: the descriptors whose text is wanted; what it writes to others is dropped.
    func answer(to arguments: [String], reading outputs: Set<Int32>) async throws(SystemError) -> Answer {
        let nothing = try FileDescriptor.open("/dev/null", O_RDWR)
        let pipe = try FileDescriptor.pipe()
        try pipe.read.setNonBlocking(true)
        var configuration = ChildProcess.Configuration(
            program: path, arguments: arguments,
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: []))
        configuration.isInBackground = true
        configuration.descriptors = [0, 1, 2].map { (outputs.contains($0) ? pipe.write : nothing, $0) }
        let child = try ChildProcess(configuration, signals: signals)
        pipe.write.close()
        let log = ClientLog(reading: pipe.read) { _ in }
        let ending = await withTaskGroup(of: Void.self) { group in
            group.addTask { await log.run() }
            defer { group.cancelAll() }
            return await Self.end(of: child)
        }
        return Answer(ending: ending, lines: log.lines)
    }

    private static func end(of child: ChildProcess) async -> ChildProcess.Ending? {
        if let ending = await child.wait(until: .now.advanced(by: patience)) { return ending }
        child.send(signal: SIGKILL)
        await EventLoop.shielded { _ = await child.wait() }
        return nil
    }
}
