import Posix
import TestSupport
import Testing

/// One way in which a bastion fails a connection, and what its user must get.
struct FaultCase: Sendable, CustomTestStringConvertible {
    /// What the local program does.
    enum Program: Sendable {
        /// Sends some bytes, and reads to the end.
        case talks
        /// The same, and ends its sending side after the bytes.
        case endsSending
        /// Sends as much as is taken, and then reads.
        case uploads
        /// Sends so many bytes.
        case sends(Int)
    }

    /// The fault in words.
    let testDescription: String
    /// Rules of the emulator; `PORT` stands for the fault's own.
    let rules: [String]
    var program = Program.talks
    /// How the connection ends for the local program.
    var ending = LocalProgram.Ending.reset
    /// How many bytes the program gets; all of them are the ones that it sent. Nil: not all that it sent.
    var received: Int? = 0
    /// The code of the one message; nil where nothing is to be said.
    var code: String?
    /// What the message must name.
    var words = ""
    /// When it must have ended at the latest, on a machine that has nothing else to do.
    var time = Duration.milliseconds(500)
    /// Sessions that cannot be deleted now.
    var left = 0

    init(
        _ name: String, _ rules: [String], _ code: String? = nil, words: String = "",
        program: Program = .talks, ending: LocalProgram.Ending = .reset, received: Int? = 0,
        time: Duration = .milliseconds(500), left: Int = 0
    ) {
        testDescription = name
        self.rules = rules
        self.program = program
        self.ending = ending
        self.received = received
        self.code = code
        self.words = words
        self.time = time
        self.left = left
    }

    init(
        _ name: String, _ rule: String, _ code: String? = nil, words: String = "",
        program: Program = .talks, ending: LocalProgram.Ending = .reset, received: Int? = 0,
        time: Duration = .milliseconds(500), left: Int = 0
    ) {
        self.init(
            name, [rule], code, words: words, program: program, ending: ending, received: received,
            time: time,
            left: left)
    }
}

/// Faults that are met by one process and one emulator.
struct FaultGroup: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let cases: [FaultCase]
    /// How many connections are open at once: those that take their time do so together.
    var width = 1

    init(_ name: String, width: Int = 1, _ cases: [FaultCase]) {
        (testDescription, self.width, self.cases) = (name, width, cases)
    }
}

/// Each fault ends in bounded time, with one message that names the cause and the remedy, the local connection
/// closed, the session deleted, and the listener alive.
@Suite(.onThreadsOfItsOwn) struct FaultTableTests {
    /// What a loaded machine may take more.
    private static let margin = Duration.seconds(8)
    private static let bytes = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 3) }

    /// What is said of sessions, which is no error.
    nonisolated(unsafe) private static let expected =
        /could not be deleted now|^waiting for Azure to/

    static let groups = [
        FaultTable.refusedTokens, FaultTable.brokenTokens, FaultTable.lateTokens, FaultTable.upgrades,
        FaultTable.frames, FaultTable.closings, FaultTable.endings, FaultTable.stalls, FaultTable.deletions,
    ]

    @Test(arguments: groups)
    func `ends tidily for its user`(_ group: FaultGroup) throws {
        let lab = try FaultLab(group.cases.map(\.rules))
        for start in stride(from: 0, to: group.cases.count, by: group.width) {
            let batch = Array(start..<min(start + group.width, group.cases.count))
            try run(batch.map { ($0, group.cases[$0]) }, in: lab)
        }
        #expect(lab.isRunning)
        let program = try lab.connect(toFault: nil)
        program.send(Self.bytes)
        #expect(program.read(upTo: Self.bytes.count, within: Self.margin) == nil, "the listener is not alive")
        program.finishSending()
        let left = group.cases.reduce(0) { $0 + $1.left }
        try eventually("\(lab.sessionsLeft) sessions left, not \(left)") { lab.sessionsLeft == left }
        let result = try lab.finish()
        #expect(result.status == 143)
        #expect(lab.otherLines.filter { !$0.contains(Self.expected) } == [])
    }

    private func run(_ batch: [(Int, FaultCase)], in lab: FaultLab) throws {
        let before = lab.messages.count
        let start = Instant.now
        let programs = try batch.map { index, fault in
            let program = try lab.connect(toFault: index)
            Self.begin(program, fault)
            return program
        }
        for (program, (_, fault)) in zip(programs, batch) {
            let left = Instant.now.duration(to: start.advanced(by: fault.time + Self.margin))
            let ending = program.read(within: max(left, .milliseconds(1)))
            #expect(ending == fault.ending, "\(fault.testDescription): \(lab.standardError)")
            check(program.received, fault)
        }
        try checkMessages(batch.map(\.1), in: lab, after: before)
    }

    private static func begin(_ program: LocalProgram, _ fault: FaultCase) {
        switch fault.program {
        case .talks: program.send(bytes)
        case .endsSending:
            program.send(bytes)
            program.finishSending()
        case .sends(let count): program.send([UInt8](repeating: 0, count: count))
        case .uploads:
            let part = [UInt8](repeating: 0, count: 1 << 20)
            while program.send(part, within: .milliseconds(300)) == part.count {}
        }
    }

    /// What came must be the beginning of what was sent.
    private func check(_ received: [UInt8], _ fault: FaultCase) {
        if case .uploads = fault.program { return }
        if case .sends = fault.program { return }
        #expect(Self.bytes.starts(with: received), "\(fault.testDescription)")
        if let count = fault.received {
            #expect(received.count == count, "\(fault.testDescription)")
        } else {
            #expect(received.count < Self.bytes.count, "\(fault.testDescription)")
        }
    }

    private func checkMessages(_ faults: [FaultCase], in lab: FaultLab, after before: Int) throws {
        let wanted = faults.filter { $0.code != nil }
        try eventually("\(wanted.map(\.testDescription)) told by \(lab.standardError)") {
            lab.messages.count >= before + wanted.count
        }
        var messages = Array(lab.messages[before...])
        for fault in wanted {
            let index = messages.firstIndex { $0.code == fault.code && $0.text.contains(fault.words) }
            guard let index else {
                Issue.record("\(fault.testDescription): not told by \(messages)")
                continue
            }
            #expect(!messages.remove(at: index).hint.isEmpty, "\(fault.testDescription): no remedy")
        }
        #expect(messages == [], "more than one message a fault: \(faults.map(\.testDescription))")
    }
}
