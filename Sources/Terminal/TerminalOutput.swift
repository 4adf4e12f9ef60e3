internal import Glibc

/// What standard output and standard error lead to.
package enum TerminalOutput: Int32, Hashable, Sendable {
    case standardOutput = 1
    case standardError = 2

    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns of the terminal; nil where it is none, or does not say.
    package var width: Int? {
        var size = winsize()
        guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of the text, waiting where the reader is slow. What cannot be written is lost: there is no
    /// better place to say so.
    package func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(rawValue, start, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count < 0, errno == EAGAIN {
                    var ready = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
