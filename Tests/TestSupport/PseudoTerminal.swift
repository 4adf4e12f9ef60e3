package import Glibc
package import Posix

/// A terminal without a screen: what is written to one end is typed at the other.
package struct PseudoTerminal: Sendable {
    /// The test's end.
    package let screen: FileDescriptor
    /// The program's end.
    package let terminal: FileDescriptor

    package init(columns: Int = 80, rows: Int = 24) throws {
        var ends: (CInt, CInt) = (-1, -1)
        guard openpty(&ends.0, &ends.1, nil, nil, nil) == 0 else { throw SystemError.last("openpty") }
        screen = FileDescriptor(owning: ends.0)
        terminal = FileDescriptor(owning: ends.1)
        // Neither end is for the children that other tests start meanwhile.
        for end in [ends.0, ends.1] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        try resize(columns: columns, rows: rows)
    }

    /// Tells the program in front (SIGWINCH), if the size is another one.
    package func resize(columns: Int, rows: Int) throws {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(screen.rawValue, UInt(TIOCSWINSZ), &size) == 0 else { throw SystemError.last("ioctl") }
    }

    package func type(_ text: String) throws { try screen.writeAll(Array(text.utf8)) }

    /// What the program has written since the last call; waits this long for the first of it.
    package func read(within limit: Duration) throws -> [UInt8] {
        var ready = pollfd(fd: screen.rawValue, events: Int16(POLLIN), revents: 0)
        let milliseconds =
            limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
        guard poll(&ready, 1, CInt(milliseconds)) == 1 else { return [] }
        var space = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(screen.rawValue, &space, space.count)
        guard count >= 0 else { throw SystemError.last("read") }
        return Array(space[..<count])
    }

    /// The modes, as they are now.
    package var settings: termios {
        var settings = termios()
        tcgetattr(terminal.rawValue, &settings)
        return settings
    }
}

extension termios {
    /// All that tcsetattr(3) sets, to be compared.
    package var allModes: [UInt32] {
        withUnsafeBytes(of: c_cc) { keys in
            [c_iflag, c_oflag, c_cflag, c_lflag] + keys.map { UInt32($0) }
        }
    }
}
