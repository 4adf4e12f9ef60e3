internal import Diagnostics
internal import Glibc
internal import Planning
internal import Posix

/// Launches the client of a plan: fills the holes of its words, hands it its secret, and waits for its end.
struct ClientProcess {
    private let child: ChildProcess

    /// - Parameters:
    ///   - secret: that of the command's `secretInput`.
    ///   - log: where the client's standard output and error go, and then its input comes from nowhere; nil where
    ///     all three are ours.
    /// - Throws: `notStarted`, with the program's path.
    init(
        _ command: ClientCommand, filling: Word.Filling, secret: SecretBytes?, log: FileDescriptor?,
        _ surroundings: Surroundings, signals: SignalRouter
    ) throws(SessionError) {
        let arguments = command.arguments.compactMap { $0.filled(by: filling) }
        let additions = command.environment.compactMap { variable in
            variable.value.filled(by: filling).map { (name: variable.name, value: $0) }
        }
        precondition(
            arguments.count == command.arguments.count && additions.count == command.environment.count,
            "a word of the client's command line has a hole that nothing fills")
        var configuration = ChildProcess.Configuration(
            program: command.program, arguments: arguments,
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: additions))
        do {
            if let log {
                let nowhere = try FileDescriptor.open("/dev/null", O_RDONLY)
                configuration.descriptors = [(nowhere, 0), (log, 1), (log, 2)]
            }
            let pipe = try SecretPipe(command.secretInput, secret, arguments)
            if let pipe {
                configuration.descriptors.removeAll { $0.childs == pipe.number }
                configuration.descriptors.append((ours: pipe.descriptor, childs: pipe.number))
                configuration.arguments = pipe.arguments
            }
            child = try ChildProcess(configuration, signals: signals)
            pipe?.descriptor.close()
        } catch { throw .notStarted(program: command.program, error) }
    }

    var id: Int32 { child.id }
    var isRunning: Bool { child.isRunning }

    func wait() async -> ChildProcess.Ending { await child.wait() }

    /// Asks it to end (SIGTERM).
    func end() { child.send(signal: 15) }
}

/// A pipe that holds a secret, filled before the client starts, so that nobody has to wait for it.
struct SecretPipe {
    /// The end to read from.
    let descriptor: FileDescriptor
    /// Its number in the client.
    let number: Int32
    /// What is left for argv.
    let arguments: [String]

    /// Nil where the client is handed no secret.
    /// - Throws: EAGAIN where the pipe cannot hold it all (64 KiB).
    init?(_ input: ClientCommand.SecretInput?, _ secret: SecretBytes?, _ arguments: [String])
        throws(SystemError)
    {
        guard let input, let secret else { return nil }
        let pipe = try FileDescriptor.pipe()
        try pipe.write.setNonBlocking(true)
        switch input {
        case .standardInput:
            (number, self.arguments) = (0, arguments)
        case .descriptor(_, let number):
            (self.number, self.arguments) = (number, arguments)
        case .argumentList(_, let number, let prefix, let argument):
            (self.number, self.arguments) = (number, [argument])
            try pipe.write.writeAll(Array((arguments.map { $0 + "\n" }.joined() + prefix).utf8))
        }
        try pipe.write.writeAll(secret)
        try pipe.write.writeAll([UInt8(ascii: "\n")])
        pipe.write.close()
        descriptor = pipe.read
    }
}
