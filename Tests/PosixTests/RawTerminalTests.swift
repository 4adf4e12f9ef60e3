import Glibc
import Posix
import TestSupport
import Testing

@Suite(.serialized) struct RawTerminalTests {
    private let pair: PseudoTerminal
    private let terminal: RawTerminal

    init() throws {
        pair = try PseudoTerminal(columns: 70, rows: 20)
        let own = fcntl(pair.terminal.rawValue, F_DUPFD_CLOEXEC, 3)
        terminal = RawTerminal(on: FileDescriptor(owning: own), farewell: "bye")
    }

    @Test func `takes bytes as they are typed, unseen, and puts the settings back`() throws {
        let before = pair.settings.allModes
        try terminal.enter()
        #expect(terminal.isRaw && pair.settings.allModes != before)
        try pair.type("a\r\u{13}\u{04}\u{16}")
        var space = [UInt8](repeating: 0, count: 16)
        let progress = try space.withUnsafeMutableBytes { (bytes) throws(SystemError) in
            try terminal.descriptor.read(into: bytes)
        }
        #expect(progress == .done(5) && space[..<5] == [0x61, 0x0D, 0x13, 0x04, 0x16])
        terminal.leave()
        terminal.leave()
        #expect(!terminal.isRaw && pair.settings.allModes == before)
        #expect(try pair.read(within: .seconds(5)) == Array("bye".utf8))
    }

    @Test func `can be raw again, and one at a time`() throws {
        let before = pair.settings.allModes
        for _ in 1...3 {
            try terminal.enter()
            try terminal.enter()
            let other = RawTerminal(on: terminal.descriptor, farewell: "")
            #expect(throws: SystemError.self) { try other.enter() }
            terminal.leave()
            #expect(pair.settings.allModes == before)
        }
    }

    @Test func `knows the size`() throws {
        #expect(terminal.size == RawTerminal.Size(columns: 70, rows: 20))
        try pair.resize(columns: 0, rows: 0)
        #expect(terminal.size == RawTerminal.Size(columns: 80, rows: 24))
    }

    @Test func `refuses what is no terminal`() throws {
        let file = RawTerminal(on: try .open("/dev/null", O_RDWR), farewell: "")
        #expect(throws: SystemError.self) { try file.enter() }
        #expect(!file.isRaw)
    }
}

@Suite struct HeldSignalsTests {
    @Test func `holds a signal until it is taken`() throws {
        let signals = try HeldSignals([SIGWINCH, SIGCONT])
        #expect(signals.next() == nil)
        pthread_kill(pthread_self(), SIGWINCH)
        #expect(HeldSignals.arePending([SIGWINCH]) && !HeldSignals.arePending([SIGTERM]))
        #expect(signals.next() == SIGWINCH)
        #expect(signals.next() == nil && !HeldSignals.arePending([SIGWINCH]))
    }

    @Test func `suffers a held signal only when it is asked to`() throws {
        let signals = try HeldSignals([SIGWINCH])
        // Ignored by default: it is delivered, and nothing is left of it.
        signals.suffer(SIGWINCH)
        #expect(signals.next() == nil)
        pthread_kill(pthread_self(), SIGWINCH)
        #expect(signals.next() == SIGWINCH)
    }
}
