internal import Diagnostics
internal import Drafts
internal import Glibc
internal import Posix
internal import SessionRuntime

/// The bytes that are imported: of a file, or of standard input.
struct ImportInput {
    let context: CommandContext
    /// As the user wrote it; `-` is standard input.
    let path: String

    var isStandardInput: Bool { path == "-" }
    var label: String { isStandardInput ? "standard input" : path }
    /// The folder that relative paths in the text are seen from.
    var folder: String {
        isStandardInput ? context.surroundings.workingFolder : FilePath.folder(of: absolute)
    }

    private var absolute: String { NewFile(context: context).absolute(path) }

    /// - Throws: `import.no-file` (66), `import.unreadable`, `import.too-large` (65).
    func read() throws(Problems) -> [UInt8] {
        guard !isStandardInput else { return try readStandardInput() }
        do { return try FileReader.read(absolute, limit: Importer.sizeLimit).bytes } catch {
            if case .tooLarge = error.reason { throw Problems(.importTooLarge(label)) }
            throw Problems(Self.words(error, label))
        }
    }

    private static func words(_ error: FileError, _ label: String) -> Diagnostic {
        if error.isMissing {
            return Diagnostic(
                "import.no-file", "there is no file '\(label)'",
                remedy: "name a file, or - for standard input", exit: .noSuchProfile)
        }
        return Diagnostic(
            "import.unreadable", "'\(label)' cannot be read: \(error)",
            remedy: "name a plain file that you may read")
    }

    private func readStandardInput() throws(Problems) -> [UInt8] {
        if context.surroundings.hasTerminalInput {
            context.note("Paste the text, then press Ctrl-D on an empty line.")
        }
        do throws(SystemError) {
            if let bytes = try Self.readToEnd() { return bytes }
        } catch {
            throw Problems(
                Diagnostic(
                    "import.unreadable", "standard input cannot be read: \(error)",
                    remedy: "name a file instead"))
        }
        if context.surroundings.hasTerminalInput { context.note("") }
        throw Problems(
            Diagnostic("session.cancelled", "interrupted", exit: .signal(HeldSignals.interrupt)))
    }

    /// A writer may take its time; signals that ask us to end are heard meanwhile.
    /// - Returns: one byte more than the limit at the most; nil where a signal came.
    private static func readToEnd() throws(SystemError) -> [UInt8]? {
        let signals = try HeldSignals()
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= Importer.sizeLimit {
            var ready = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&ready, 2, -1) < 0, errno != EINTR { throw .last("poll") }
            if signals.next() != nil { return nil }
            guard ready[0].revents != 0 else { continue }
            let count = Glibc.read(0, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += chunk[..<count]
            } else if errno != EINTR, errno != EAGAIN {
                throw .last("read")
            }
        }
        return bytes
    }
}
