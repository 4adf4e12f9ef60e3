import Glibc
import Testing

@testable import Terminal

/// What is said beside other things, to a reader that takes nothing.
@Suite struct NoticeOutputTests {
    /// A pipe with room for two pages, and its reading end.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        // F_SETPIPE_SZ, which Swift does not know.
        try #require(fcntl(ends[1], 1031, 8192) >= 0)
        return (ends[0], ends[1])
    }

    private static func read(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    @Test func `drops what nobody reads, and says how much that was`() throws {
        let (read, write) = try Self.pipe()
        defer {
            close(read)
            close(write)
        }
        let output = NoticeOutput(descriptor: write)
        let line = String(repeating: "x", count: 3999) + "\n"
        for _ in 0..<3 { output.write(line) }
        output.write("lost\n")
        output.write("lost too\n")
        #expect(Self.read(read) == line + line)
        output.write("here again\n")
        #expect(Self.read(read) == "3 notices were not read in time, and are lost\nhere again\n")
    }

    @Test func `does without a reader that is gone`() throws {
        signal(SIGPIPE, SIG_IGN)
        let (read, write) = try Self.pipe()
        close(read)
        NoticeOutput(descriptor: write).write("to nobody\n")
        close(write)
    }
}
