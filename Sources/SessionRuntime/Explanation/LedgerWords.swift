package import Azure
internal import Diagnostics
internal import Posix

/// The list of open sessions in words: why it cannot be kept, and what was found in it.
package enum LedgerWords {
    static func diagnostic(_ error: FileError) -> Diagnostic {
        let remedy =
            switch error.reason {
            case .openToOthers: "look at what is in it, then: chmod 700 '\(error.path)'"
            case .foreignOwner, .symbolicLink, .notFolder, .notRegularFile:
                "move it away; a folder of your own is made in its place"
            case .system(let failure) where failure.call == "flock":
                "this file system has no locks: set XDG_STATE_HOME to a folder on one that has"
            case .system, .tooLarge, .pathTooLong:
                "make the state folder writable: no session is opened that a crash would leave behind"
            }
        return Diagnostic(
            "ledger.not-written", "the list of open sessions cannot be written: \(error)", remedy: remedy,
            exit: .cannotWrite)
    }

    /// What is said of the sessions that runs which died had left open.
    package static func swept(_ found: LedgerSweep.Report) -> String {
        let parts = [
            (found.deleted, "deleted"), (found.kept, "kept for later"),
            (found.expired, "too old to be there"), (found.refused, "of a foreign host, not asked for"),
            (found.unanswered, "asked for, with no answer that is known"),
        ]
        let said = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "sessions of an earlier run: " + said.joined(separator: ", ")
    }
}
