internal import Diagnostics
package import Posix

/// A terminal that a program has to itself for a while: keys come in one by one, pictures go out.
///
/// The program draws on the alternate screen, so that what stood there before comes back whole. Lines are not
/// wrapped: a character that the terminal takes to be wider than we do spoils its own line only. Every way out puts
/// the terminal back: closing, letting go, signals that end the process, a crash, Ctrl-Z (and `fg` draws anew).
/// Belongs to one task of its loop.
package final class Screen {
    package enum Event: Hashable, Sendable {
        /// There may be keys, another size, or something that `wake` was called for.
        case awake
        /// The task was cancelled.
        case cancelled
    }

    /// How long the rest of an escape sequence may take: the time that a bare Escape is delayed by.
    private static let sequenceTime = Duration.milliseconds(50)
    private static let greeting = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[?2004h\u{1B}[H\u{1B}[2J"
    /// Cleared first: not every terminal has an alternate screen.
    private static let farewell = "\u{1B}[?2004l\u{1B}[?7h\u{1B}[0m\u{1B}[H\u{1B}[2J\u{1B}[?25h\u{1B}[?1049l"

    private let terminal: RawTerminal
    private let signals: HeldSignals
    private let wakeUp = WakeUp()
    private let input: Watch
    private let signalled: Watch
    private var decoder = KeyDecoder()
    /// What is drawn now; nil where that is not known.
    private var shown: ScreenFrame?
    /// What goes out before the next picture.
    private var unsent: ArraySlice<UInt8> = []
    private var isWoken = false
    /// What the passing of time made a key.
    private var late: Key?
    /// What lies ready when raw mode begins was typed before: there Enter was stored as a line feed.
    private var isTypedAhead = false

    /// Takes the controlling terminal.
    /// - Throws: `noTerminal` where there is none.
    package convenience init() throws(TerminalError) {
        let terminal: RawTerminal
        do { terminal = try RawTerminal(farewell: Self.farewell) } catch { throw .noTerminal }
        try self.init(on: terminal)
    }

    private init(on terminal: RawTerminal) throws(TerminalError) {
        do throws(SystemError) {
            signals = try HeldSignals(HeldSignals.ofScreen)
            input = try EventLoop.current.watch(terminal.descriptor, waking: wakeUp)
            signalled = try EventLoop.current.watch(signals.descriptor, waking: wakeUp)
            self.terminal = terminal
            try enter()
        } catch { throw .system(error) }
    }

    /// For tests: any terminal.
    convenience init(on descriptor: FileDescriptor) throws(TerminalError) {
        try self.init(on: RawTerminal(on: descriptor, farewell: Self.farewell))
    }

    deinit { close() }

    package var size: RawTerminal.Size { terminal.size }

    /// Lets the present or the next `wait` return; on the loop's thread.
    package func wake() {
        isWoken = true
        wakeUp.signal()
    }

    /// Puts the terminal back as it was. Keys that were not asked for stay to be read by whoever comes next.
    package func close() {
        input.cancel()
        signalled.cancel()
        terminal.leave()
    }

    /// Waits until there is something to do. Stops the process and goes on with it where the user wants that.
    ///
    /// - Parameter takesKeys: false leaves keys where they are for now.
    package func wait(takesKeys: Bool = true) async throws(TerminalError) -> Event {
        while true {
            if Task.isCancelled { return .cancelled }
            if try takeSignals() || (takesKeys && input.isReadable) || isWoken {
                isWoken = false
                return .awake
            }
            let deadline = decoder.isWaiting ? Instant.now.advanced(by: Self.sequenceTime) : nil
            switch await wakeUp.wait(until: deadline) {
            case .cancelled: return .cancelled
            case .signalled: continue
            case .deadline:
                if takesKeys, input.isReadable { continue }
                late = decoder.timePassed()
                if late != nil { return .awake }
            }
        }
    }
}

// MARK: - Keys

extension Screen {
    /// The next key that lies ready; nil where there is none.
    ///
    /// Bytes are taken one at a time, so that what was typed behind the last key goes to the next program.
    /// - Throws: `noAnswer` where the terminal is gone.
    package func nextKey() throws(TerminalError) -> Key? {
        if let key = late {
            late = nil
            return key
        }
        while input.isReadable {
            var byte: UInt8 = 0
            let progress: FileDescriptor.Progress
            do {
                progress = try withUnsafeMutableBytes(of: &byte) { (space) throws(SystemError) in
                    try terminal.descriptor.read(into: space)
                }
            } catch { throw .noAnswer }
            switch progress {
            case .done:
                if isTypedAhead, byte == 0x0A { byte = 0x0D }
                if let key = decoder.feed(byte) { return key }
            case .wouldBlock:
                input.isReadable = false
                isTypedAhead = false
            case .ended: throw .noAnswer
            }
        }
        return nil
    }
}

// MARK: - Pictures

extension Screen {
    /// Draws the picture, as far as it differs from the one before. Returns when the terminal has taken it.
    /// - Throws: `noAnswer` where the terminal is gone.
    package func draw(_ frame: ScreenFrame) async throws(TerminalError) {
        guard terminal.isRaw else { return }
        unsent += Array(frame.drawn(over: shown).utf8)
        // If it is cut off half-way, nothing is known of the screen.
        shown = nil
        do {
            while try !send() {
                if await wakeUp.wait() == .cancelled { return }
            }
        } catch { throw .noAnswer }
        shown = frame
    }

    /// Writes as much as the terminal takes now.
    /// - Returns: whether that was all.
    private func send() throws(SystemError) -> Bool {
        while !unsent.isEmpty, input.isWritable {
            let progress = try unsent.withUnsafeBufferPointer { (part) throws(SystemError) in
                try terminal.descriptor.write(UnsafeRawBufferPointer(part))
            }
            if case .done(let count) = progress {
                unsent = unsent.dropFirst(count)
            } else {
                input.isWritable = false
            }
        }
        return unsent.isEmpty
    }
}

// MARK: - Signals

extension Screen {
    /// - Returns: whether there was one: the picture is to be drawn again.
    private func takeSignals() throws(TerminalError) -> Bool {
        guard signalled.isReadable else { return false }
        signalled.isReadable = false
        var wasSignalled = false
        var wasStopped = false
        while let number = signals.next() {
            wasSignalled = true
            // One that goes on without having been stopped here was stopped by what cannot be held (SIGSTOP): the
            // shell has had the terminal since.
            guard number == HeldSignals.stop || (number == HeldSignals.goOn && !wasStopped) else { continue }
            terminal.leave()
            if number == HeldSignals.stop { signals.suffer(number) }
            wasStopped = true
        }
        if wasStopped {
            do { try enter() } catch { throw .system(error) }
        }
        shown = nil
        return wasSignalled
    }

    /// Takes the terminal, unless a signal that ends us waits already: we may have been let go on only for that, and
    /// would be stopped once more.
    private func enter() throws(SystemError) {
        guard !HeldSignals.arePending(HeldSignals.ending) else { return }
        do { try terminal.enter() } catch {
            if HeldSignals.arePending(HeldSignals.ending) { return }
            throw error
        }
        isTypedAhead = true
        shown = nil
        unsent = Array(Self.greeting.utf8)[...]
        _ = try send()
    }
}
