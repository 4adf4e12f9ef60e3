internal import CPosix
internal import Glibc

/// A program started with posix_spawn(3), in our own process group: it owns the terminal as if started by hand.
///
/// Its signal actions are the default ones, its signal mask is empty, and it holds no descriptor of ours but
/// those given. Belongs to its loop's thread.
package final class ChildProcess: @unchecked Sendable {
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    package struct Configuration: Sendable {
        /// A path, or a name looked up in PATH.
        package var program: String
        package var arguments: [String]
        /// The whole environment of the child, as `NAME=value`.
        package var environment: [String]
        /// Our descriptors and the numbers that the child has them under; 0, 1 and 2 are inherited unless mapped.
        package var descriptors: [(ours: FileDescriptor, childs: Int32)] = []
        /// In a process group of its own, for a server that the terminal's keys are not meant for.
        package var isInBackground = false
        /// In a session of its own, without a terminal, for a server that outlives us; it is in the background too.
        package var isDetached = false

        package init(program: String, arguments: [String], environment: [String]) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
        }
    }

    package let id: Int32
    let isInBackground: Bool
    private let signals: SignalRouter
    private let changed = WakeUp()
    private var ending: Ending?

    /// Starts the program.
    /// - Throws: `SystemError("posix_spawn")`, ENOENT where there is no such program.
    package init(_ configuration: Configuration, signals: SignalRouter) throws(SystemError) {
        var pid: pid_t = 0
        let maps = configuration.descriptors.flatMap { [$0.ours.rawValue, $0.childs] }
        let apart =
            configuration.isDetached
            ? BU_OWN_SESSION : configuration.isInBackground ? BU_OWN_GROUP : BU_SHARED_GROUP
        let failure = Self.withCStrings([configuration.program] + configuration.arguments) { argv in
            Self.withCStrings(configuration.environment) { envp in
                bu_spawn(
                    &pid, configuration.program, argv, envp, maps, CInt(maps.count / 2), CInt(apart))
            }
        }
        guard failure == 0 else { throw SystemError("posix_spawn", number: failure) }
        id = pid
        isInBackground = configuration.isInBackground || configuration.isDetached
        self.signals = signals
        signals.attend(to: self)
    }

    /// Waits for the end. While the child is stopped (job control), so are we; when we go on, so does the child.
    ///
    /// Cancellation does not end the wait: end the child, then wait.
    package func wait() async -> Ending {
        while true {
            if let ending = look() { return ending }
            if await changed.wait() == .cancelled {
                if let ending = look() { return ending }
                await EventLoop.shielded {
                    _ = await self.changed.wait(until: .now.advanced(by: .milliseconds(50)))
                }
            }
        }
    }

    /// The same up to a deadline; nil where it passed, or the task was cancelled, before the child ended.
    package func wait(until deadline: Instant) async -> Ending? {
        while true {
            if let ending = look() { return ending }
            guard await changed.wait(until: deadline) == .signalled else { return look() }
        }
    }

    /// Sends a signal; nothing happens once the child has ended.
    package func send(signal: Int32) {
        if ending == nil { _ = kill(id, signal) }
    }

    package var isRunning: Bool { ending == nil }

    /// How it ended, as far as can be told without waiting; nil while it runs. For one that nobody waits for.
    package func endingByNow() -> Ending? { look() }

    func stateChanged() { changed.signal() }

    private func look() -> Ending? {
        while ending == nil {
            var kind: CInt = 0
            var value: CInt = 0
            guard bu_wait(id, &kind, &value) == 0 else {
                // Somebody else waited for it; nothing is known of how it ended.
                finish(.exited(255))
                break
            }
            switch kind {
            case 1: finish(.exited(value))
            case 2: finish(.killed(signal: value))
            case 3 where isInBackground: continue
            case 3: stopWithChild()
            case 4: continue
            default: return nil
            }
        }
        return ending
    }

    private func finish(_ ending: Ending) {
        self.ending = ending
        signals.leave(self)
    }

    /// ssh's `~^Z` stops ssh alone: the shell must see us stopped as well, or it will not take the terminal back.
    private func stopWithChild() {
        _ = kill(getpid(), SIGSTOP)
        _ = kill(id, SIGCONT)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
