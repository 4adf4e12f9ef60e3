internal import Glibc
package import Posix

/// The programs of OpenSSH that keep a key in memory, and what they are run with.
package struct AgentTools: Sendable {
    /// `ssh-agent` and `ssh-add`: paths, or names looked up in PATH.
    package var agent = "ssh-agent"
    package var add = "ssh-add"
    /// This program, which ssh-add runs to ask for a passphrase, and the variable by which it knows the socket.
    package var askpass: (program: String, variable: String)
    /// `NAME=value`, without any secret.
    package var environment: [String]
    package var signals: SignalRouter

    package init(
        askpass: (program: String, variable: String), environment: [String], signals: SignalRouter
    ) {
        self.askpass = askpass
        self.environment = environment
        self.signals = signals
    }

    /// Starts one of them in the background, without the terminal and without our input and output.
    /// - Parameters:
    ///   - descriptors: in place of /dev/null: ours, and the child's number.
    ///   - isDetached: in a session of its own.
    ///   - additions: take the place of variables of the same name.
    func start(
        _ program: String, _ arguments: [String], adding additions: [(name: String, value: String)] = [],
        descriptors: [(ours: FileDescriptor, childs: Int32)] = [], isDetached: Bool = false
    ) throws(SSHKeyError) -> ChildProcess {
        let replaced = additions.map { $0.name + "=" }
        let kept = environment.filter { entry in !replaced.contains { entry.hasPrefix($0) } }
        var configuration = ChildProcess.Configuration(
            program: program, arguments: arguments,
            environment: kept + additions.map { "\($0.name)=\($0.value)" })
        configuration.isInBackground = true
        configuration.isDetached = isDetached
        do throws(SystemError) {
            let nothing = try FileDescriptor.open("/dev/null", O_RDWR)
            let given = Set(descriptors.map(\.childs))
            configuration.descriptors =
                [0, 1, 2].filter { !given.contains($0) }.map { (ours: nothing, childs: $0) } + descriptors
        } catch { throw .system(error) }
        do { return try ChildProcess(configuration, signals: signals) } catch {
            throw .notStarted(program: program, error)
        }
    }
}
