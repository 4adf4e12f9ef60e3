package import Profiles

/// A bastion host that is being written.
package struct HostDraft: Hashable, Sendable {
    /// The short name under `hosts`.
    package var name: String
    package var address: Address
    /// A tenant ID or domain; nil leaves it to the sign-in.
    package var tenant: String?

    /// What Azure knows the host by.
    package enum Address: Hashable, Sendable {
        case resourceID(ResourceID)
        case parts(name: String, resourceGroup: String, subscription: String)

        /// Nil where a part cannot stand in a resource ID.
        package var resourceID: ResourceID? {
            switch self {
            case .resourceID(let id): id
            case .parts(let name, let group, let subscription):
                ResourceID(
                    subscription: subscription, resourceGroup: group, provider: "Microsoft.Network",
                    path: [("bastionHosts", name)])
            }
        }
    }

    package init(name: String, address: Address, tenant: String? = nil) {
        (self.name, self.address, self.tenant) = (name, address, tenant)
    }

    var settings: [DraftSetting] {
        var settings: [DraftSetting]
        switch address {
        case .resourceID(let id): settings = [DraftSetting(["resourceId"], .literal(id.text))]
        case .parts(let name, let group, let subscription):
            settings = [
                DraftSetting(["name"], .literal(name)), DraftSetting(["resourceGroup"], .literal(group)),
                DraftSetting(["subscription"], .literal(subscription)),
            ]
        }
        if let tenant { settings.append(DraftSetting(["tenant"], .literal(tenant))) }
        return settings
    }
}

/// A bastion host that the user's files define already.
package struct KnownHost: Hashable, Sendable {
    package var name: String
    package var resourceID: ResourceID

    package init(name: String, resourceID: ResourceID) {
        (self.name, self.resourceID) = (name, resourceID)
    }
}
