internal import Diagnostics

/// Makes a profile of its merged settings; what is missing or contradicts itself becomes a problem.
struct ProfileBuilder {
    let name: String
    let settings: SettingMap
    /// Where the profile's name stands.
    let place: SourceLocation?
    private(set) var problems: [Diagnostic] = []

    init(name: String, settings: SettingMap, at place: SourceLocation?) {
        (self.name, self.settings, self.place) = (name, settings, place)
    }

    /// What a profile cannot be without.
    struct Essentials {
        var host: BastionHost
        var target: Target
        var authentication: Authentication
        var client: Client
    }

    mutating func build(host: BastionHost?) -> Profile? {
        guard let essentials = essentials(host: host) else { return nil }
        let client = essentials.client
        var profile = Profile(
            name: name, host: essentials.host, target: essentials.target,
            targetPort: Self.targetPort(settings, client), authentication: essentials.authentication,
            client: client)
        profile.description = settings.text("description")
        profile.tags = settings.texts("tags")
        profile.ports = ports()
        profile.ssh = sshSettings()
        profile.rdp = rdpSettings()
        profile.reconnect.attempts =
            settings.map("reconnect").integer("attempts") ?? profile.reconnect.attempts
        profile.reconnect.maximumDelay =
            settings.map("reconnect").duration("maxDelay") ?? profile.reconnect.maximumDelay
        profile.tunnel = tunnelSettings()
        return profile
    }

    /// Whatever can be wrong with a profile is found here.
    mutating func essentials(host: BastionHost?) -> Essentials? {
        let target = target(of: host)
        let authentication = authentication()
        let client = client()
        guard let host, let target, let authentication, let client, problems.isEmpty else { return nil }
        return Essentials(host: host, target: target, authentication: authentication, client: client)
    }

    // MARK: target

    private mutating func target(of host: BastionHost?) -> Target? {
        let map = settings.map("target")
        if let text = map.text("resourceId") { return ScalarKind.resourceID(text).map(Target.resource) }
        if let text = map.text("ip") { return IPAddress(text).map { .address($0.description) } }
        if let machine = map.text("vm") {
            return composed([("virtualMachines", machine)], map, host)
        }
        if let set = map.text("vmss") {
            guard let instance = map.text("instance") else {
                report(
                    "profile.missing-key", "the scale set '\(set)' is given without 'instance'",
                    "add 'instance'",
                    map["vmss"]?.location)
                return nil
            }
            return composed([("virtualMachineScaleSets", set), ("virtualMachines", instance)], map, host)
        }
        report(
            "profile.missing-key", "the profile '\(name)' says no target",
            "add target: {resourceId: …}, or vm, vmss with instance, or ip",
            settings["target"]?.location ?? place)
        return nil
    }

    private func composed(_ path: [(type: String, name: String)], _ map: SettingMap, _ host: BastionHost?)
        -> Target?
    {
        guard let host else { return nil }
        return ResourceID(
            subscription: map.text("subscription") ?? host.resourceID.subscription,
            resourceGroup: map.text("resourceGroup") ?? host.resourceID.resourceGroup,
            provider: "Microsoft.Compute", path: path
        ).map(Target.resource)
    }

    static func targetPort(_ settings: SettingMap, _ client: Client) -> UInt16 {
        let written = settings.map("target").integer("port").flatMap(UInt16.init(exactly:))
        return written ?? (client == .xfreerdp ? 3389 : 22)
    }

    // MARK: signing in

    private mutating func authentication() -> Authentication? {
        let map = settings.map("auth")
        let username = map.text("username")
        let isSuggested = map["username"]?.origin == nil
        let sources = KeyTable.keyAlternatives.filter { map[$0] != nil }
        if let source = sources.first, map.text("type") != "ssh-key" {
            if let type = map["type"] {
                report(
                    "profile.conflicting-keys",
                    "'auth.\(source)' has no meaning with the sign-in '\(type.text ?? "")'",
                    "remove it, or set auth.type to ssh-key", map[source]?.location)
            } else {
                report(
                    "profile.missing-key", "'auth.\(source)' is given without 'auth.type'",
                    "add type: ssh-key",
                    map[source]?.location)
            }
            return nil
        }
        switch map.text("type") {
        case "password": return Authentication(method: .password, username: username)
        case "aad", "entra": return Authentication(method: .entra, username: username)
        case "ssh-key":
            return keySource(map).map { Authentication(method: .sshKey($0), username: username) }
        default:
            return Authentication(method: .none, username: username, isUsernameSuggested: isSuggested)
        }
    }

    private mutating func keySource(_ map: SettingMap) -> Authentication.KeySource? {
        if let key = map.text("key") { return key == "keyring" ? .keyring : .file(key) }
        if map.boolean("agent") == true { return .agent }
        guard let setting = map["keyVault"] else { return .unspecified }
        let vault = map.map("keyVault")
        guard let name = vault.text("vault"), let secret = vault.text("secret") else {
            report(
                "profile.missing-key", "'auth.keyVault' needs 'vault' and 'secret'", "give both names",
                setting.location)
            return nil
        }
        return .keyVault(vault: name, secret: secret, version: vault.text("version"))
    }

    // MARK: client and ports

    private mutating func client() -> Client? {
        guard let setting = settings["client"] else {
            return settings.map("target").integer("port") == 3389 ? .xfreerdp : .ssh
        }
        if let map = setting.map {
            let words = map.texts("command")
            guard words.isEmpty else { return .command(words) }
            report("profile.empty-value", "'client.command' is empty", "name a program", setting.location)
            return nil
        }
        return Self.client(named: setting.text ?? "")
    }

    static func client(named word: String) -> Client {
        switch word {
        case "xfreerdp": .xfreerdp
        case "putty": .putty
        case "none": .none
        default: .ssh
        }
    }

    private func ports() -> [PortMapping] {
        (settings["ports"]?.list ?? []).compactMap { setting in
            var mapping: PortMapping?
            if let text = setting.text {
                mapping = PortMapping(text)
            } else if let map = setting.map, let local = map.integer("local").flatMap(UInt16.init(exactly:)),
                let remote = map.integer("remote").flatMap(UInt16.init(exactly:))
            {
                let route = map.text("via").flatMap(PortMapping.Route.init(rawValue:)) ?? .bastion
                let address = map.text("address").map { IPAddress($0)?.description ?? $0 }
                mapping = PortMapping(address: address, local: local, remote: remote, route: route)
            }
            if mapping?.address == "localhost" { mapping?.address = "127.0.0.1" }
            return mapping
        }
    }

    private mutating func report(
        _ code: String, _ message: String, _ remedy: String, _ place: SourceLocation?
    ) {
        problems.append(Diagnostic(code, message, remedy: remedy, at: place))
    }
}
