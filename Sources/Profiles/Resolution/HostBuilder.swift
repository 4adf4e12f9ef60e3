internal import Diagnostics

/// Makes bastion hosts and clouds of their settings.
struct HostBuilder {
    private(set) var problems: [Diagnostic] = []

    /// - Parameter place: of the host's name, for what is missing.
    mutating func host(
        _ name: String, _ map: SettingMap, cloud: Cloud, account: String?, at place: SourceLocation?
    ) -> BastionHost? {
        guard let id = resourceID(name, map, place) else { return nil }
        return BastionHost(
            name: name, resourceID: id, tenant: map.text("tenant"), cloud: cloud,
            account: map.text("account") ?? account)
    }

    private mutating func resourceID(_ name: String, _ map: SettingMap, _ place: SourceLocation?)
        -> ResourceID?
    {
        let parts = ["name", "resourceGroup", "subscription"]
        if let setting = map["resourceId"] {
            if let other = parts.first(where: { map[$0] != nil }) {
                problems.append(
                    Diagnostic(
                        "profile.conflicting-keys", "'\(other)' and 'resourceId' exclude each other",
                        remedy: "the resource ID says it all: remove '\(other)'", at: map[other]?.location))
            }
            return setting.text.flatMap(ResourceID.init)
        }
        let missing = parts.filter { map[$0] == nil }
        guard missing.isEmpty, let resource = map.text("name"), let group = map.text("resourceGroup"),
            let subscription = map.text("subscription")
        else {
            problems.append(
                .incomplete(.hosts, name, missing, orElse: "or give resourceId instead", at: place))
            return nil
        }
        return ResourceID(
            subscription: subscription, resourceGroup: group, provider: "Microsoft.Network",
            path: [("bastionHosts", resource)])
    }

    /// A cloud of its own, or a built-in one with some keys replaced.
    mutating func cloud(_ name: String, _ map: SettingMap, at place: SourceLocation?) -> Cloud? {
        let builtIn = Cloud.builtIn.first { $0.name == name }
        let resourceManager = map.text("resourceManager").flatMap(WebOrigin.parse)
        guard let authority = map.text("authority").flatMap(WebOrigin.parse) ?? builtIn?.authority,
            let manager = resourceManager ?? builtIn?.resourceManager,
            let suffix = map.text("bastionSuffix") ?? builtIn?.bastionSuffix
        else {
            let missing = ["authority", "resourceManager", "bastionSuffix"].filter { map[$0] == nil }
            if !missing.isEmpty {
                problems.append(.incomplete(.clouds, name, missing, orElse: "", at: place))
            }
            return nil
        }
        let inheritedAudience = resourceManager == nil ? builtIn?.audience : nil
        return Cloud(
            name: name, authority: authority, resourceManager: manager,
            audience: map.text("audience") ?? inheritedAudience ?? manager,
            bastionSuffix: suffix.lowercased(),
            keyVaultSuffix: map.text("keyVaultSuffix")?.lowercased() ?? builtIn?.keyVaultSuffix,
            sshScope: map.text("sshScope") ?? builtIn?.sshScope, caFile: map.text("caFile"),
            clientID: map.text("clientId"))
    }
}

extension Diagnostic {
    static func incomplete(
        _ section: Section, _ name: String, _ missing: [String], orElse: String, at place: SourceLocation?
    ) -> Diagnostic {
        let list = missing.map { "'\($0)'" }.joined(separator: ", ")
        return Diagnostic(
            "profile.missing-key", "the \(section.noun) '\(name)' does not give \(list)",
            remedy: orElse.isEmpty ? "add \(list)" : "add \(list), \(orElse)", at: place)
    }
}
