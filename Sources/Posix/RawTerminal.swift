internal import CPosix
internal import Glibc

/// A terminal that can be switched to raw mode and back: input comes byte by byte as it is typed and is not shown,
/// while the keys for signals (Ctrl-C, Ctrl-Z) stay. One is raw at a time.
///
/// Its settings are put back when this goes away, and also where the process ends without getting there:
/// by a crash, or by `_exit` in the signal router. Belongs to its loop's thread.
package final class RawTerminal {
    /// Columns and rows.
    package struct Size: Hashable, Sendable {
        package var columns: Int
        package var rows: Int

        package init(columns: Int, rows: Int) { (self.columns, self.rows) = (columns, rows) }
    }

    package let descriptor: FileDescriptor
    /// Whether it is in raw mode now.
    package private(set) var isRaw = false
    private let farewell: String

    /// The controlling terminal, opened anew: non-blocking without a change for those who share the old one.
    ///
    /// - Parameter farewell: written when raw mode is left, in whichever way; 64 bytes at most.
    package convenience init(farewell: String) throws(SystemError) {
        self.init(on: try .open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY), farewell: farewell)
    }

    package init(on descriptor: FileDescriptor, farewell: String) {
        self.descriptor = descriptor
        self.farewell = farewell
    }

    deinit { leave() }

    /// Switches to raw mode. What was typed ahead stays to be read.
    ///
    /// In the background the process is stopped first, as with every program that wants the terminal; only then is
    /// it known how the terminal was left for us.
    /// - Throws: EINTR where a held signal that ends the process came in the background; EIO where it cannot be
    ///   brought to the front.
    package func enter() throws(SystemError) {
        guard !isRaw else { return }
        var attempts = 100
        while isInBackground {
            guard attempts > 0 else { throw SystemError("tcsetattr", number: EIO) }
            attempts -= 1
            kill(0, SIGTTOU)
            guard !HeldSignals.arePending(HeldSignals.ending) else {
                throw SystemError("tcsetattr", number: EINTR)
            }
        }
        guard bu_terminal_raw(descriptor.rawValue, farewell) == 0 else { throw .last("tcsetattr") }
        isRaw = true
    }

    private var isInBackground: Bool {
        let owner = tcgetpgrp(descriptor.rawValue)
        return owner > 0 && owner != getpgrp()
    }

    /// Puts the settings back as they were.
    package func leave() {
        guard isRaw else { return }
        isRaw = false
        bu_terminal_restore()
    }

    /// What the terminal says; 80 by 24 where it does not know.
    package var size: Size {
        var size = winsize()
        guard ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return Size(columns: 80, rows: 24) }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
