internal import Diagnostics

/// One line on a terminal that says what is being done, and goes away when it is done. Belongs to one task.
package struct StatusLine: Sendable {
    /// Of the terminal in columns, each time anew: it may change.
    private let width: @Sendable () -> Int
    private let write: @Sendable (String) -> Void
    private var isDrawn = false

    package init(width: @escaping @Sendable () -> Int, write: @escaping @Sendable (String) -> Void) {
        self.width = width
        self.write = write
    }

    /// The line on standard error, which is known to be a terminal.
    package static var onStandardError: StatusLine {
        let output = TerminalOutput.standardError
        return StatusLine(width: { output.width ?? 80 }, write: { NoticeOutput.standardError.write($0) })
    }

    /// Shows the text in place of the last one, cut to the terminal's width.
    package mutating func show(_ text: String) {
        // Ctrl-C is shown as `^C`: that must not lead to another line.
        let room = max(width() - 3, 1)
        write("\r\u{1B}[2K" + text.printable.cut(toColumns: room))
        isDrawn = true
    }

    /// Takes the line away. To be called before anything else is written to the terminal.
    package mutating func clear() {
        guard isDrawn else { return }
        write("\r\u{1B}[2K")
        isDrawn = false
    }
}
