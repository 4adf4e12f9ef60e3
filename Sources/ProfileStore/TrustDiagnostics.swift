internal import Diagnostics
internal import Posix

/// What can be wrong with the trust ledger.
extension Diagnostic {
    static func ledgerUnreadable(_ path: String, _ error: FileError) -> Diagnostic {
        Diagnostic(
            "trust.unreadable", "the record of trusted files cannot be read: \(error)",
            remedy: "make '\(path)' readable, or delete it and trust the files again", exit: .notPermitted)
    }

    static func ledgerDamaged(_ path: String) -> Diagnostic {
        Diagnostic(
            "trust.damaged", "the record of trusted files is damaged: '\(path)'",
            remedy: "delete it and trust the files again: bastion-up trust FILE", exit: .notPermitted)
    }

    static func ledgerExposed(_ path: String, _ facts: FileFacts) -> Diagnostic {
        Diagnostic(
            "trust.exposed", "others than you may have changed the record of trusted files: '\(path)'",
            remedy: "delete it and trust the files again: bastion-up trust FILE", exit: .notPermitted)
    }

    static func ledgerBusy(_ path: String) -> Diagnostic {
        Diagnostic(
            "trust.busy", "another bastion-up is changing the record of trusted files: '\(path)'",
            remedy: "try again", exit: .tryLater)
    }

    static func ledgerUnwritable(_ path: String, _ error: any Error) -> Diagnostic {
        Diagnostic(
            "trust.unwritable", "the record of trusted files cannot be written: \(error)",
            remedy: "check '\(FilePath.folder(of: path))': it must be yours alone (0700)", exit: .cannotWrite)
    }
}
