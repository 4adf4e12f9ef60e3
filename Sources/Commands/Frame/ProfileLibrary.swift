internal import SessionRuntime
internal import Diagnostics
internal import Posix
internal import ProfileStore
package import Profiles

/// All profile files of this run: found, decoded, ready to be resolved, and held to what the user trusts.
package struct ProfileLibrary: Sendable {
    let found: FoundProfiles
    let files: [ProfileFile]
    package let resolver: ProfileResolver
    let configuration: Configuration
    let trust: FileTrust

    /// What is wrong with the places where files are looked for, and with `config.yaml`.
    let problems: Problems

    /// - Throws: `problems`, where one of them is an error: a name may then stand for something else than it should.
    init(_ context: CommandContext) throws(Problems) {
        self.init(reading: context)
        try problems.throwIfAny()
    }

    /// All that can be read; what cannot stands in `problems`.
    ///
    /// - Parameters:
    ///   - extra: further files and folders, before all others (`validate FILE…`).
    ///   - isIsolated: only the paths that were named count.
    init(reading context: CommandContext, extra: [String] = [], isIsolated: Bool = false) {
        let surroundings = context.surroundings
        let found = ProfileLocator.find(
            ProfileSearch(
                named: extra + context.options.profiles, environment: surroundings.environment,
                workingFolder: surroundings.workingFolder, isIsolated: isIsolated),
            sizeLimit: ProfileDecoder.sizeLimit)
        let decoder = ProfileDecoder(commandNames: CommandTable.names)
        let resolution = ResolutionContext(
            user: surroundings.user, home: surroundings.directories.home,
            environment: surroundings.environment)
        var problems = found.problems
        configuration = Self.configuration(found, resolution, &problems)
        let decoded = found.texts.map { (layer: $0.layer, file: decoder.decode($0.bytes, origin: $0.origin)) }
        files = decoded.map(\.file)
        let layers = ProfileLayerName.allCases.sorted().map { layer in
            ProfileLayer(decoded.filter { $0.layer == layer }.map(\.file))
        }
        trust = FileTrust(files, found.texts, surroundings.directories)
        self.found = found
        self.problems = problems
        resolver = ProfileResolver(
            layers: layers.filter { !$0.files.isEmpty }, configuration: configuration, context: resolution)
    }

    private static func configuration(
        _ found: FoundProfiles, _ context: ResolutionContext, _ problems: inout Problems
    ) -> Configuration {
        guard let text = found.configuration else { return Configuration() }
        do throws(Problems) {
            let (configuration, warnings) = try Configuration.decode(
                text.bytes, origin: text.origin, context: context)
            problems.add(Problems(warnings))
            return configuration
        } catch {
            problems.add(error)
            return Configuration()
        }
    }

    /// A profile that may be used: complete, and trusted where it asks for what needs trust.
    /// - Throws: `trust.required` (77) beside all that `resolve` throws.
    func usable(_ name: String) throws(Problems) -> ResolvedProfile {
        let resolved: ResolvedProfile
        do { resolved = try resolver.resolve(name) } catch {
            // What an untrusted file may not even ask for comes before what is wrong with it: an unset variable.
            let places = error.errors.compactMap(\.location)
            let files = Set(places.map(\.file)).sorted()
            try requireTrust(for: files.flatMap(trust.requests).filter { places.contains($0.location) })
            throw error
        }
        try requireTrust(for: resolved.gatedRequests)
        return resolved
    }

    /// - Throws: `trust.required` (77) for each request of a file that is not the user's own and not trusted.
    func requireTrust(for requests: [GatedRequest]) throws(Problems) {
        guard !requests.isEmpty else { return }
        do throws(Diagnostic) { _ = try trust.ledger() } catch { throw Problems(error) }
        try Problems(trust.untrusted(requests).map(Diagnostic.trustRequired)).throwIfAny()
    }
}

extension ProfileText {
    var origin: FileOrigin { FileOrigin(label: path, directory: directory, isUserOwned: isUsersOwn) }
}

extension Diagnostic {
    static func trustRequired(_ request: GatedRequest) -> Diagnostic {
        Diagnostic(
            "trust.required", "'\(request.keyPath)' needs your trust: it \(request.sentence)",
            remedy: "look at it with 'bastion-up trust \(request.location.file)'", at: request.location,
            exit: .notPermitted)
    }
}
