internal import Diagnostics
internal import Drafts
internal import Planning
internal import Posix
internal import Profiles
internal import SessionRuntime

/// Prints a file of drafts, or writes it, and says what comes next.
struct DraftOutput {
    let context: CommandContext
    let file: DraftFile
    let text: String

    init(_ context: CommandContext, _ file: DraftFile) throws(Problems) {
        self.context = context
        self.file = file
        text = DraftWriter.text(file)
        // What is written is held to the same rules as what people write.
        let decoded = decode(isUsersOwn: true)
        try decoded.problems.throwIfAny()
        for warning in decoded.problems.warnings { context.note(warning.text) }
    }

    private func decode(isUsersOwn: Bool) -> ProfileFile {
        ProfileDecoder(commandNames: CommandTable.names).decode(
            Array(text.utf8), origin: FileOrigin(label: "draft", directory: "/", isUserOwned: isUsersOwn))
    }

    /// What the drafts ask for that a file of other people would need trust for: the user should know of it.
    func noteRequests() {
        for request in decode(isUsersOwn: false).gatedRequests {
            let warning = Diagnostic.warning(
                "import.request", "'\(request.keyPath)' \(request.sentence)",
                remedy: "remove it from the profile if you do not want that")
            context.note(warning.text)
        }
    }

    func print() { context.print(text) }

    /// - Throws: `output.exists`, `output.unwritable` (73).
    func write(to path: String) throws(Problems) {
        let output = NewFile(context: context)
        try output.write(Array(text.utf8), to: path)
        context.note("wrote \(context.shown(path))")
        for line in nextSteps(path, isFound: output.isFound(path)) { context.note(line) }
    }

    private func nextSteps(_ path: String, isFound: Bool) -> [String] {
        let shown = context.shown(path)
        let program = isFound ? "bastion-up" : "bastion-up --profiles \(Self.quoted(shown))"
        let ready = file.profiles.filter { !$0.isTemplate }
        var lines: [String] = []
        if ready.count < file.profiles.count {
            lines.append("next: fill in the templates in \(shown), then: \(program) validate")
        }
        guard let first = ready.first else { return lines }
        for profile in ready where profile["auth.type"] == .text("password") && ready.count <= 3 {
            lines.append("next: \(program) secret set \(profile.name)")
        }
        if ready.count > 1 { lines.append("next: \(program) list") }
        return lines + ["next: \(program) plan \(first.name)"]
    }

    /// For a shell, which replaces `~` outside of quotation marks alone.
    private static func quoted(_ path: String) -> String {
        guard path.hasPrefix("~/") else { return Quoting.shellWhereNeeded.quoted(path) }
        return "~/" + Quoting.shellWhereNeeded.quoted(String(path.dropFirst(2)))
    }
}
