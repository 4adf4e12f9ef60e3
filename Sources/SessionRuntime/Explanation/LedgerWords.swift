internal import Diagnostics
internal import Posix

/// Why the list of open sessions cannot be kept, in words.
enum LedgerWords {
    static func diagnostic(_ error: FileError) -> Diagnostic {
        let remedy =
            switch error.reason {
            case .openToOthers: "look at what is in it, then: chmod 700 '\(error.path)'"
            case .foreignOwner, .symbolicLink, .notFolder, .notRegularFile:
                "move it away; a folder of your own is made in its place"
            case .system, .tooLarge, .pathTooLong:
                "make the state folder writable: no session is opened that a crash would leave behind"
            }
        return Diagnostic(
            "ledger.not-written", "the list of open sessions cannot be written: \(error)", remedy: remedy,
            exit: .cannotWrite)
    }
}
