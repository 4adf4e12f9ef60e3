internal import Diagnostics
internal import Glibc
internal import Planning
internal import Posix
internal import ProfileStore
internal import SessionRuntime

/// `ssh-config [NAME…] [--install|--uninstall]`: the profiles as hosts of ssh's own configuration.
struct SSHConfigCommand: Command {
    private enum Action { case show, install, uninstall }

    private let action: Action
    private let names: [String]
    private let file: String?

    /// The generated file, in the state folder.
    private static let generatedName = "ssh_config"
    private static let patience = Duration.seconds(10)

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        names = arguments.words
        file = arguments.value("--ssh-config")
        switch (arguments.has("--install"), arguments.has("--uninstall")) {
        case (true, true):
            throw Diagnostic(
                "usage.exclusive-flags", "--install and --uninstall exclude each other",
                remedy: "give one of them", exit: .usage)
        case (true, false): action = .install
        case (false, true): action = .uninstall
        case (false, false): action = .show
        }
        if action == .uninstall, let name = names.first {
            throw Diagnostic(
                "usage.word-count", "'ssh-config --uninstall' has no use for '\(name)'",
                remedy: "it takes all of them away; --install NAME… keeps the named ones", exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        if action == .uninstall { return try await uninstall(context) }
        let profiles = try SSHHostEntries(for: .configuration, context)
        let found = names.isEmpty ? try profiles.all() : try profiles.named(names)
        let configuration = SSHConfiguration(await accepted(found, context)).withoutLostJumps()
        for case .leftOut(let name, let reason) in configuration.items {
            context.note("\(name) is left out: \(reason.printable)")
        }
        guard action == .install else {
            context.print(configuration.text)
            return .success
        }
        try await install(configuration, context)
        return .success
    }

    /// What the ssh of this machine takes: an option that it does not know would spoil every other host as well.
    private func accepted(_ items: [SSHConfiguration.Item], _ context: CommandContext) async
        -> [SSHConfiguration.Item]
    {
        guard let ssh = FactsProbe(context.surroundings).executable("ssh") else { return items }
        let check = SSHCheck(context.surroundings, signals: context.signals, program: ssh)
        if await check.refusal(of: SSHConfiguration(items).text) == nil { return items }
        var accepted: [SSHConfiguration.Item] = []
        for item in items {
            if case .block(let entry) = item,
                let words = await check.refusal(of: SSHConfiguration([item]).text)
            {
                accepted.append(.leftOut(name: entry.name, reason: "ssh says: \(words)"))
            } else {
                accepted.append(item)
            }
        }
        return accepted
    }
}

// MARK: - Installing

extension SSHConfigCommand {
    private func install(_ configuration: SSHConfiguration, _ context: CommandContext) async throws(Problems)
    {
        let target = try target(context)
        let lock = try await lock(context)
        defer { lock.release() }
        let generated = generated(context)
        let change: SSHConfigFile.Change
        do throws(Diagnostic) {
            do { try AtomicFile.write(Array(configuration.text.utf8), to: generated) } catch {
                throw Self.notGenerated(error)
            }
            change = try target.install()
            try noteDoubles(configuration, target, context)
        } catch { throw Problems(error) }
        let hosts = String.counted(configuration.entries.count, "host")
        context.note("\(context.shown(generated)): \(hosts)")
        let path = context.shown(target.path)
        switch change {
        case .added: context.note("\(path) begins with '\(target.line)' now")
        case .movedToFront: context.note("\(path): '\(target.line)' stands first now")
        case .created: context.note("\(path) was made, with '\(target.line)'")
        case .none, .removed: context.note("\(path) includes it already", at: .verbose)
        }
        context.note("when profiles have changed, run 'bastion-up ssh-config --install' again")
    }

    private func uninstall(_ context: CommandContext) async throws(Problems) -> ExitStatus {
        let target = try target(context)
        let lock = try await lock(context)
        defer { lock.deleteAndRelease() }
        let change: SSHConfigFile.Change
        do { change = try target.uninstall() } catch { throw Problems(error) }
        unlink(generated(context))
        let path = context.shown(target.path)
        context.note(
            change == .none
                ? "\(path) does not include what bastion-up generates: nothing was changed there"
                : "\(path) is as it was without bastion-up")
        return .success
    }

    /// What the user's file says of a profile's name counts only where the profile says nothing.
    private func noteDoubles(
        _ configuration: SSHConfiguration, _ target: SSHConfigFile, _ context: CommandContext
    ) throws(Diagnostic) {
        let patterns = try target.hostPatterns()
        for name in configuration.entries.map(\.name) where patterns.contains(name) {
            context.note(
                "'\(name)' is a Host of \(context.shown(target.path)) too: the profile comes first, "
                    + "and that adds what the profile leaves open")
        }
    }

    private func target(_ context: CommandContext) throws(Problems) -> SSHConfigFile {
        let surroundings = context.surroundings
        // OpenSSH goes by the user database, not by $HOME.
        let home = UserDatabase.homeFolder ?? surroundings.directories.home
        let path = file.map {
            FilePath.join(surroundings.workingFolder, surroundings.directories.expandingTilde($0))
        }
        do {
            return try SSHConfigFile(
                path ?? FilePath.join(home, ".ssh/config"), including: generated(context))
        } catch { throw Problems(error) }
    }

    private func generated(_ context: CommandContext) -> String {
        FilePath.join(context.surroundings.directories.state, Self.generatedName)
    }

    /// One process at a time changes ssh's configuration.
    private func lock(_ context: CommandContext) async throws(Problems) -> FileLock {
        do throws(FileError) {
            let folder = try context.surroundings.directories.stateFolder()
            let path = folder.path(of: "\(Self.generatedName).lock")
            if let lock = try await FileLock.lock(path, until: .now.advanced(by: Self.patience)) {
                return lock
            }
        } catch { throw Problems(Self.notGenerated(error)) }
        throw Problems(
            Diagnostic(
                "ssh-config.busy", "another bastion-up is changing ssh's configuration",
                remedy: "try again when it is done", exit: .tryLater))
    }

    static func notGenerated(_ error: FileError) -> Diagnostic {
        Diagnostic(
            "ssh-config.not-generated", "the configuration for ssh cannot be written: \(error)",
            remedy: "check the folder's permissions and the free space", exit: .cannotWrite)
    }
}
