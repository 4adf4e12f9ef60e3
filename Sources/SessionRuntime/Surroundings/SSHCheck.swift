package import Posix

/// Asks the ssh of this machine whether it takes a configuration file. No connection is made.
///
/// One bad line in a file that is included spoils every ssh of its user, not only that to one host.
package struct SSHCheck {
    private let program: BriefProgram
    private let directories: Directories

    /// A name that no block is for.
    private static let unknownHost = "nobody"

    /// - Parameter program: ssh's path.
    package init(_ surroundings: Surroundings, signals: SignalRouter, program: String) {
        self.program = BriefProgram(program, surroundings, signals: signals)
        directories = surroundings.directories
    }

    /// What ssh says against the text; nil where it takes it, and where it cannot be asked.
    package func refusal(of text: String) async -> String? {
        guard let folder = try? SessionFolder(in: directories) else { return nil }
        defer { folder.remove() }
        let file = folder.folder.path(of: "ssh_config")
        let arguments = ["-G", "-F", file, "--", Self.unknownHost]
        guard (try? AtomicFile.write(Array(text.utf8), to: file)) != nil,
            let answer = try? await program.answer(to: arguments, reading: [2]),
            let ending = answer.ending, ending != .exited(0)
        else { return nil }
        guard let first = answer.lines.first else { return "no word of why" }
        // In front of a fault stands `FILE: ` or `FILE `.
        guard first.hasPrefix(file) else { return first }
        return String(first.dropFirst(file.count).drop { $0 == ":" || $0 == " " })
    }
}
