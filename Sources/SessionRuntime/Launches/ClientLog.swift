internal import Posix

/// What a client writes that has no screen of ours to write on: always read, the last lines kept. Belongs to the
/// loop's thread.
final class ClientLog: @unchecked Sendable {
    private(set) var lines: [String] = []
    private let input: FileDescriptor
    private let report: @Sendable (String) -> Void
    private var rest: [UInt8] = []

    private static let lineLimit = 1000
    private static let lengthLimit = 2000

    /// - Parameters:
    ///   - input: the reading end of a pipe, non-blocking.
    ///   - report: told each line.
    init(reading input: FileDescriptor, report: @escaping @Sendable (String) -> Void) {
        self.input = input
        self.report = report
    }

    /// Reads until every writer is gone; when cancelled, what is there by then.
    func run() async {
        let wakeUp = WakeUp()
        guard let watch = try? EventLoop.current.watch(input, waking: wakeUp) else { return }
        defer {
            watch.cancel()
            endLine()
        }
        while readAll() {
            if await wakeUp.wait() == .cancelled {
                _ = readAll()
                return
            }
        }
    }

    /// - Returns: whether more may come.
    private func readAll() -> Bool {
        var space = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let progress = space.withUnsafeMutableBytes { (bytes) -> FileDescriptor.Progress in
                (try? input.read(into: bytes)) ?? .ended
            }
            guard case .done(let count) = progress else { return progress == .wouldBlock }
            take(space[..<count])
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                endLine()
            } else if rest.count < Self.lengthLimit {
                rest.append(byte)
            }
        }
    }

    private func endLine() {
        var line = String(decoding: rest, as: UTF8.self)
        rest = []
        // FreeRDP's question for what comes by the pipe stands before its first line.
        if line.hasPrefix("Password: ") { line.removeFirst("Password: ".count) }
        guard !line.allSatisfy(\.isWhitespace) else { return }
        if lines.count == Self.lineLimit { lines.removeFirst() }
        lines.append(line)
        report(line)
    }
}
