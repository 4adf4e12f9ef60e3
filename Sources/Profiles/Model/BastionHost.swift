/// A bastion host as a profile names it, with its cloud looked up.
package struct BastionHost: Hashable, Sendable {
    /// The short name under `hosts`.
    package var name: String
    package var resourceID: ResourceID
    /// A GUID or a domain; nil means the tenant of the sign-in.
    package var tenant: String?
    package var cloud: Cloud
    /// Which signed-in account, where there are several.
    package var account: String?

    package init(name: String, resourceID: ResourceID, tenant: String?, cloud: Cloud, account: String? = nil)
    {
        self.name = name
        self.resourceID = resourceID
        self.tenant = tenant
        self.cloud = cloud
        self.account = account
    }
}
