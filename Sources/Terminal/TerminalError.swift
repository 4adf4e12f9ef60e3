package import Posix

/// A question that got no answer: the bare reason.
package enum TerminalError: Error, Hashable, Sendable {
    /// There is no controlling terminal to ask on.
    case noTerminal
    /// The user ended the input (Ctrl-D on an empty line).
    case noAnswer
    /// Ctrl-C, Ctrl-\, SIGTERM or SIGHUP while the question stood: the signal's number.
    case interrupted(Int32)
    /// More bytes than are taken.
    case tooLong(limit: Int)
    case system(SystemError)
}
