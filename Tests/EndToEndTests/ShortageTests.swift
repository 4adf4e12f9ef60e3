import Posix
import TestSupport
import Testing

/// A tunnel that may open only a few files.
@Suite(.onThreadsOfItsOwn) struct ShortageTests {
    private static let openFiles = 60
    /// Two descriptors each: many more than there are.
    private static let connections = 60
    private static let limit = Duration.seconds(20)

    @Test func `serves what it can, says what is missing, and serves again`() throws {
        let lab = try FaultLab([], openFiles: Self.openFiles)
        var programs = try (0..<Self.connections).map { _ in try lab.connect(toFault: nil) }
        for program in programs { program.send([7]) }
        try eventually("told by \(lab.standardError)") {
            lab.messages.contains { $0.code == "system.failed" && $0.hint.contains("ulimit -n") }
        }
        let served = programs.count { $0.read(upTo: 1, within: .milliseconds(100)) == nil }
        #expect(served >= 10 && served < Self.connections)
        // Those that wait come in as others go.
        for index in programs.indices.reversed() where programs[index].received == [7] {
            programs.remove(at: index)
        }
        for program in programs {
            let ending = program.read(upTo: 1, within: Self.limit)
            #expect(ending == nil || ending == .reset, "a connection hangs, or ended as if all were well")
        }
        programs.removeAll()
        #expect(lab.isRunning, "\(lab.standardError)")
        // Those that end take a moment for it.
        try eventually("the listener is not alive") {
            let next = try lab.connect(toFault: nil)
            next.send([1, 2, 3])
            return next.read(upTo: 3, within: Self.limit) == nil
        }
        try eventually("\(lab.sessionsLeft) sessions left") { lab.sessionsLeft == 0 }
        #expect(try lab.finish().status == 143)
    }
}
