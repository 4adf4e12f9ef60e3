import Azure
import Diagnostics
import Glibc
import Posix
import Testing

@testable import SessionRuntime

@Suite struct LedgerWordsTests {
    @Test(
        arguments: [
            (
                FileError.Reason.openToOthers(0o755), "/s/ledger: open to others (mode 0755)",
                "look at what is in it, then: chmod 700 '/s/ledger'"
            ),
            (
                .foreignOwner(0), "/s/ledger: owned by user 0",
                "move it away; a folder of your own is made in its place"
            ),
            (
                .symbolicLink, "/s/ledger: a symbolic link",
                "move it away; a folder of your own is made in its place"
            ),
            (
                .system(SystemError("open", number: SystemError.noSuchFile)),
                "/s/ledger: No such file or directory",
                "make the state folder writable: no session is opened that a crash would leave behind"
            ),
            (
                .system(SystemError("flock", number: ENOLCK)), "/s/ledger: No locks available",
                "this file system has no locks: set XDG_STATE_HOME to a folder on one that has"
            ),
        ])
    func `name the path and the way out`(_ reason: FileError.Reason, _ problem: String, _ remedy: String) {
        let words = LedgerWords.diagnostic(FileError("/s/ledger", reason))
        #expect(words.code == "ledger.not-written")
        #expect(words.message == "the list of open sessions cannot be written: \(problem)")
        #expect(words.remedy == remedy)
        #expect(words.exit == .cannotWrite)
    }

    @Test(
        arguments: [
            (LedgerSweep.Report(deleted: 2), "2 deleted"),
            (LedgerSweep.Report(deleted: 1, kept: 3), "1 deleted, 3 kept for later"),
            (
                LedgerSweep.Report(expired: 1, refused: 1),
                "1 too old to be there, 1 of a foreign host, not asked for"
            ),
            (LedgerSweep.Report(unanswered: 4), "4 asked for, with no answer that is known"),
        ])
    func `say what became of the sessions of earlier runs`(_ found: LedgerSweep.Report, _ words: String) {
        #expect(LedgerWords.swept(found) == "sessions of an earlier run: " + words)
    }
}
