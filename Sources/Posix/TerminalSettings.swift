internal import Glibc

/// The settings of the terminal that the program was started at, kept so that they can be put back after a child
/// that died while it had changed them.
package struct TerminalSettings: Sendable {
    private let descriptor: Int32
    private let settings: termios

    /// Nil where none of the standard streams is a terminal.
    package init?() {
        var settings = termios()
        guard let descriptor = [0, 1, 2].first(where: { tcgetattr($0, &settings) == 0 }) else { return nil }
        (self.descriptor, self.settings) = (Int32(descriptor), settings)
    }

    /// Puts the settings back; not from the background, where the terminal is somebody else's.
    package func restore() {
        guard tcgetpgrp(descriptor) == getpgrp() else { return }
        var settings = settings
        tcsetattr(descriptor, TCSADRAIN, &settings)
    }
}
