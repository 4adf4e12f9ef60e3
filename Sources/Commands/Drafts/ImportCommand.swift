internal import Diagnostics
internal import Drafts
internal import Posix
internal import Profiles

/// `import FILE|-`: foreign text in, a profile file out: printed like a filter does, or written to a new file.
struct ImportCommand: Command {
    private let path: String
    private let name: String?
    private let host: String?
    private let format: ImportFormat?
    /// Nil prints; empty means the user's profile folder.
    private let destination: String?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        path = arguments.words[0]
        name = arguments.value("--name")
        host = arguments.value("--host")
        destination = arguments.value("--write")
        format = try arguments.value("--format").map { (word) throws(Diagnostic) in
            guard let format = ImportFormat(rawValue: word) else {
                throw Diagnostic(
                    "usage.unknown-word", "'\(word)' is no format that can be imported",
                    remedy: "use one of: \(ImportFormat.allCases.map(\.rawValue).joined(separator: ", "))",
                    exit: .usage)
            }
            return format
        }
        if let name { try Self.check(name) }
    }

    private static func check(_ name: String) throws(Diagnostic) {
        guard !NameKind.profile.admits(name) else { return }
        throw Diagnostic(
            "usage.profile-name", "'\(name)' cannot be the name of a profile",
            remedy: "use lower-case letters, digits, '.', '_' and '-', at most 63, not beginning with a mark",
            exit: .usage)
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let input = ImportInput(context: context, path: path)
        let bytes = try input.read()
        let library = ProfileLibrary(reading: context)
        let choice = HostChoice(library.resolver)
        let names = Names(library, NewFile(context: context).profileFolder)
        var request = ImportRequest(file: input.label)
        (request.format, request.name, request.folder) = (format, name, input.folder)
        (request.knownHosts, request.takenNames) = (choice.known, names.foreign)
        if let host { request.host = try choice.host(named: host) }
        var result = try Self.read(bytes, request)
        // One profile is meant to have its name; where there are several, some may get another one.
        if result.profiles.count > 1, result.profiles.contains(where: { names.own[$0.name] != nil }) {
            request.takenNames.formUnion(names.own.keys)
            result = try Self.read(bytes, request)
        }
        if result.needsHost, request.host == nil, let first = result.profiles.first {
            request.host = try choice.ask(for: first.name, context)
            if request.host != nil { result = try Self.read(bytes, request) }
        }
        try show(result, input, names, context)
        return .success
    }

    private func show(
        _ result: ImportResult, _ input: ImportInput, _ names: Names, _ context: CommandContext
    ) throws(Problems) {
        var file = DraftFile()
        file.comment = ["Made by 'bastion-up import' of \(input.label).", ""]
        (file.hosts, file.profiles) = (result.hosts, result.profiles)
        let output = try DraftOutput(context, file)
        let path = destination.map { place($0, file, context) }
        let taken = result.profiles.compactMap { names.own[$0.name].map(Self.taken(by:)) }
        if let path, NewFile(context: context).isFound(path) { try Problems(taken).throwIfAny() }
        if path == nil { output.print() }
        for problem in taken {
            context.note(Diagnostic.warning(problem.code, problem.message, remedy: problem.remedy).text)
        }
        for warning in result.warnings { context.note(warning.text) }
        output.noteRequests()
        if let path {
            try output.write(to: path)
        } else if context.conversation.width != nil {
            context.note("next: the same with --write makes it a file of yours")
        }
    }

    /// The names of profiles that are there.
    private struct Names {
        /// In the user's own folder, where a name can stand only once.
        var own: [String: ProfileSummary] = [:]
        /// Those of other layers, which a new profile would hide, and of commands.
        var foreign = CommandTable.names

        init(_ library: ProfileLibrary, _ folder: String) {
            for profile in library.resolver.summaries() {
                if FilePath.folder(of: profile.location.file) == folder {
                    own[profile.name] = profile
                } else {
                    foreign.insert(profile.name)
                }
            }
        }
    }

    private static func taken(by other: ProfileSummary) -> Diagnostic {
        Diagnostic(
            "import.name-taken", "you have a profile '\(other.name)' already, at \(other.location)",
            remedy: "give another --name", exit: .cannotWrite)
    }

    private static func read(_ bytes: [UInt8], _ request: ImportRequest) throws(Problems) -> ImportResult {
        do { return try Importer.read(bytes, request) } catch { throw Problems(error) }
    }

    private func place(_ destination: String, _ file: DraftFile, _ context: CommandContext) -> String {
        let output = NewFile(context: context)
        if !destination.isEmpty { return output.absolute(destination) }
        guard let first = file.profiles.first, file.profiles.count > 1 else {
            return output.profilePath(file.profiles.first?.name ?? "imported")
        }
        let name = FilePath.name(of: path)
        if name == "config" { return output.profilePath("ssh-config") }
        return output.profilePath(name == "-" ? "\(first.name)-and-more" : DraftNames.name(from: name))
    }
}
