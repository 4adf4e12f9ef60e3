package import Keyring

/// Chooses what to sign in with: the account that was asked for, the environment, our own sign-in.
package struct CredentialSearch: Sendable {
    package let environment: EnvironmentCredential
    package let signIns: SignInStore

    package init(environment: EnvironmentCredential, signIns: SignInStore) {
        self.environment = environment
        self.signIns = signIns
    }

    /// - Parameters:
    ///   - account: the client id that the host or the configuration names.
    ///   - tenant: the host's, which decides between sign-ins of several tenants.
    package func find(account: String?, tenant: String?, by deadlines: KeyringDeadlines)
        async throws(AzureError) -> ServicePrincipal
    {
        if case .complete(let principal) = environment, account.map({ same($0, principal.clientID) }) ?? true
        {
            return principal
        }
        let known: [SignInStore.Account]
        do { known = try await signIns.accounts(by: deadlines) } catch {
            throw .noCredential(nothing(for: account, error))
        }
        var fitting = known.filter { one in account.map { same($0, one.clientID) } ?? true }
        if fitting.count > 1, let tenant {
            let ofTenant = fitting.filter { same($0.tenant, tenant) }
            if !ofTenant.isEmpty { fitting = ofTenant }
        }
        guard let chosen = fitting.first else { throw .noCredential(nothing(for: account, nil)) }
        guard fitting.count == 1 else {
            throw .noCredential(.severalAccounts(fitting.map { "\($0.clientID) (tenant \($0.tenant))" }))
        }
        do {
            if let principal = try await signIns.principal(chosen, by: deadlines) { return principal }
        } catch { throw .noCredential(.keyring(error)) }
        throw .noCredential(nothing(for: account, nil))
    }

    private func nothing(for account: String?, _ failure: KeyringError?) -> CredentialProblem {
        if let account { return .unknownAccount(account, keyring: failure) }
        return .notSignedIn(environment: environment.gap, keyring: failure)
    }

    private func same(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }
}
