internal import Glibc
package import Posix

/// Asks the ssh of this machine whether it takes a configuration file. No connection is made.
///
/// One bad line in a file that is included spoils every ssh of its user, not only that to one host.
package struct SSHCheck {
    private let surroundings: Surroundings
    private let signals: SignalRouter
    private let program: String

    /// A name that no block is for.
    private static let unknownHost = "nobody"
    /// ssh answers within a hundredth of a second.
    private static let patience = Duration.seconds(5)

    /// - Parameter program: ssh's path.
    package init(_ surroundings: Surroundings, signals: SignalRouter, program: String) {
        (self.surroundings, self.signals, self.program) = (surroundings, signals, program)
    }

    /// What ssh says against the text; nil where it takes it, and where it cannot be asked.
    package func refusal(of text: String) async -> String? {
        guard let folder = try? SessionFolder(in: surroundings.directories) else { return nil }
        defer { folder.remove() }
        let file = folder.folder.path(of: "ssh_config")
        let words = folder.folder.path(of: "words")
        guard (try? AtomicFile.write(Array(text.utf8), to: file)) != nil,
            let ending = try? await ending(of: file, writingTo: words), ending != .exited(0),
            let said = try? FileReader.read(words, limit: 1 << 20).bytes
        else { return nil }
        let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let first = lines.first.map(String.init) else { return "no word of why" }
        // In front of a fault stands `FILE: ` or `FILE `.
        guard first.hasPrefix(file) else { return first }
        return String(first.dropFirst(file.count).drop { $0 == ":" || $0 == " " })
    }

    /// Nil where it took too long.
    private func ending(of file: String, writingTo words: String) async throws(SystemError)
        -> ChildProcess.Ending?
    {
        let nothing = try FileDescriptor.open("/dev/null", O_RDWR)
        let errors = try FileDescriptor.open(words, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        defer { for descriptor in [nothing, errors] { descriptor.close() } }
        var configuration = ChildProcess.Configuration(
            program: program, arguments: ["-G", "-F", file, "--", Self.unknownHost],
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: []))
        configuration.descriptors = [(nothing, 0), (nothing, 1), (errors, 2)]
        configuration.isInBackground = true
        let child = try ChildProcess(configuration, signals: signals)
        let deadline = Instant.now.advanced(by: Self.patience)
        while child.endingByNow() == nil {
            guard Instant.now < deadline else {
                child.send(signal: SIGKILL)
                break
            }
            await EventLoop.sleep(until: .now.advanced(by: .milliseconds(1)))
        }
        return child.endingByNow()
    }
}
