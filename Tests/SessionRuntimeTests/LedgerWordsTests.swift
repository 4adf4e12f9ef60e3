import Diagnostics
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
        ])
    func `name the path and the way out`(_ reason: FileError.Reason, _ problem: String, _ remedy: String) {
        let words = LedgerWords.diagnostic(FileError("/s/ledger", reason))
        #expect(words.code == "ledger.not-written")
        #expect(words.message == "the list of open sessions cannot be written: \(problem)")
        #expect(words.remedy == remedy)
        #expect(words.exit == .cannotWrite)
    }
}
