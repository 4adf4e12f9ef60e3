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
    private static let unknownHost = "none.invalid"

    /// - Parameter program: ssh's path.
    package init(_ surroundings: Surroundings, signals: SignalRouter, program: String) {
        (self.surroundings, self.signals, self.program) = (surroundings, signals, program)
    }

    /// What ssh says against the text; nil where it takes it, and where it cannot be asked.
    package func refusal(of text: String) async -> String? {
        guard let folder = try? SessionFolder(in: surroundings.directories) else { return nil }
        defer { folder.remove() }
        let file = folder.folder.path(of: "ssh_config")
        guard (try? AtomicFile.write(Array(text.utf8), to: file)) != nil,
            let words = try? await words(against: file)
        else { return nil }
        return words.split(whereSeparator: \.isNewline).first?.replacing("\(file): ", with: "").description
    }

    /// Nil where ssh takes the file.
    private func words(against file: String) async throws(SystemError) -> String? {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let pipe = try FileDescriptor.pipe()
        defer { for descriptor in [null, pipe.read, pipe.write] { descriptor.close() } }
        var configuration = ChildProcess.Configuration(
            program: program, arguments: ["-G", "-F", file, "--", Self.unknownHost],
            environment: ChildEnvironment.texts(from: surroundings.environment, adding: []))
        configuration.descriptors = [(null, 0), (null, 1), (pipe.write, 2)]
        let child = try ChildProcess(configuration, signals: signals)
        // A few lines, which the pipe holds until ssh has ended.
        if await child.wait() == .exited(0) { return nil }
        var space = [UInt8](repeating: 0, count: 4096)
        try pipe.read.setNonBlocking(true)
        let progress = try space.withUnsafeMutableBufferPointer { (bytes) throws(SystemError) in
            try pipe.read.read(into: UnsafeMutableRawBufferPointer(bytes))
        }
        guard case .done(let count) = progress else { return "it ended without a word" }
        return String(decoding: space[..<count], as: UTF8.self)
    }
}
