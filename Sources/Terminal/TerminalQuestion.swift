internal import Glibc
internal import Posix

/// A terminal while a question stands on it: its settings are kept, and put back when this goes away.
///
/// Signals that would end the process are held back and looked at beside the terminal, so that no
/// way out leaves the terminal silent.
struct TerminalQuestion: ~Copyable {
    private let terminal: FileDescriptor
    private let before: termios
    private let signals: HeldSignals

    init(on terminal: FileDescriptor, echo: Bool) throws(TerminalError) {
        var settings = termios()
        guard tcgetattr(terminal.rawValue, &settings) == 0 else { throw .system(.last("tcgetattr")) }
        let before = settings
        let signals: HeldSignals
        do { signals = try HeldSignals() } catch { throw .system(error) }
        settings.c_lflag |= tcflag_t(ICANON | ISIG)
        if echo {
            settings.c_lflag |= tcflag_t(ECHO)
        } else {
            settings.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK | ECHONL)
            // Stopped with Ctrl-Z, we would leave a silent terminal behind: not while a secret is typed.
            withUnsafeMutableBytes(of: &settings.c_cc) { $0[Int(VSUSP)] = 0 }
        }
        // What was typed ahead, for the shell perhaps, is no answer to a question that nobody had seen.
        guard tcsetattr(terminal.rawValue, TCSAFLUSH, &settings) == 0 else {
            throw .system(.last("tcsetattr"))
        }
        self.terminal = terminal
        self.before = before
        self.signals = signals
    }

    deinit {
        var settings = before
        tcsetattr(terminal.rawValue, TCSADRAIN, &settings)
    }

    func write(_ text: String) throws(TerminalError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            do {
                let progress = try rest.withUnsafeBufferPointer { (part) throws(SystemError) in
                    try terminal.write(UnsafeRawBufferPointer(part))
                }
                if case .done(let count) = progress { rest = rest.dropFirst(count) }
            } catch { throw .system(error) }
        }
    }

    /// The line that was typed, without its end.
    func readLine() throws(TerminalError) -> SecretBytes {
        var space = [UInt8](repeating: 0, count: 4096)
        defer { SecretBytes.wipe(&space) }
        var count = 0
        while true {
            try waitForInput()
            let room = space.count - count
            guard room > 0 else { throw .tooLong(limit: space.count) }
            let read = space.withUnsafeMutableBytes { bytes in
                Glibc.read(terminal.rawValue, bytes.baseAddress.map { $0 + count }, room)
            }
            if read < 0, errno == EINTR || errno == EAGAIN { continue }
            if read < 0 { throw .system(.last("read")) }
            count += read
            if read == 0, count == 0 { throw .noAnswer }
            if read == 0 || space[count - 1] == 0x0A { break }
        }
        if count > 0, space[count - 1] == 0x0A { count -= 1 }
        return space.withUnsafeBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// Returns when a line lies ready.
    private func waitForInput() throws(TerminalError) {
        var ready = [
            pollfd(fd: terminal.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            if poll(&ready, 2, -1) < 0, errno != EINTR { throw .system(.last("poll")) }
            if let signal = signals.next() { throw .interrupted(signal) }
            if ready[0].revents != 0 { return }
        }
    }
}
