import Posix
import Synchronization
import TestSupport
import Testing

@testable import SessionRuntime

@Suite struct ClientLogTests {
    /// What the log keeps of what was written, and what it reported.
    private func kept(_ text: String, writerStays: Bool = false) async throws -> (
        lines: [String], told: [String]
    ) {
        let told = Mutex<[String]>([])
        let lines = try await onLoop {
            let pipe = try FileDescriptor.pipe()
            try pipe.read.setNonBlocking(true)
            let log = ClientLog(reading: pipe.read) { line in told.withLock { $0.append(line) } }
            try pipe.write.writeAll(Array(text.utf8))
            if !writerStays { pipe.write.close() }
            let running = Task(executorPreference: EventLoop.current) { await log.run() }
            if writerStays { running.cancel() }
            await running.value
            pipe.write.close()
            return log.lines
        }
        return (lines, told.withLock { $0 })
    }

    @Test func `keeps lines and tells each, without blank ones and the client's question`() async throws {
        let (lines, told) = try await kept("Password: [1] one\n\n  \ntwo\nthe end")
        #expect(lines == ["[1] one", "two", "the end"])
        #expect(told == lines)
    }

    @Test func `takes what is there when it is cancelled, though somebody may still write`() async throws {
        #expect(try await kept("one\ntwo", writerStays: true).lines == ["one", "two"])
    }

    @Test func `keeps the last lines of many, and the beginning of a long one`() async throws {
        let many = try await kept((1...1500).map { "\($0)\n" }.joined())
        #expect(many.lines.count == 1000 && many.lines.last == "1500" && many.told.count == 1500)
        let long = try await kept(String(repeating: "x", count: 5000) + "\nnext\n")
        #expect(long.lines.map(\.count) == [2000, 4])
    }
}
