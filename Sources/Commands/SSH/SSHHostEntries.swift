internal import Diagnostics
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime

/// The ssh profiles of this run, as other programs are told of them.
struct SSHHostEntries {
    private let library: ProfileLibrary
    private let reader: SSHHostEntry.Reader
    private let context: CommandContext

    /// In the state folder: the host keys that profiles name, a file a profile.
    private static let hostKeysName = "ssh_host_keys"

    init(for reader: SSHHostEntry.Reader, _ context: CommandContext) throws(Problems) {
        library = try ProfileLibrary(context)
        self.reader = reader
        self.context = context
    }

    /// Every profile with ssh as its client; one that cannot be used is left out.
    ///
    /// So is one of somebody else's with the name of a host of the network: its block would take over what ssh and
    /// git do with that host. Named, it is there.
    func all() throws(Problems) -> [SSHConfiguration.Item] {
        let foreign = reader == .configuration ? foreignHostNames : []
        let items: [SSHConfiguration.Item] = library.resolver.profileNames.compactMap { name in
            if foreign.contains(name) {
                return .leftOut(
                    name: name, reason: "the file is not your own, and this could be the name of another host"
                )
            }
            do throws(Problems) { return try entry(name).map(SSHConfiguration.Item.block) } catch {
                return .leftOut(name: name, reason: error.errors.first?.message ?? "")
            }
        }
        try writeHostKeys(SSHConfiguration(items).entries)
        return items
    }

    private var foreignHostNames: Set<String> {
        let names = library.resolver.summaries().filter { $0.isForeign && !$0.isShadowed }.map(\.name)
        return Set(names.filter { $0.utf8.contains(UInt8(ascii: ".")) || $0 == "localhost" })
    }

    /// The named profiles alone.
    /// - Throws: why one of them cannot be used; `ssh-config.not-ssh` for one with another client.
    func named(_ names: [String]) throws(Problems) -> [SSHConfiguration.Item] {
        var entries: [SSHHostEntry] = []
        var rest = names[...]
        while let name = rest.popFirst() {
            if entries.contains(where: { $0.name == name }) { continue }
            guard let entry = try entry(name) else {
                throw Problems(
                    Diagnostic(
                        "ssh-config.not-ssh", "the client of profile '\(name)' is not ssh",
                        remedy: "'bastion-up list' shows which profiles have ssh", exit: .configuration))
            }
            entries.append(entry)
            // ssh jumps through the entry of the machine before.
            if reader == .configuration, let jump = entry.jump { rest.append(jump) }
        }
        try writeHostKeys(entries)
        return entries.map(SSHConfiguration.Item.block)
    }

    /// Nil where the client is not ssh.
    /// - Throws: whatever `connect` would refuse the profile for.
    private func entry(_ name: String) throws(Problems) -> SSHHostEntry? {
        let profile = try library.usable(name).profile
        guard profile.client == .ssh else { return nil }
        var facts = FactsProbe(context.surroundings).facts(for: profile)
        // What is known of the host changes; the entry stays. Whoever uses it may be asked.
        facts.host = nil
        facts.mayAsk = reader == .configuration
        let request = PlanRequest.connect(arguments: [], tty: false)
        try Planner().plan(profile, for: request, given: facts).throwIfRefused()
        do throws(Diagnostic) {
            return try SSHHostEntry(
                profile, for: reader, facts: facts, proxy: proxy(for: profile), hostKeysFolder: hostKeysFolder
            )
        } catch { throw Problems(error) }
    }

    private var hostKeysFolder: String {
        FilePath.join(context.surroundings.directories.state, Self.hostKeysName)
    }

    private func writeHostKeys(_ entries: [SSHHostEntry]) throws(Problems) {
        for file in entries.compactMap(\.hostKeys) {
            do throws(FileError) {
                let folder = try context.surroundings.directories.stateFolder().folder(Self.hostKeysName)
                let path = folder.path(of: FilePath.name(of: file.path))
                let bytes = Array(file.text.utf8)
                if (try? FileReader.read(path, limit: 1 << 20).bytes) == bytes { continue }
                try AtomicFile.write(bytes, to: path)
            } catch { throw Problems(SSHConfigCommand.notGenerated(error)) }
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
