import Planning
import Diagnostics
import Planning
import Posix
import SSHKeys
import Testing

@testable import SessionRuntime

@Suite struct SSHKeyWordsTests {
    private static let missing = SystemError("posix_spawn", number: SystemError.noSuchFile)

    static let cases: [(SSHKeyError, code: String, exit: Diagnostics.ExitStatus, says: String)] = [
        (.noKey, "key.none", .invalidData, "is no private key"),
        (.severalKeys, "key.several", .invalidData, "several"),
        (.publicKey, "key.public", .invalidData, "authorized_keys"),
        (.certificate, "key.certificate", .invalidData, "private key"),
        (.puttyKey, "key.putty", .invalidData, "puttygen KEY.ppk -O private-openssh-new"),
        (.damaged(.noEnd), "key.damaged", .invalidData, "END line"),
        (.damaged(.notBase64), "key.damaged", .invalidData, "characters"),
        (.damaged(.malformed), "key.damaged", .invalidData, "a part of it"),
        (.unsupported("a DSA key"), "key.unsupported", .invalidData, "a DSA key"),
        (.passphraseMissing, "key.passphrase-missing", .notPermitted, "secret set dev --passphrase"),
        (.passphraseWrong, "key.passphrase-wrong", .notPermitted, "secret set dev --passphrase"),
        (.refused("no room\nat all"), "key.refused", .invalidData, "'no room'"),
        (.notStarted(program: "ssh-add", missing), "agent.not-started", .unavailable, "ssh-add"),
        (.agentEnded, "agent.ended", .unavailable, "ssh-agent"),
        (.silent, "agent.silent", .unavailable, "agent dev --stop"),
        (.file(FileError("/run/x", .notFolder)), "system.file", .cannotWrite, "/run/x"),
        (.system(missing), "system.failed", .systemError, "posix_spawn"),
        (.cancelled, "session.cancelled", .signal(2), "ended"),
    ]

    @Test(arguments: cases)
    func `says what happened to the key, and what to do`(
        error: SSHKeyError, code: String, exit: Diagnostics.ExitStatus, says: String
    ) throws {
        var label = try Samples.label()
        label.kind = error == .passphraseMissing || error == .passphraseWrong ? .passphrase : .privateKey
        label.profile = "dev"
        let diagnostic = SSHKeyWords(label: label).diagnostic(error)
        #expect(diagnostic.code == code)
        #expect(diagnostic.exit == exit)
        #expect(diagnostic.text.contains(says), "\(diagnostic.text)")
    }
}
