internal import Diagnostics
internal import YAML

/// One profile being resolved: its merged settings, its host and cloud, and everything that was found wrong.
struct Resolution {
    let index: DefinitionIndex
    let context: ResolutionContext
    let configuration: Configuration
    private(set) var problems: [Diagnostic] = []
    private(set) var gatedRequests: [GatedRequest] = []
    private(set) var settings = SettingMap()
    private(set) var hostSettings: (name: String, map: SettingMap)?
    private(set) var cloudSettings: (name: String, map: SettingMap)?

    init(_ index: DefinitionIndex, _ context: ResolutionContext, _ configuration: Configuration) {
        (self.index, self.context, self.configuration) = (index, context, configuration)
    }

    // MARK: settings

    /// Merges the chain that ends in the definition, under the user's defaults.
    mutating func merge(_ definition: Int) throws(Problems) {
        var bases = MergedBases()
        try merge(definition, over: &bases)
    }

    /// - Parameter bases: what is extended, for the next profiles that extend the same.
    mutating func merge(_ definition: Int, over bases: inout MergedBases) throws(Problems) {
        let chain = try ExtendsChain(index: index).from(definition)
        for link in chain { problems += index.definitions[link].entry.problems.warnings }
        var merged = bases.settings(of: chain, in: index)
        for key in ["template", "extends"] { merged[key] = nil }
        checkGates(merged, .profiles)
        interpolate(&merged, .profiles)
        settings = consume merged
        addDefaults()
    }

    private mutating func addDefaults() {
        if let tunnel = configuration.settings["tunnel"] {
            var base = SettingMap()
            base["tunnel"] = tunnel
            var over = SettingMap()
            over["tunnel"] = settings["tunnel"]
            settings["tunnel"] = Merge.profile(base, under: over)["tunnel"]
        }
        let auth = settings.map("auth")
        guard auth["username"] == nil, !["aad", "entra"].contains(auth.text("type")) else { return }
        let username =
            configuration.usernameSetting(host: settings.text("host"))
            ?? Setting(.text(context.user, isPlain: true))
        var setting = settings["auth"] ?? Setting(.map(SettingMap()))
        var completed = auth
        completed["username"] = username
        setting.value = .map(completed)
        settings["auth"] = setting
    }

    // MARK: host and cloud

    /// Looks up the host that the merged settings name.
    mutating func host(for profile: ProfileFile.Entry) -> BastionHost? {
        guard let setting = settings["host"], let name = setting.text else {
            problems.append(
                Diagnostic(
                    "profile.missing-key", "the profile '\(profile.name)' names no bastion host",
                    remedy: "add host: and a name under 'hosts'", at: profile.location))
            return nil
        }
        return host(named: name, at: setting.location)
    }

    mutating func host(named name: String, at place: SourceLocation?) -> BastionHost? {
        guard let definition = definition(.hosts, name, "profile.unknown-host", at: place, others: []) else {
            return nil
        }
        let map = settings(of: definition, .hosts)
        hostSettings = (name, map)
        let cloudPlace = map["cloud"]?.location ?? place
        guard let cloud = cloud(named: map.text("cloud") ?? "AzureCloud", at: cloudPlace) else { return nil }
        var builder = HostBuilder()
        let location = index.definitions[definition].entry.location
        let host = builder.host(name, map, cloud: cloud, account: configuration.account, at: location)
        problems += builder.problems
        return host
    }

    mutating func cloud(named name: String, at place: SourceLocation?) -> Cloud? {
        if index.all(.clouds, name).isEmpty, let builtIn = Cloud.builtIn.first(where: { $0.name == name }) {
            return builtIn
        }
        let others = Cloud.builtIn.map(\.name)
        guard let definition = definition(.clouds, name, "profile.unknown-cloud", at: place, others: others)
        else {
            return nil
        }
        let map = settings(of: definition, .clouds)
        cloudSettings = (name, map)
        var builder = HostBuilder()
        let cloud = builder.cloud(name, map, at: index.definitions[definition].entry.location)
        problems += builder.problems
        return cloud
    }

    private mutating func definition(
        _ section: Section, _ name: String, _ code: String, at place: SourceLocation?, others: [String]
    ) -> Int? {
        let conflicts = index.conflicts(section, name)
        problems += conflicts
        guard conflicts.isEmpty else { return nil }
        guard let definition = index.all(section, name).first else {
            problems.append(
                .unknown(code, section, name, among: index.candidates(section) + others, at: place))
            return nil
        }
        let own = index.definitions[definition].entry.problems
        problems += own.all
        return own.hasErrors ? nil : definition
    }

    private mutating func settings(of definition: Int, _ section: Section) -> SettingMap {
        var map = Setting(index.definitions[definition].entry.value, from: definition).map ?? SettingMap()
        map = Merge.withoutNulls(map)
        checkGates(map, section)
        interpolate(&map, section)
        return map
    }

    // MARK: gates and placeholders

    private mutating func checkGates(_ map: SettingMap, _ section: Section) {
        guard index.hasForeignFiles, let tree = KeyTree.profiles.child(section.rawValue)?.anyName else {
            return
        }
        let index = index
        var check = GateCheck { origin in
            guard let origin, !index.isTrusted(origin) else { return nil }
            let definition = index.definitions[origin]
            return "\(definition.section.rawValue).\(definition.entry.name)"
        }
        check.check(Setting(.map(map)), tree)
        gatedRequests += check.requests
    }

    private mutating func interpolate(_ map: inout SettingMap, _ section: Section) {
        guard let tree = KeyTree.profiles.child(section.rawValue)?.anyName else { return }
        let index = index
        var interpolator = Interpolator(context: context, hasPlaceholders: index.hasPlaceholders) { origin in
            origin.map { index.file(of: $0).origin.directory } ?? "/"
        }
        interpolator.apply(to: &map, tree)
        problems += interpolator.problems
    }

    mutating func add(_ more: [Diagnostic]) { problems += more }
    mutating func add(_ more: [GatedRequest]) { gatedRequests += more }
}
