internal import Azure
internal import Diagnostics
internal import Keyring

/// Words for a run that has nothing to sign in with.
struct CredentialWords {
    let host: String

    private static let remedy =
        "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run "
        + "'bastion-up login --service-principal'"

    func diagnostic(_ problem: CredentialProblem) -> Diagnostic {
        switch problem {
        case .notSignedIn(.missing(let names)?, _):
            Diagnostic(
                "login.incomplete-environment",
                "the credential in the environment lacks \(names.joined(separator: ", "))",
                remedy: Self.remedy, exit: .notPermitted)
        case .notSignedIn(.unsupported(let name)?, _):
            Diagnostic(
                "login.not-supported-yet", "\(name) names a way of signing in that is not supported yet",
                remedy: Self.remedy, exit: .configuration)
        case .notSignedIn(nil, let keyring): missing(keyring)
        case .unknownAccount(let account, _):
            Diagnostic(
                "login.unknown-account", "the account '\(account)' is not signed in",
                remedy: "run 'bastion-up login --service-principal', or change hosts.\(host).account",
                exit: .notPermitted)
        case .severalAccounts(let accounts):
            Diagnostic(
                "login.several-accounts", "several accounts fit: \(accounts.joined(separator: ", "))",
                remedy: "name one in hosts.\(host).account", exit: .configuration)
        case .keyring(let error): KeyringWords(label: nil).diagnostic(error)
        case .invalidTenant(let tenant):
            Diagnostic(
                "login.invalid-tenant", "'\(tenant)' is neither a tenant's ID nor a domain",
                remedy: "check hosts.\(host).tenant and AZURE_TENANT_ID")
        }
    }

    private func missing(_ keyring: KeyringError?) -> Diagnostic {
        let words = keyring.map { "; the keyring cannot be asked: \(KeyringWords.reason($0))" } ?? ""
        return Diagnostic(
            "login.missing", "nobody is signed in to Azure\(words)", remedy: Self.remedy, exit: .notPermitted)
    }
}
