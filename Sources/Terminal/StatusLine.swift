internal import Diagnostics

/// One line on standard error that says what is being done, and goes away when it is done.
///
/// Nothing is drawn where standard error is no terminal, or in quiet runs. Belongs to one task.
package struct StatusLine {
    private let isShown: Bool
    private let width: Int
    private let write: (String) -> Void
    private var isDrawn = false

    /// - Parameter width: of the terminal in columns; nil where there is none.
    package init(width: Int?, isQuiet: Bool = false, write: @escaping (String) -> Void) {
        isShown = width != nil && !isQuiet
        self.width = width ?? 80
        self.write = write
    }

    /// The line on standard error.
    package static func onStandardError(isQuiet: Bool = false) -> StatusLine {
        let output = TerminalOutput.standardError
        let width = output.isTerminal ? output.width ?? 80 : nil
        return StatusLine(width: width, isQuiet: isQuiet) { output.write($0) }
    }

    /// Shows the text in place of the last one, cut to the terminal's width.
    package mutating func show(_ text: String) {
        guard isShown else { return }
        let room = max(width - 1, 1)
        let line = text.printable
        let cut = line.count > room ? line.prefix(max(room - 1, 0)) + "…" : line[...]
        write("\r\u{1B}[2K\(cut)")
        isDrawn = true
    }

    /// Takes the line away. To be called before anything else is written to the terminal.
    package mutating func clear() {
        guard isDrawn else { return }
        write("\r\u{1B}[2K")
        isDrawn = false
    }
}
