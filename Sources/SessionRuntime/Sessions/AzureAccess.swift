package import Azure
internal import Diagnostics
package import Keyring
internal import Posix
package import Profiles
package import Transport

/// One cloud as this run talks to it: whom to trust, which proxy, which account.
package struct AzureAccess: Sendable {
    package let cloud: CloudEndpoints
    package let context: TLSContext
    package let proxies: ProxyRules
    package let http: HTTPClient
    package let tokens: AccessTokens
    package let resourceManager: ResourceManagerClient
    package let bastion: BastionClient

    package static let userAgent = "bastion-up/\(Version.text)"
    /// How long a person may take to unlock the keyring.
    private static let promptTime = Duration.seconds(60)
    private static let keyringTime = Duration.seconds(10)

    /// Prepares everything but asks no service of Azure yet; the keyring is asked where the environment has no
    /// credential.
    package init(host: BastionHost, _ surroundings: Surroundings) async throws(SessionError) {
        let cloud = try Self.endpoints(of: host.cloud)
        let context = try Self.context(caFile: cloud.caFile, surroundings)
        let proxies = ProxyRules(environment: surroundings.environment)
        let http = HTTPClient(context: context, proxies: proxies, userAgent: Self.userAgent)
        let search = CredentialSearch(
            environment: surroundings.credential, signIns: SignInStore(surroundings.secrets, cloud: cloud))
        let tokens: AccessTokens
        do throws(AzureError) {
            let principal = try await search.find(
                account: host.account, tenant: host.tenant, by: Self.deadlines(surroundings))
            tokens = AccessTokens(
                cloud: cloud, principal: principal, tenant: host.tenant, http: http,
                store: surroundings.secrets, lockFile: Self.lockFile(surroundings))
        } catch { throw .azure(error) }
        self.cloud = cloud
        self.context = context
        self.proxies = proxies
        self.http = http
        self.tokens = tokens
        resourceManager = ResourceManagerClient(cloud: cloud, tokens: tokens, http: http)
        bastion = BastionClient(tokens: tokens, http: http)
    }

    package static func endpoints(of cloud: Cloud) throws(SessionError) -> CloudEndpoints {
        do {
            return try CloudEndpoints(
                authority: cloud.authority, resourceManager: cloud.resourceManager, audience: cloud.audience,
                bastionSuffix: cloud.bastionSuffix, caFile: cloud.caFile)
        } catch { throw .azure(error) }
    }

    package static func context(caFile: String?, _ surroundings: Surroundings) throws(SessionError)
        -> TLSContext
    {
        do {
            return try TLSContext.client(
                caFiles: [caFile].compactMap(\.self), environment: surroundings.environment)
        } catch { throw .tls(error) }
    }

    /// A keyring that is locked may ask its user where there is a desktop and input is allowed.
    package static func deadlines(_ surroundings: Surroundings) -> KeyringDeadlines {
        KeyringDeadlines(
            answer: .now.advanced(by: keyringTime), prompt: .now.advanced(by: keyringTime + promptTime))
    }

    /// Held by whichever process is asking for a token; without a folder for it every process asks for itself.
    private static func lockFile(_ surroundings: Surroundings) -> String {
        _ = try? surroundings.directories.runtimeFolder()
        return FilePath.join(surroundings.directories.runtime, "token.lock")
    }
}
