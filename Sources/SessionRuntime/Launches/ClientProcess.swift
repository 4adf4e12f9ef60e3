internal import Diagnostics
internal import Planning
internal import Posix

/// Launches the client of a plan: fills the holes of its words, and waits for its end.
struct ClientProcess {
    private let child: ChildProcess

    /// - Throws: `notStarted`, with the program's path.
    init(
        _ command: ClientCommand, filling: Word.Filling, _ surroundings: Surroundings, signals: SignalRouter
    ) throws(SessionError) {
        let arguments = command.arguments.compactMap { $0.filled(by: filling) }
        let additions = command.environment.compactMap { variable in
            variable.value.filled(by: filling).map { (name: variable.name, value: $0) }
        }
        precondition(
            arguments.count == command.arguments.count && additions.count == command.environment.count,
            "a word of the client's command line has a hole that nothing fills")
        let configuration = ChildProcess.Configuration(
            program: command.program, arguments: arguments,
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: additions))
        do { child = try ChildProcess(configuration, signals: signals) } catch {
            throw .notStarted(program: command.program, error)
        }
    }

    var id: Int32 { child.id }
    var isRunning: Bool { child.isRunning }

    func wait() async -> ExitStatus {
        switch await child.wait() {
        case .exited(let code): ExitStatus(rawValue: code)
        case .killed(let signal): .signal(signal)
        }
    }

    /// Asks it to end (SIGTERM).
    func end() { child.send(signal: 15) }
}
