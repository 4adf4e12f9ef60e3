internal import Profiles

/// The bastion hosts that drafts lie behind: those that the user's files know, and new ones.
package struct HostBook {
    private let known: [KnownHost]
    package private(set) var drafts: [HostDraft] = []

    package init(known: [KnownHost]) { self.known = known }

    /// The short name of a host: the one that it has already, or a new one like its name in Azure.
    package mutating func shortName(of address: HostDraft.Address, tenant: String? = nil) -> String? {
        guard let id = address.resourceID else { return nil }
        if let host = known.first(where: { $0.resourceID == id }) { return host.name }
        if let host = drafts.first(where: { $0.address.resourceID == id }) { return host.name }
        let taken = Set(known.map(\.name) + drafts.map(\.name))
        let base = NameKind.resource.admits(id.name) ? id.name : DraftNames.name(from: id.name)
        var name = base
        var number = 2
        while taken.contains(name) {
            name = "\(base.prefix(58))-\(number)"
            number += 1
        }
        drafts.append(HostDraft(name: name, address: address, tenant: tenant))
        return name
    }

    /// The only known host of a name in Azure, and perhaps a resource group.
    func known(_ name: String, resourceGroup: String?) -> String? {
        let found = known.filter { host in
            host.resourceID.name.lowercased() == name.lowercased()
                && resourceGroup.map { $0.lowercased() == host.resourceID.resourceGroup.lowercased() } ?? true
        }
        return found.count == 1 ? found.first?.name : nil
    }
}
