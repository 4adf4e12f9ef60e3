/// The endpoints of an Azure cloud: a public one, a sovereign one, or an emulated one.
///
/// URLs are `https://host[:port]` without a trailing slash and without a path.
package struct Cloud: Hashable, Sendable {
    package var name: String
    /// Where tokens are issued, for example `https://login.microsoftonline.com`.
    package var authority: String
    /// For example `https://management.azure.com`.
    package var resourceManager: String
    /// The resource that the token is for; the scope asked for is this and `/.default`.
    package var audience: String
    /// Hosts at or under this domain may get the Azure token.
    package var bastionSuffix: String
    package var keyVaultSuffix: String?
    /// The scope of the SSH certificate request; nil where the cloud offers none.
    package var sshScope: String?
    /// A PEM file of further certificate authorities for this cloud's endpoints; an absolute path.
    package var caFile: String?
    /// The public client that interactive sign-in uses; nil means the Azure CLI's.
    package var clientID: String?

    package init(
        name: String, authority: String, resourceManager: String, audience: String, bastionSuffix: String,
        keyVaultSuffix: String? = nil, sshScope: String? = nil, caFile: String? = nil, clientID: String? = nil
    ) {
        self.name = name
        self.authority = authority
        self.resourceManager = resourceManager
        self.audience = audience
        self.bastionSuffix = bastionSuffix
        self.keyVaultSuffix = keyVaultSuffix
        self.sshScope = sshScope
        self.caFile = caFile
        self.clientID = clientID
    }
}

extension Cloud {
    /// Azure's own clouds (endpoints of azure-cli-core 2.91; the two sovereign Bastion suffixes are inferred).
    package static let builtIn: [Cloud] = [
        Cloud(
            name: "AzureCloud", authority: "https://login.microsoftonline.com",
            resourceManager: "https://management.azure.com", audience: "https://management.core.windows.net/",
            bastionSuffix: "bastion.azure.com", keyVaultSuffix: "vault.azure.net",
            sshScope: "https://pas.windows.net/CheckMyAccess/Linux/.default"),
        Cloud(
            name: "AzureUSGovernment", authority: "https://login.microsoftonline.us",
            resourceManager: "https://management.usgovcloudapi.net",
            audience: "https://management.core.usgovcloudapi.net/",
            bastionSuffix: "bastion.usgovcloudapi.net",
            keyVaultSuffix: "vault.usgovcloudapi.net",
            sshScope: "https://pasff.usgovcloudapi.net/CheckMyAccess/Linux/.default"),
        Cloud(
            name: "AzureChinaCloud", authority: "https://login.chinacloudapi.cn",
            resourceManager: "https://management.chinacloudapi.cn",
            audience: "https://management.core.chinacloudapi.cn/", bastionSuffix: "bastion.chinacloudapi.cn",
            keyVaultSuffix: "vault.azure.cn",
            sshScope: "https://pas.chinacloudapi.cn/CheckMyAccess/Linux/.default"),
    ]
}
