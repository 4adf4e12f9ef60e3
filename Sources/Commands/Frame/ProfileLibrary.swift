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

    /// - Parameters:
    ///   - isIsolated: only the paths that were named count.
    ///   - extra: further files, before all others (`validate FILE…`).
    init(_ context: CommandContext, extra: [String] = [], isIsolated: Bool = false) throws(Problems) {
        let surroundings = context.surroundings
        let found = ProfileLocator.find(
            ProfileSearch(
                named: extra + context.options.profiles, environment: surroundings.environment,
                workingFolder: surroundings.workingFolder, isIsolated: isIsolated),
            sizeLimit: ProfileDecoder.sizeLimit)
        try found.problems.throwIfAny()
        let decoder = ProfileDecoder(commandNames: CommandTable.names)
        let resolution = ResolutionContext(
            user: surroundings.user, home: surroundings.directories.home,
            environment: surroundings.environment)
        configuration = try Self.configuration(found, resolution)
        let decoded = found.texts.map { (layer: $0.layer, file: decoder.decode($0.bytes, origin: $0.origin)) }
        files = decoded.map(\.file)
        let layers = ProfileLayerName.allCases.sorted().map { layer in
            ProfileLayer(decoded.filter { $0.layer == layer }.map(\.file))
        }
        self.found = found
        resolver = ProfileResolver(
            layers: layers.filter { !$0.files.isEmpty }, configuration: configuration, context: resolution)
    }

    private static func configuration(_ found: FoundProfiles, _ context: ResolutionContext)
        throws(Problems) -> Configuration
    {
        guard let text = found.configuration else { return Configuration() }
        return try Configuration.decode(text.bytes, origin: text.origin, context: context).configuration
    }

    /// A profile that may be used: complete, and trusted where it asks for what needs trust.
    /// - Throws: `trust.required` (77) beside all that `resolve` throws.
    func usable(_ name: String, _ context: CommandContext) throws(Problems) -> ResolvedProfile {
        let resolved = try resolver.resolve(name)
        try requireTrust(for: resolved.gatedRequests, context)
        return resolved
    }

    /// - Throws: `trust.required` (77) for each request of a file that is not the user's own and not trusted.
    func requireTrust(for requests: [GatedRequest], _ context: CommandContext) throws(Problems) {
        guard !requests.isEmpty else { return }
        let trust: TrustLedger
        do { trust = try TrustLedger(reading: context.surroundings.directories) } catch {
            throw Problems(error)
        }
        var problems = Problems()
        for file in files where !file.origin.isUserOwned {
            let used = requests.filter { $0.location.file == file.origin.label }
            guard !used.isEmpty, !trust.isTrusted(realPath(of: file), file.gatedRequests) else { continue }
            for request in used { problems.add(.trustRequired(request)) }
        }
        try problems.throwIfAny()
    }

    /// What trust is recorded for.
    func realPath(of file: ProfileFile) -> String {
        found.texts.first { $0.path == file.origin.label }?.realPath ?? file.origin.label
    }
}

extension ProfileText {
    var origin: FileOrigin { FileOrigin(label: path, directory: directory, isUserOwned: isUsersOwn) }
}

extension Diagnostic {
    static func trustRequired(_ request: GatedRequest) -> Diagnostic {
        Diagnostic(
            "trust.required", "\(request.location.file) is not trusted: \(request.sentence)",
            remedy: "look at it with 'bastion-up trust \(request.location.file)'", at: request.location,
            exit: .notPermitted)
    }
}
