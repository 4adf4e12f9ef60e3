package import Diagnostics
internal import Posix
internal import SessionRuntime
package import Terminal

/// Where the words of a command go and who answers its questions: the terminal, or a test.
package struct Conversation: Sendable {
    /// Takes results.
    package var printing: @Sendable (String) -> Void
    /// Takes what is said beside results.
    package var saying: @Sendable (String) -> Void
    /// Takes what is said beside something that must go on, and drops what nobody reads.
    package var notifying: @Sendable (String) -> Void
    /// Asks for yes or no; nil where nobody can be asked.
    package var confirming: (@Sendable (String) throws(TerminalError) -> Bool)?
    /// Asks for a line; nil where nobody can be asked.
    package var asking: (@Sendable (String) throws(TerminalError) -> String)?
    /// Columns that results have; nil where they do not go to a terminal.
    package var width: Int?

    package init(
        printing: @escaping @Sendable (String) -> Void, saying: @escaping @Sendable (String) -> Void,
        confirming: (@Sendable (String) throws(TerminalError) -> Bool)? = nil, width: Int? = nil
    ) {
        self.printing = printing
        self.saying = saying
        notifying = saying
        self.confirming = confirming
        self.width = width
    }

    /// Standard output, standard error, and the controlling terminal for questions.
    package static var ofProcess: Conversation {
        let output = TerminalOutput.standardOutput
        var conversation = Conversation(
            printing: { TerminalOutput.standardOutput.write($0) },
            saying: { TerminalOutput.standardError.write($0) })
        conversation.notifying = { NoticeOutput.standardError.write($0) }
        if TerminalInput.isAvailable {
            conversation.confirming = { (question) throws(TerminalError) in
                try TerminalInput.confirm(question)
            }
            conversation.asking = { (prompt) throws(TerminalError) in try TerminalInput.ask(prompt) }
        }
        conversation.width = output.isTerminal ? output.width ?? 80 : nil
        return conversation
    }
}

extension CommandContext {
    /// Asks for yes or no; Enter alone means no.
    ///
    /// - Parameter refusal: what to fail with where nobody can be asked.
    package func confirm(_ question: String, orFailWith refusal: Diagnostic) throws(Problems) -> Bool {
        guard !options.hasNoInput, let confirming = conversation.confirming else { throw Problems(refusal) }
        do { return try confirming(question) } catch {
            switch error {
            case .interrupted(let signal):
                throw Problems(Diagnostic("session.cancelled", "interrupted", exit: .signal(signal)))
            case .noAnswer: return false
            case .noTerminal, .tooLong, .system: throw Problems(refusal)
            }
        }
    }

    /// Asks for a line of text.
    ///
    /// - Returns: nil where nobody can be asked, or the user ended the input.
    /// - Throws: `session.cancelled` where a signal ended the question.
    package func ask(_ prompt: String) throws(Problems) -> String? {
        guard !options.hasNoInput, let asking = conversation.asking else { return nil }
        do { return try asking(prompt) } catch {
            guard case .interrupted(let signal) = error else { return nil }
            throw Problems(Diagnostic("session.cancelled", "interrupted", exit: .signal(signal)))
        }
    }

    /// Colours for what is printed.
    package var style: Style {
        Style(
            isTerminal: conversation.width != nil, environment: surroundings.environment,
            noColorFlag: options.hasNoColor)
    }

    /// The path as people write it: with `~` for the home folder, safe for a terminal.
    package func shown(_ path: String) -> String {
        let home = surroundings.directories.home
        guard home != "/", path.hasPrefix(home + "/") else { return path.printable }
        return "~" + String(path.dropFirst(home.count)).printable
    }
}

extension String {
    /// A count with its noun: `1 file`, `2 files`.
    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
