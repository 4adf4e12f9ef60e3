package import Keyring
package import Posix
internal import Transport

/// An application that signs in with a secret of its own.
package struct ServicePrincipal: Sendable {
    package enum Origin: Hashable, Sendable { case environment, keyring }

    /// The tenant that it was registered in: a GUID or a domain.
    package let tenant: String
    package let clientID: String
    package let secret: SecretBytes
    package let origin: Origin

    package init(tenant: String, clientID: String, secret: SecretBytes, origin: Origin) {
        self.tenant = tenant
        self.clientID = clientID
        self.secret = secret
        self.origin = origin
    }
}

/// The sign-ins that `login` keeps in the keyring: one item each, found by cloud, tenant and client.
package struct SignInStore: Sendable {
    private let store: any SecretStore
    private let authority: String

    package init(_ store: any SecretStore, cloud: CloudEndpoints) {
        self.store = store
        authority = cloud.authority.authority
    }

    /// A sign-in as the keyring lists it.
    package struct Account: Hashable, Sendable {
        package let tenant: String
        package let clientID: String
        package let isLocked: Bool
    }

    private func attributes(tenant: String? = nil, clientID: String? = nil) -> SecretAttributes {
        var values = ["authority": authority]
        values["tenant"] = tenant
        values["client"] = clientID
        return SecretAttributes(.clientSecret, values)
    }

    package func save(_ principal: ServicePrincipal, by deadlines: KeyringDeadlines)
        async throws(KeyringError)
    {
        try await store.store(
            principal.secret, label: "bastion-up: client secret of \(principal.clientID)",
            attributes(tenant: principal.tenant, clientID: principal.clientID), by: deadlines)
    }

    /// The accounts of this cloud, in a stable order.
    package func accounts(by deadlines: KeyringDeadlines) async throws(KeyringError) -> [Account] {
        let found = try await store.search(attributes(), by: deadlines).compactMap { item -> Account? in
            let values = item.attributes.values
            guard let tenant = values["tenant"], let client = values["client"] else { return nil }
            return Account(tenant: tenant, clientID: client, isLocked: item.isLocked)
        }
        return Set(found).sorted { ($0.clientID, $0.tenant) < ($1.clientID, $1.tenant) }
    }

    package func principal(_ account: Account, by deadlines: KeyringDeadlines)
        async throws(KeyringError) -> ServicePrincipal?
    {
        let secret = try await store.lookup(
            attributes(tenant: account.tenant, clientID: account.clientID), by: deadlines)
        return secret.map {
            ServicePrincipal(
                tenant: account.tenant, clientID: account.clientID, secret: $0, origin: .keyring)
        }
    }

    /// Deletes the sign-in and the access tokens that were got with it; all of the cloud's without an account.
    /// - Returns: whether there was a sign-in.
    package func remove(_ account: Account?, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> Bool
    {
        let existed = try await store.delete(
            attributes(tenant: account?.tenant, clientID: account?.clientID), by: deadlines)
        var values = ["authority": authority]
        values["client"] = account?.clientID
        _ = try await store.delete(SecretAttributes(.accessToken, values), by: deadlines)
        return existed
    }
}
