package import Diagnostics
internal import YAML

/// Turns the files of all layers into profiles. Pure: environment, user and home are given.
package struct ProfileResolver: Sendable {
    let index: DefinitionIndex
    let configuration: Configuration
    let context: ResolutionContext

    /// - Parameter layers: the highest first.
    package init(
        layers: [ProfileLayer], configuration: Configuration = Configuration(), context: ResolutionContext
    ) {
        index = DefinitionIndex(layers)
        self.configuration = configuration
        self.context = context
    }

    /// Every name that is not a template's, sorted: for completion and pickers.
    package var profileNames: [String] {
        index.names(.profiles).filter { name in
            index.all(.profiles, name).first.map { !isTemplate($0) } ?? false
        }.sorted()
    }

    /// The complete profile of a name.
    ///
    /// - Throws: `profile.not-found` (66), or all that is wrong with the profile and what it uses (65), each with
    ///   its line. A file of the same or a higher layer that cannot be read may define the name, so its problems count.
    package func resolve(_ name: String) throws(Problems) -> ResolvedProfile {
        do {
            return try resolve(find(name), wantsSettings: true)
        } catch {
            throw withLines(error.all)
        }
    }

    /// The merged settings of a name, also of a template or an incomplete profile: for `show`.
    package func settings(of name: String) throws(Problems) -> ResolvedSettings {
        do {
            let definition = try find(name)
            var resolution = Resolution(index, context, configuration)
            try resolution.merge(definition)
            if let host = resolution.settings["host"] {
                _ = resolution.host(named: host.text ?? "", at: host.location)
            }
            return SettingsTree.make(name, resolution)
        } catch {
            throw withLines(error.all)
        }
    }

    /// The profiles of a group.
    ///
    /// - Throws: `profile.not-found` (66) where there is no such group.
    package func members(ofGroup name: String) throws(Problems) -> [String] {
        try Problems(index.conflicts(.groups, name)).throwIfAny()
        guard let definition = index.all(.groups, name).first else {
            throw Problems(notFound(name, .groups))
        }
        let entry = index.definitions[definition].entry
        guard !entry.problems.hasErrors else { throw entry.problems }
        return entry.value.elements.map(\.text)
    }

    package var groupNames: [String] { index.names(.groups).sorted() }

    // MARK: list and validate

    /// Every profile of every layer, templates and unusable ones included, sorted by name, then by layer.
    package func summaries() -> [ProfileSummary] {
        let found = index.definitions.enumerated().filter { $0.element.section == .profiles }
            .map { (name: $0.element.entry.name, number: $0.offset) }
        var hosts = ResolvedHosts()
        var bases = MergedBases()
        return found.sorted { ($0.name, $0.number) < ($1.name, $1.number) }.map {
            summary($0.number, &hosts, &bases)
        }
    }

    /// Everything that is wrong with any file or with what its entries refer to, in the order of files and lines.
    package func validate() -> Problems {
        var found = index.files.flatMap(\.problems.all)
        for section in Section.allCases {
            for name in index.names(section) { found += index.conflicts(section, name) }
        }
        for number in index.definitions.indices where !index.definitions[number].entry.problems.hasErrors {
            found += references(of: number)
        }
        var seen: Set<String> = []
        let unique = found.filter {
            seen.insert("\($0.location?.description ?? "") \($0.code) \($0.message)").inserted
        }
        return Problems(withLines(unique).all.sortedByPlace())
    }

    private func references(of number: Int) -> [Diagnostic] {
        let definition = index.definitions[number]
        var resolution = Resolution(index, context, configuration)
        switch definition.section {
        case .hosts:
            _ = resolution.host(named: definition.entry.name, at: definition.entry.location)
        case .clouds:
            _ = resolution.cloud(named: definition.entry.name, at: definition.entry.location)
        case .groups:
            return definition.entry.value.elements.compactMap { checkReference($0.text, at: $0.location) }
        case .profiles where isTemplate(number):
            do {
                try resolution.merge(number)
                if let host = resolution.settings["host"] {
                    _ = resolution.host(named: host.text ?? "", at: host.location)
                }
            } catch {
                resolution.add(error.all)
            }
        case .profiles:
            do { return try resolve(number, wantsSettings: false).warnings } catch { return error.all }
        }
        return resolution.problems
    }

    /// Checks that a name is that of a profile that can be connected to.
    func checkReference(_ name: String, at place: SourceLocation?) -> Diagnostic? {
        guard let found = index.all(.profiles, name).first else {
            return .unknown(
                "profile.unknown-profile", .profiles, name, among: index.candidates(.profiles), at: place)
        }
        return isTemplate(found) ? isTemplate(name, at: place) : nil
    }

    // MARK: one profile

    /// The highest definition of a name.
    private func find(_ name: String) throws(Problems) -> Int {
        let found = index.all(.profiles, name).first
        let layer = found.map { index.definitions[$0].layer } ?? .max
        let blocking = Array(index.problemsHiding(layer: layer))
        guard blocking.isEmpty else { throw Problems(blocking) }
        try Problems(index.conflicts(.profiles, name)).throwIfAny()
        guard let found else { throw Problems(notFound(name, .profiles)) }
        return found
    }

    /// - Parameter path: the profiles that jump through this one, the outermost first.
    func resolve(_ number: Int, wantsSettings: Bool, after path: [Int] = []) throws(Problems)
        -> ResolvedProfile
    {
        let entry = index.definitions[number].entry
        var resolution = Resolution(index, context, configuration)
        try resolution.merge(number)
        guard !isTemplate(number) else { throw Problems(isTemplate(entry.name, at: entry.location)) }
        var jump: ResolvedProfile?
        do {
            jump = try self.jump(resolution.settings, wantsSettings: wantsSettings, after: path + [number])
        } catch {
            resolution.add(error.errors)
        }
        // Behind a jump no bastion is asked: the one that the jump is reached by stands for the network.
        let isHostInherited = jump != nil && resolution.settings["host"] == nil
        let host = isHostInherited ? jump?.profile.host : resolution.host(for: entry)
        var builder = ProfileBuilder(name: entry.name, settings: resolution.settings, at: entry.location)
        let built = builder.build(host: host)
        resolution.add(builder.problems)
        let problems = Problems(resolution.problems)
        try problems.throwIfAny()
        guard var profile = built else { throw problems }
        if let hop = jump?.profile { profile.jumps = hop.jumps + [hop] }
        let requests = resolution.gatedRequests + (jump?.gatedRequests ?? [])
        guard wantsSettings else {
            return ResolvedProfile(
                profile: profile, settings: ResolvedSettings(top: SettingMap()), warnings: problems.warnings,
                gatedRequests: requests)
        }
        profile.places = SettingsTree.places(resolution, name: entry.location)
        return ResolvedProfile(
            profile: profile, settings: SettingsTree.make(entry.name, resolution),
            warnings: withLines(problems.warnings).all, gatedRequests: requests)
    }

    /// Whether the definition is a template; one that extends its own name is what the lower one is.
    private func isTemplate(_ number: Int) -> Bool {
        var current: Int? = number
        while let definition = current {
            let entry = index.definitions[definition].entry
            if let written = entry.value["template"], !written.isNull {
                return PlainText.boolean(written.text) == true
            }
            guard entry.value["extends"]?.text == entry.name else { return false }
            current = index.below(definition)
        }
        return false
    }

    private func isTemplate(_ name: String, at place: SourceLocation?) -> Diagnostic {
        Diagnostic(
            "profile.is-template", "'\(name)' is a template, a base for other profiles",
            remedy: "name a profile that extends it", at: place)
    }

    private func notFound(_ name: String, _ section: Section) -> Diagnostic {
        let names = section == .profiles ? profileNames : groupNames
        var problem = Diagnostic.unknown(
            "profile.not-found", section, name, among: names, at: nil, exit: .noSuchProfile)
        if !problem.remedy.hasPrefix("did you mean") {
            problem.remedy = "'bastion-up list' shows what there is"
        }
        return problem
    }

    private func summary(_ number: Int, _ hosts: inout ResolvedHosts, _ bases: inout MergedBases)
        -> ProfileSummary
    {
        let definition = index.definitions[number]
        let entry = definition.entry
        var summary = ProfileSummary(
            name: entry.name, description: nil, tags: [], target: nil, host: nil, client: nil,
            auth: nil, location: entry.location, isShadowed: index.all(.profiles, entry.name).first != number,
            isTemplate: isTemplate(number), isForeign: !index.isTrusted(number), problem: nil)
        var resolution = Resolution(index, context, configuration)
        do { try resolution.merge(number, over: &bases) } catch { resolution.add(error.errors) }
        resolution.add(index.conflicts(.profiles, entry.name))
        let settings = resolution.settings
        summary.description = settings.text("description")
        summary.tags = settings.texts("tags")
        summary.target = SettingsTree.shortTarget(settings)
        summary.host = settings.text("host")
        summary.client = SettingsTree.clientName(settings)
        summary.auth = settings.map("auth").text("type")
        if !summary.isTemplate {
            summary.gatedRequests = gatedRequests(ofListed: entry, number, &resolution, &hosts)
        }
        summary.problem = Problems(resolution.problems).errors.first
        // A file that cannot be read may define this very name.
        if summary.problem == nil, !summary.isTemplate, !summary.isShadowed {
            summary.problem = index.problemsHiding(layer: definition.layer).first { _ in true }
        }
        return summary
    }

    /// Builds the profile of a summary as far as it takes to know what is wrong with it, and what it asks for.
    private func gatedRequests(
        ofListed entry: ProfileFile.Entry, _ number: Int, _ resolution: inout Resolution,
        _ hosts: inout ResolvedHosts
    ) -> [GatedRequest] {
        if resolution.settings.map("ssh")["jump"] != nil {
            do throws(Problems) { return try resolve(number, wantsSettings: false).gatedRequests } catch {
                resolution.add(error.errors)
            }
        } else if !Problems(resolution.problems).hasErrors {
            let host = hosts.host(for: entry, in: &resolution)
            var builder = ProfileBuilder(name: entry.name, settings: resolution.settings, at: entry.location)
            _ = builder.essentials(host: host)
            resolution.add(builder.problems)
        }
        return resolution.gatedRequests
    }

    func withLines(_ problems: [Diagnostic]) -> Problems {
        var problems = problems
        let named = Set(problems.compactMap { $0.sourceLine == nil ? $0.location?.file : nil })
        for file in index.files where named.contains(file.origin.label) {
            problems = file.withLines(problems)
        }
        return Problems(problems)
    }
}
