internal import Diagnostics

/// Views of resolved settings: the tree for `show`, the places for the planner, the short forms for `list`.
enum SettingsTree {
    /// The settings in the form of a profile file, with the defaults that decide what happens.
    static func make(_ name: String, _ resolution: Resolution) -> ResolvedSettings {
        var top = SettingMap()
        top["version"] = Setting(.text("1", isPlain: true))
        if let cloud = resolution.cloudSettings { top["clouds"] = named(cloud.name, cloud.map) }
        if let host = resolution.hostSettings { top["hosts"] = named(host.name, host.map) }
        var profile = resolution.settings
        if profile["client"] == nil, let client = clientName(profile) {
            profile["client"] = Setting(.text(client, isPlain: true))
        }
        if var target = profile["target"], var map = target.map, map["port"] == nil {
            let client = ProfileBuilder.client(named: clientName(profile) ?? "ssh")
            map["port"] = Setting(.text("\(ProfileBuilder.targetPort(profile, client))", isPlain: true))
            target.value = .map(map)
            profile["target"] = target
        }
        top["profiles"] = named(name, profile)
        return ResolvedSettings(top: top)
    }

    private static func named(_ name: String, _ map: SettingMap) -> Setting {
        var outer = SettingMap()
        outer[name] = Setting(.map(map))
        return Setting(.map(outer))
    }

    /// Where each value stands, by the paths of `Profile.places`.
    static func places(_ resolution: Resolution, name: SourceLocation) -> [String: SourceLocation] {
        var places = ["": name]
        func collect(_ setting: Setting, _ path: String) {
            places[path] = setting.location
            for (index, item) in (setting.list ?? []).enumerated() { collect(item, "\(path)[\(index)]") }
            for entry in setting.map?.entries ?? [] { collect(entry.setting, "\(path).\(entry.key)") }
        }
        for entry in resolution.settings.entries { collect(entry.setting, entry.key) }
        for entry in resolution.hostSettings?.map.entries ?? [] {
            collect(entry.setting, "host.\(entry.key)")
        }
        for entry in resolution.cloudSettings?.map.entries ?? [] {
            collect(entry.setting, "host.cloud.\(entry.key)")
        }
        return places
    }

    static func shortTarget(_ settings: SettingMap) -> String? {
        let map = settings.map("target")
        if let text = map.text("resourceId") {
            return ResourceID(text)?.path.map(\.name).joined(separator: "/")
        }
        if let set = map.text("vmss") { return map.text("instance").map { "\(set)/\($0)" } ?? set }
        return map.text("vm") ?? map.text("ip")
    }

    static func clientName(_ settings: SettingMap) -> String? {
        guard let setting = settings["client"] else {
            return settings.map("target").integer("port") == 3389 ? "xfreerdp" : "ssh"
        }
        return setting.text ?? setting.map?.texts("command").first
    }
}
