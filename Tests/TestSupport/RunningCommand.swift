internal import CPosix
internal import Glibc
internal import Posix

/// A program that a test has started and that runs beside it. Ended, at the latest, when the test lets go of it.
///
/// Its output goes to files, so that nothing has to drain it. The calls block their thread.
package final class RunningCommand: @unchecked Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let id: Int32
    private let program: String
    private let folder: String
    private let input: FileDescriptor?
    private var ending: ChildProcess.Ending?

    /// - Parameters:
    ///   - environment: all that the program gets.
    ///   - input: what stands on its standard input; nil keeps a pipe open that `write` fills.
    ///   - workingFolder: by `env -C`; nil for the test's own.
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String], input: [UInt8]? = [],
        workingFolder: String? = nil
    ) throws {
        self.program = program
        folder = try TemporaryFolder.make("bu-run-")
        let words =
            workingFolder.map { ["env", "-C", $0, program] + arguments } ?? [program] + arguments
        let (child, ours) = try Self.standardInput(input, in: folder)
        self.input = ours
        let output = try FileDescriptor.open("\(folder)/out", O_WRONLY | O_CREAT, mode: 0o600)
        let error = try FileDescriptor.open("\(folder)/err", O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let maps: [CInt] = [child.rawValue, 0, output.rawValue, 1, error.rawValue, 2]
        let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
        var pid: pid_t = 0
        let failure = CStrings.lend(words) { argv in
            CStrings.lend(variables) { envp in bu_spawn(&pid, words[0], argv, envp, maps, 3, 0) }
        }
        guard failure == 0 else {
            TemporaryFolder.remove(folder)
            throw Failure(
                description: "cannot start \(program): \(SystemError("spawn", number: failure).reason)")
        }
        id = pid
    }

    deinit {
        if look() == nil {
            kill(id, SIGKILL)
            _ = try? waitForEnd(within: .seconds(5))
        }
        TemporaryFolder.remove(folder)
    }

    package var standardOutput: [UInt8] {
        (try? FileReader.read("\(folder)/out", limit: .max - 1).bytes) ?? []
    }
    package var standardError: String { text("err") }
    package var output: String { text("out") }

    private func text(_ name: String) -> String {
        String(
            decoding: (try? FileReader.read("\(folder)/\(name)", limit: .max - 1).bytes) ?? [], as: UTF8.self)
    }

    package func write(_ text: String) throws {
        guard let input else { throw Failure(description: "\(program) was started with all of its input") }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let progress = try rest.withUnsafeBufferPointer { (part) throws(SystemError) in
                try input.write(UnsafeRawBufferPointer(part))
            }
            if case .done(let count) = progress { rest = rest.dropFirst(count) }
        }
    }

    package func closeInput() { input?.close() }

    package var isRunning: Bool { look() == nil }

    package func send(signal: Int32) { if look() == nil { kill(id, signal) } }

    /// Waits until the condition holds for what was written to standard output and standard error together.
    /// - Throws: when the program ends before, or the time is over; with what it wrote.
    package func wait(within limit: Duration = .seconds(20), until isThere: (String) -> Bool) throws {
        let deadline = Instant.now.advanced(by: limit)
        while true {
            let hasEnded = look() != nil
            if isThere(output + standardError) { return }
            if hasEnded { throw Failure(description: "\(program) ended early: \(output)\(standardError)") }
            guard Instant.now < deadline else {
                throw Failure(description: "\(program) did not get there: \(output)\(standardError)")
            }
            usleep(2000)
        }
    }

    /// Waits for the end; a program that takes longer is killed.
    package func finish(within limit: Duration = .seconds(60)) throws -> CommandResult {
        let ending: ChildProcess.Ending
        do { ending = try waitForEnd(within: limit) } catch {
            kill(id, SIGKILL)
            _ = try? waitForEnd(within: .seconds(5))
            throw Failure(description: "\(program) did not end in \(limit): \(output)\(standardError)")
        }
        return CommandResult(ending: ending, standardOutput: standardOutput, standardError: standardError)
    }

    private func waitForEnd(within limit: Duration) throws -> ChildProcess.Ending {
        let deadline = Instant.now.advanced(by: limit)
        while true {
            if let ending = look() { return ending }
            guard Instant.now < deadline else { throw Failure(description: "\(program) still runs") }
            usleep(2000)
        }
    }

    private func look() -> ChildProcess.Ending? {
        var kind: CInt = 0
        var value: CInt = 0
        guard ending == nil, bu_wait(id, &kind, &value) == 0 else { return ending }
        if kind == 1 { ending = .exited(value) }
        if kind == 2 { ending = .killed(signal: value) }
        return ending
    }
}

extension RunningCommand {
    /// The child's standard input, and our end of it where the test writes it bit by bit.
    private static func standardInput(_ bytes: [UInt8]?, in folder: String) throws
        -> (child: FileDescriptor, ours: FileDescriptor?)
    {
        let pipeRoom = 60_000
        if let bytes, bytes.count > pipeRoom {
            try AtomicFile.write(bytes, to: "\(folder)/in")
            return (try FileDescriptor.open("\(folder)/in", O_RDONLY), nil)
        }
        let pipe = try FileDescriptor.pipe()
        guard let bytes else { return (pipe.read, pipe.write) }
        _ = try bytes.withUnsafeBufferPointer { (all) throws(SystemError) in
            try pipe.write.write(UnsafeRawBufferPointer(all))
        }
        pipe.write.close()
        return (pipe.read, nil)
    }
}
