/// One thing that is wrong (or doubtful): a stable code, what happened to what, and the way out.
package struct Diagnostic: Error, Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable { case error, warning }

    /// Stable, dotted, lower case: `profile.unknown-key`. Outlives the wording.
    package var code: String
    package var severity: Severity
    /// One sentence: what happened to what. Without a full stop.
    package var message: String
    /// One sentence: what to do. Empty only where there is nothing to do.
    package var remedy: String
    package var location: SourceLocation?
    /// The text of the line at `location`, without its end; shown above the caret.
    package var sourceLine: String?
    /// What the process exits with when this ends it.
    package var exit: ExitStatus

    package init(
        _ code: String, _ message: String, remedy: String = "", at location: SourceLocation? = nil,
        severity: Severity = .error, exit: ExitStatus = .invalidData
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.remedy = remedy
        self.location = location
        self.exit = exit
    }

    package static func warning(
        _ code: String, _ message: String, remedy: String = "", at location: SourceLocation? = nil
    ) -> Diagnostic {
        Diagnostic(code, message, remedy: remedy, at: location, severity: .warning, exit: .success)
    }
}
