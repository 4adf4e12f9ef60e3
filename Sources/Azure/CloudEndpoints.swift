package import Transport

/// Where a cloud's services are, in the form that requests need.
package struct CloudEndpoints: Hashable, Sendable {
    /// Where tokens are issued.
    package let authority: Origin
    package let resourceManager: Origin
    /// The resource that tokens are for, as the cloud spells it: with or without a trailing slash.
    package let audience: String
    /// Hosts at or under this domain may get the Azure token.
    package let bastionSuffix: String
    /// A PEM file of further certificate authorities; an absolute path.
    package let caFile: String?

    /// - Throws: `AzureError.invalidCloud` for a URL that is not `https://host[:port]`, or an empty suffix.
    package init(
        authority: String, resourceManager: String, audience: String, bastionSuffix: String, caFile: String?
    ) throws(AzureError) {
        guard let authorityOrigin = Origin(authority) else { throw .invalidCloud(setting: authority) }
        guard let managerOrigin = Origin(resourceManager) else {
            throw .invalidCloud(setting: resourceManager)
        }
        guard BastionEndpoint.isPlainName(bastionSuffix) else { throw .invalidCloud(setting: bastionSuffix) }
        self.authority = authorityOrigin
        self.resourceManager = managerOrigin
        self.audience = audience
        self.bastionSuffix = bastionSuffix.lowercased()
        self.caFile = caFile
    }

    /// The scope of a token for the audience: its trailing slash stays, which gives two in a row.
    package var scope: String { audience + "/.default" }
}
