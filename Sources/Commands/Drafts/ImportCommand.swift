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
        var request = try request(input, library, choice, context)
        var result = try Self.read(bytes, request)
        if result.needsHost, request.host == nil, let first = result.profiles.first {
            request.host = try choice.ask(for: first.name, context)
            if request.host != nil { result = try Self.read(bytes, request) }
        }
        var file = DraftFile()
        file.comment = ["Made by 'bastion-up import' of \(input.label).", ""]
        (file.hosts, file.profiles) = (result.hosts, result.profiles)
        let output = try DraftOutput(context, file)
        if destination == nil { output.print() }
        for warning in result.warnings { context.note(warning.text) }
        output.noteRequests()
        if let destination {
            try output.write(to: path(destination, file, context))
        } else if context.conversation.width != nil {
            context.note("next: the same with --write makes it a file of yours")
        }
        return .success
    }

    private func request(
        _ input: ImportInput, _ library: ProfileLibrary, _ choice: HostChoice, _ context: CommandContext
    ) throws(Problems) -> ImportRequest {
        var request = ImportRequest(file: input.label)
        (request.format, request.name, request.folder) = (format, name, input.folder)
        request.knownHosts = choice.known
        if let host { request.host = try choice.host(named: host) }
        let profiles = library.resolver.summaries()
        request.takenNames = Set(profiles.map(\.name)).union(CommandTable.names)
        let folder = NewFile(context: context).profileFolder
        if let name,
            let other = profiles.first(where: {
                $0.name == name && FilePath.folder(of: $0.location.file) == folder
            })
        {
            let taken = Diagnostic(
                "import.name-taken", "you have a profile '\(name)' already, at \(other.location)",
                remedy: "give another --name", exit: .cannotWrite)
            guard destination == nil else { throw Problems(taken) }
            context.note(
                Diagnostic.warning(taken.code, taken.message, remedy: taken.remedy).text)
        }
        return request
    }

    private static func read(_ bytes: [UInt8], _ request: ImportRequest) throws(Problems) -> ImportResult {
        do { return try Importer.read(bytes, request) } catch { throw Problems(error) }
    }

    private func path(_ destination: String, _ file: DraftFile, _ context: CommandContext) -> String {
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
