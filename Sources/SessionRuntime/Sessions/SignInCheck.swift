package import Azure
internal import Keyring
internal import Posix
package import Profiles
internal import Transport

/// Asks Microsoft Entra whether a credential is good, before it is kept.
package struct SignInCheck: Sendable {
    package let cloud: CloudEndpoints
    private let http: any HTTPSending

    /// Entra answers within a second or two; it is asked again where it is busy.
    private static let time = Duration.seconds(30)

    package init(cloud: Cloud, _ surroundings: Surroundings) throws(SessionError) {
        let endpoints = try AzureAccess.endpoints(of: cloud)
        let client = HTTPClient(
            context: try AzureAccess.context(caFile: endpoints.caFile, surroundings),
            proxies: ProxyRules(environment: surroundings.environment), userAgent: AzureAccess.userAgent)
        self.init(cloud: endpoints, http: client)
    }

    package init(cloud: CloudEndpoints, http: any HTTPSending) {
        self.cloud = cloud
        self.http = http
    }

    /// Gets a token with the credential and forgets it. A token that the keyring has from an earlier secret of
    /// the same client proves nothing, so the keyring is not asked.
    package func verify(_ principal: ServicePrincipal) async throws(SessionError) {
        let tokens = AccessTokens(
            cloud: cloud, principal: principal, tenant: nil, http: http, store: AbsentKeyring(), lockFile: "")
        do { _ = try await tokens.token(until: .now.advanced(by: Self.time)) } catch { throw .azure(error) }
    }
}

/// A keyring that is not there.
struct AbsentKeyring: SecretStore {
    func lookup(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> SecretBytes?
    { throw .noService(.provider) }

    func store(
        _ secret: SecretBytes, label: String, _ attributes: SecretAttributes, by deadlines: KeyringDeadlines
    ) async throws(KeyringError) { throw .noService(.provider) }

    func delete(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> Bool
    { throw .noService(.provider) }

    func search(_ attributes: SecretAttributes, by deadlines: KeyringDeadlines) async throws(KeyringError)
        -> [StoredItem]
    { throw .noService(.provider) }
}
