internal import Diagnostics
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime

/// The ssh profiles of this run, as other programs are told of them.
struct SSHHostEntries {
    private let library: ProfileLibrary
    private let context: CommandContext

    init(_ context: CommandContext) throws(Problems) {
        library = try ProfileLibrary(context)
        self.context = context
    }

    /// Every profile with ssh as its client; one that cannot be used is left out.
    func all() throws(Problems) -> [SSHConfiguration.Item] {
        library.resolver.profileNames.compactMap { name in
            do throws(Problems) { return try entry(name).map(SSHConfiguration.Item.block) } catch {
                return .leftOut(name: name, reason: error.errors.first?.message ?? "")
            }
        }
    }

    /// The named profiles alone.
    /// - Throws: why one of them cannot be used; `ssh-config.not-ssh` for one with another client.
    func named(_ names: [String]) throws(Problems) -> [SSHConfiguration.Item] {
        var items: [SSHConfiguration.Item] = []
        for name in names {
            guard let entry = try entry(name) else {
                throw Problems(
                    Diagnostic(
                        "ssh-config.not-ssh", "the client of profile '\(name)' is not ssh",
                        remedy: "'bastion-up list' shows which profiles have ssh", exit: .configuration))
            }
            items.append(.block(entry))
        }
        return items
    }

    /// Nil where the client is not ssh.
    /// - Throws: whatever `connect` would refuse the profile for.
    private func entry(_ name: String) throws(Problems) -> SSHHostEntry? {
        let profile = try library.usable(name, context).profile
        guard profile.client == .ssh else { return nil }
        var facts = FactsProbe(context.surroundings).facts(for: profile)
        // What is known of the host changes; the entry stays.
        facts.host = nil
        let request = PlanRequest.connect(arguments: [], tty: false)
        try Planner().plan(profile, for: request, given: facts).throwIfRefused()
        do throws(Diagnostic) {
            return try SSHHostEntry(profile, facts: facts, proxy: proxy(for: profile))
        } catch {
            throw Problems(error)
        }
    }

    private func proxy(for profile: Profile) -> SSHHostEntry.Proxy {
        let surroundings = context.surroundings
        let named =
            context.options.profiles
            + ProfileSearch(
                environment: surroundings.environment, workingFolder: surroundings.workingFolder
            ).listed
        let paths = named.map { path in
            FilePath.join(surroundings.workingFolder, surroundings.directories.expandingTilde(path))
        }
        return SSHHostEntry.Proxy(
            program: surroundings.stableExecutable, profiles: paths, folder: project(of: profile))
    }

    /// The project that a value of the profile comes from: elsewhere it would not be found.
    private func project(of profile: Profile) -> String? {
        let files = Set(profile.places.values.map(\.file))
        return library.found.texts(in: .project).first { files.contains($0.path) }
            .map { FilePath.folder(of: FilePath.folder(of: $0.path)) }
    }
}

extension Surroundings {
    /// The path of this program that outlives its next version: the one on the search path, where that leads here.
    fileprivate var stableExecutable: String {
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return folders.filter(FilePath.isAbsolute).map { FilePath.join($0, "bastion-up") }
            .first { (try? FilePath.real($0)) == ownExecutable } ?? ownExecutable
    }
}
