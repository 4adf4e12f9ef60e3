internal import Diagnostics
package import Posix
package import SessionRuntime

/// What a command works with: surroundings, global flags, and the two ways to say something.
package struct CommandContext: Sendable {
    package let surroundings: Surroundings
    package let options: GlobalOptions
    package let signals: SignalRouter
    package var conversation: Conversation

    package init(
        surroundings: Surroundings, options: GlobalOptions, signals: SignalRouter,
        conversation: Conversation = .ofProcess
    ) {
        self.surroundings = surroundings
        self.options = options
        self.signals = signals
        self.conversation = conversation
    }

    /// A result, on standard output.
    package func print(_ text: String) { conversation.printing(text) }

    /// A line about what goes on, on standard error; not with `-q`. Safe for a terminal that a client has in raw mode.
    package func note(_ text: String, at level: GlobalOptions.Verbosity = .normal) {
        guard options.verbosity >= level else { return }
        say(text)
    }

    /// A line on standard error, always.
    package func say(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        conversation.saying(surroundings.hasTerminalError ? lines + "\r\n" : text + "\n")
    }

    /// Whether a person can be asked.
    package var mayAsk: Bool { !options.hasNoInput && conversation.confirming != nil }
}
