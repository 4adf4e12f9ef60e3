package import Diagnostics
package import Keyring
package import Planning

/// Words for a keyring that does not give or take a secret.
package struct KeyringWords {
    private let label: SecretLabel?

    package init(label: SecretLabel?) { self.label = label }

    static func reason(_ error: KeyringError) -> String {
        switch error {
        case .noService(.bus): "there is no session bus"
        case .noService(.busUnreachable): "the session bus does not answer"
        case .noService(.provider): "no Secret Service is running"
        case .locked: "it is locked"
        case .promptDismissed: "its prompt was closed"
        case .timedOut: "it does not answer"
        case .noDefaultCollection: "it has no default collection"
        case .unstorable: "the secret holds a zero byte"
        case .failed(let domain, let code): "\(domain) \(code)"
        }
    }

    package func diagnostic(_ error: KeyringError) -> Diagnostic {
        let what =
            label.map { "the \($0.text) cannot be had from the keyring" } ?? "the keyring cannot be used"
        return Diagnostic(
            code(error), "\(what): \(Self.reason(error))", remedy: remedy(error), exit: exit(error))
    }

    private func code(_ error: KeyringError) -> String {
        switch error {
        case .noService: "keyring.no-service"
        case .locked: "keyring.locked"
        case .promptDismissed: "keyring.prompt-dismissed"
        case .timedOut: "keyring.timed-out"
        case .noDefaultCollection: "keyring.no-collection"
        case .unstorable: "keyring.unstorable"
        case .failed: "keyring.failed"
        }
    }

    private func remedy(_ error: KeyringError) -> String {
        switch error {
        case .noService:
            "start a Secret Service (gnome-keyring, KeePassXC), or use an ssh key and the AZURE_* environment"
        case .locked: "unlock the login keyring and try again"
        case .promptDismissed: "try again and answer the keyring's prompt"
        case .timedOut: "the keyring's service hangs: restart it"
        case .noDefaultCollection: "create a default keyring in your desktop's settings"
        case .unstorable: "store it without the zero byte"
        case .failed: "look at the keyring's own log"
        }
    }

    private func exit(_ error: KeyringError) -> ExitStatus {
        switch error {
        case .locked, .promptDismissed, .noDefaultCollection: .notPermitted
        case .unstorable: .invalidData
        case .noService, .timedOut, .failed: .unavailable
        }
    }
}
