internal import Glibc
internal import Posix
internal import Synchronization

/// Looks at the command line and the environment of every process, every few milliseconds, for secrets.
///
/// What everybody may read (`ps`, /proc) must never hold one, not even for the moment until a program has
/// overwritten its arguments.
package enum ProcessWatch {
    /// A secret that was to be seen.
    package struct Sighting: Hashable, Sendable, CustomStringConvertible {
        package enum Place: String, Sendable {
            case commandLine = "command line"
            case environment
        }

        package let process: Int32
        package let program: String
        package let place: Place
        /// Which of the secrets that were looked for.
        package let secret: Int

        package var description: String {
            "secret \(secret) in the \(place.rawValue) of \(program) (\(process))"
        }
    }

    /// What there was to be seen.
    package struct Report: Sendable {
        package fileprivate(set) var sightings: Set<Sighting> = []
        /// The names, as in `argv[0]` without folder, of all programs that were looked at.
        package fileprivate(set) var programs: Set<String> = []
        package fileprivate(set) var rounds = 0
    }

    /// Watches while the body runs.
    /// - Parameter secrets: none of them empty; what has a zero in it is looked for up to there.
    package static func report(on secrets: [[UInt8]], during body: () throws -> Void) throws -> Report {
        let watcher = Watcher(secrets)
        let context = Unmanaged.passRetained(watcher)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Watcher>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw SystemError("pthread_create", number: failure)
        }
        defer {
            watcher.isOver.store(true, ordering: .relaxed)
            pthread_join(thread, nil)
        }
        // Watching before there is something to see.
        try eventually("a watcher that watches") { watcher.report.withLock { $0.rounds > 0 } }
        try body()
        return watcher.report.withLock { $0 }
    }
}

/// The thread's own work. Its buffer is used by that thread alone.
private final class Watcher: Sendable {
    /// As C strings.
    let secrets: [[CChar]]
    let isOver = Atomic(false)
    let report = Mutex(ProcessWatch.Report())

    init(_ secrets: [[UInt8]]) {
        self.secrets = secrets.map { $0.map(CChar.init(bitPattern:)) + [0] }
    }

    func run() {
        // This thread's own. What is asked for is to be on time also where all processors are busy (root only).
        _ = setpriority(CInt(PRIO_PROCESS.rawValue), 0, -15)
        guard let processes = opendir("/proc") else { return }
        defer { closedir(processes) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while !isOver.load(ordering: .relaxed) {
            lookAround(processes, buffer)
            usleep(1000)
        }
    }

    private func lookAround(_ processes: OpaquePointer, _ buffer: UnsafeMutableRawBufferPointer) {
        var found: [ProcessWatch.Sighting] = []
        var programs: Set<String> = []
        rewinddir(processes)
        while let entry = readdir(processes) {
            // What is no process has a name that is no number.
            let process = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.bindMemory(to: CChar.self).baseAddress.map { atoi($0) } ?? 0
            }
            if process == 0 { continue }
            let line = read("/proc/\(process)/cmdline", into: buffer)
            let program = Self.program(line)
            programs.insert(program)
            for secret in secretsSeen(in: line) {
                found.append(.init(process: process, program: program, place: .commandLine, secret: secret))
            }
            for secret in secretsSeen(in: read("/proc/\(process)/environ", into: buffer)) {
                found.append(.init(process: process, program: program, place: .environment, secret: secret))
            }
        }
        report.withLock { report in
            report.rounds += 1
            report.programs.formUnion(programs)
            report.sightings.formUnion(found)
        }
    }

    /// As much as fits, and a zero behind it; nothing where the process is gone.
    private func read(_ path: String, into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        buffer[0] = 0
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return UnsafeRawBufferPointer(rebasing: buffer[..<0]) }
        defer { close(file) }
        var count = 0
        let room = buffer.count - 1
        while count < room {
            let more = Glibc.read(file, buffer.baseAddress?.advanced(by: count), room - count)
            guard more > 0 else { break }
            count += more
        }
        buffer[count] = 0
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    /// Looks at each of the strings that the bytes consist of, each with a zero after it.
    private func secretsSeen(in bytes: UnsafeRawBufferPointer) -> Set<Int> {
        guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return [] }
        var seen: Set<Int> = []
        var place = 0
        while place < bytes.count {
            let string = start + place
            for index in secrets.indices where strstr(string, secrets[index]) != nil { seen.insert(index) }
            place += strlen(string) + 1
        }
        return seen
    }

    private static func program(_ line: UnsafeRawBufferPointer) -> String {
        guard !line.isEmpty, let start = line.bindMemory(to: CChar.self).baseAddress else { return "" }
        return strrchr(start, CInt(UInt8(ascii: "/"))).map { String(cString: $0 + 1) }
            ?? String(cString: start)
    }
}
