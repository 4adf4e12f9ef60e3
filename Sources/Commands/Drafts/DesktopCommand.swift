internal import Diagnostics
internal import Drafts
internal import Glibc
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime

/// `desktop install NAME`: a launcher in the desktop's menu. Only launchers that carry our mark are replaced or removed.
struct DesktopCommand: Command {
    private let name: String
    private let title: String?
    private let isRemoval: Bool

    /// The largest launcher in bytes that is looked into.
    private static let sizeLimit = 64 << 10

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        guard arguments.words[0] == "install" else {
            throw Diagnostic(
                "usage.unknown-word", "'\(arguments.words[0])' is not something that 'desktop' does",
                remedy: "use: bastion-up desktop install NAME, and --uninstall to remove it", exit: .usage)
        }
        name = arguments.words[1]
        title = arguments.value("--name")
        isRemoval = arguments.has("--uninstall")
        guard NameKind.profile.admits(name) else {
            throw Diagnostic(
                "usage.profile-name", "'\(name)' cannot be the name of a profile",
                remedy: "'bastion-up list' shows the profiles", exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let path = Self.path(name, context.surroundings)
        if isRemoval { return try remove(path, context) }
        let library = try ProfileLibrary(context)
        let profile = try library.usable(name).profile
        let entry = try entry(profile, library, await needsTerminal(profile, context), context)
        let replaces = try isOurs(path, context)
        do {
            try PrivateFolder.makeFolders(FilePath.folder(of: path))
            try AtomicFile.write(Array(entry.text.utf8), to: path, permissions: 0o644)
        } catch { throw Problems(NewFile(context: context).unwritable(error)) }
        context.note("\(replaces ? "replaced" : "wrote") \(context.shown(path))")
        if entry.needsTerminal, profile.client == .xfreerdp, profile.authentication.method == .password {
            context.note(
                "it opens a terminal window, where the password is asked for; with the password in the keyring "
                    + "('bastion-up secret set \(name)'), install it again to do without")
        }
        return .success
    }

    /// By the XDG base directory specification: `$XDG_DATA_HOME`, by default ~/.local/share.
    static func path(_ name: String, _ surroundings: Surroundings) -> String {
        let home = surroundings.directories.home
        let given = surroundings.environment["XDG_DATA_HOME"].flatMap { FilePath.isAbsolute($0) ? $0 : nil }
        let data = given ?? FilePath.join(home, ".local/share")
        return FilePath.join(data, "applications/bastion-up-\(name).desktop")
    }

    // MARK: what stands there

    /// Whether a launcher of ours stands at the path.
    /// - Throws: `desktop.foreign-file` (73) where it is somebody else's.
    private func isOurs(_ path: String, _ context: CommandContext) throws(Problems) -> Bool {
        guard (try? FileFacts(ofLink: path)) != nil else { return false }
        if let contents = try? FileReader.read(path, limit: Self.sizeLimit, followsLinks: false),
            DesktopEntry.profile(markedIn: String(decoding: contents.bytes, as: UTF8.self)) == name
        {
            return true
        }
        throw Problems(
            Diagnostic(
                "desktop.foreign-file",
                "\(context.shown(path)) was not written by bastion-up, and was not changed",
                remedy: "move it away", exit: .cannotWrite))
    }

    private func remove(_ path: String, _ context: CommandContext) throws(Problems) -> ExitStatus {
        guard try isOurs(path, context) else {
            context.note("'\(name)' has no launcher; nothing was changed")
            return .success
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw Problems(NewFile(context: context).unwritable(FileError(path, .system(.last("unlink")))))
        }
        context.note("removed \(context.shown(path))")
        return .success
    }

    // MARK: what is written

    private func entry(
        _ profile: Profile, _ library: ProfileLibrary, _ needsTerminal: Bool, _ context: CommandContext
    ) throws(Problems) -> DesktopEntry {
        let program = context.surroundings.ownExecutable
        guard DesktopEntry.canStart(program) else {
            throw Problems(
                Diagnostic(
                    "desktop.program-path",
                    "a launcher cannot start '\(program.printable)': its path holds '='",
                    remedy: "install bastion-up at another path", exit: .configuration))
        }
        let place = place(library, context)
        let isDesktop = profile.client == .xfreerdp
        return DesktopEntry(
            title: title ?? "\(name) (Azure Bastion)",
            comment: profile.description.map { $0.split(separator: "\n").first.map(String.init) ?? "" }
                ?? "\(isDesktop ? "Remote desktop" : "Session") through Azure Bastion",
            command: [program] + place.flags + ["connect", name], workingFolder: place.folder,
            needsTerminal: needsTerminal,
            icon: isDesktop ? "preferences-desktop-remote-desktop" : "utilities-terminal",
            windowClass: isDesktop ? FreeRDPCommandLine.windowClass(of: name) : nil, profile: name)
    }

    /// How a program that starts in another folder, with the desktop's environment, finds the profile.
    private func place(_ library: ProfileLibrary, _ context: CommandContext)
        -> (flags: [String], folder: String?)
    {
        let summaries = library.resolver.summaries()
        let file = summaries.first { $0.name == name && !$0.isShadowed }?.location.file
        let text = library.found.texts.first { $0.path == file }
        let given = context.options.profiles.flatMap {
            ["--profiles", NewFile(context: context).absolute($0)]
        }
        switch text?.layer {
        case .environment: return (given + ["--profiles", text?.realPath ?? ""], nil)
        case .project: return (given, context.surroundings.workingFolder)
        case .named, .user, .system, nil: return (given, nil)
        }
    }

    /// A terminal window, unless nothing will be asked there: a desktop session whose password the keyring has.
    private func needsTerminal(_ profile: Profile, _ context: CommandContext) async -> Bool {
        if profile.client == .putty { return false }
        guard profile.client == .xfreerdp, profile.authentication.method == .password,
            let label = SecretLabel.password(of: profile)
        else { return true }
        let store = StoredSecret(label: label, surroundings: context.surroundings)
        return await (try? store.exists()) != true
    }
}
