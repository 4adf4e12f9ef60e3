internal import CPosix
internal import Glibc
internal import Synchronization

/// Takes the process's signals from a signalfd and hands each to whom it concerns.
///
/// SIGCHLD wakes the children that are waited for. While a child owns the terminal, the SIGINT and SIGQUIT that
/// the terminal sends are its business: it gets them as well. What a process sends is passed on to it. With no
/// child they end the program: `interruption` is set and the waiting task is told. Children in the background
/// own no terminal and get no signal here: to end them is up to who started them. Belongs to its loop's thread.
package final class SignalRouter: @unchecked Sendable {
    private let descriptor: FileDescriptor
    private var children: [ChildProcess] = []
    private let interrupted = WakeUp()
    /// The first signal that asked us to end.
    package private(set) var interruption: Int32?
    private var interruptionTime = Instant.now
    /// Signals that come together are one request: a service manager's SIGTERM and SIGHUP, a terminal that closes and
    /// its shell. Only what comes later is a second one.
    private static let oneRequest = Duration.seconds(1)

    private static let routed = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD]

    /// To be called on the main thread before any other thread exists: blocks the routed signals everywhere and
    /// ignores SIGPIPE and SIGXFSZ: the calls fail instead.
    package static func prepareProcess() throws(SystemError) -> FileDescriptor {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let number = routed.withUnsafeBufferPointer { bu_signalfd($0.baseAddress, CInt($0.count)) }
        guard number >= 0 else { throw .last("signalfd") }
        return FileDescriptor(owning: number)
    }

    /// A router over the descriptor that `prepareProcess` returned.
    package init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    /// Routes until cancelled.
    package func run() async throws(SystemError) {
        let wakeUp = WakeUp()
        let watch = try EventLoop.current.watch(descriptor, waking: wakeUp)
        defer { watch.cancel() }
        repeat {
            var isSent: CInt = 0
            while case let number = bu_signalfd_read(descriptor.rawValue, &isSent), number != 0 {
                route(number, isSent: isSent != 0)
            }
        } while await wakeUp.wait() == .signalled
    }

    /// Returns when a signal asks the program to end; nil when the task is cancelled.
    package func waitForInterruption() async -> Int32? {
        while true {
            if let interruption { return interruption }
            if await interrupted.wait() == .cancelled { return nil }
        }
    }

    func attend(to child: ChildProcess) { children.append(child) }
    func leave(_ child: ChildProcess) { children.removeAll { $0 === child } }

    /// Whether somebody does not want to wait for tidy ends. Nobody is there any more who would say so by SIGHUP.
    private func isSecondRequest(_ number: Int32) -> Bool {
        interruption != nil && number != SIGHUP && interruptionTime.duration(to: .now) >= Self.oneRequest
    }

    private func route(_ number: Int32, isSent: Bool) {
        let owners = children.filter { !$0.isInBackground }
        switch number {
        case SIGCHLD:
            for child in children { child.stateChanged() }
        case SIGINT where !owners.isEmpty && !isSent, SIGQUIT where !owners.isEmpty && !isSent:
            break
        default:
            for child in owners { child.send(signal: number) }
            if isSecondRequest(number), owners.isEmpty {
                bu_terminal_restore()
                _exit(128 + number)
            }
            if interruption == nil { (interruption, interruptionTime) = (number, .now) }
            if owners.isEmpty { interrupted.signal() }
        }
    }
}
