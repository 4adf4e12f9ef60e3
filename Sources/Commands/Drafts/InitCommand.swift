internal import Diagnostics
internal import Drafts
internal import Profiles
internal import SessionRuntime

/// `init`: a first profile file with comments, of answers that are checked one by one. Nothing is written before the
/// last one is given.
struct InitCommand: Command {
    private let arguments: ParsedArguments

    init(_ arguments: ParsedArguments) throws(Diagnostic) { self.arguments = arguments }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let output = NewFile(context: context)
        let written = arguments.value("--write").map(output.absolute)
        if let written { try output.requireAbsence(of: written) }
        if context.mayAskForText {
            context.note(
                "This writes a profile: one bastion host, and one VM behind it.\n"
                    + "Enter takes what stands in brackets. Ctrl-C leaves, and nothing is written.")
        }
        let resolver = ProfileLibrary(reading: context).resolver
        let answers = InitAnswers(
            arguments: arguments, context: context, choice: HostChoice(resolver),
            takenNames: Set(resolver.summaries().map(\.name)))
        guard let file = try Self.file(answers), let name = file.profiles.first?.name else {
            throw Problems(
                Diagnostic("init.no-answer", "an answer is missing, and nothing was written", exit: .usage))
        }
        let draft = try DraftOutput(context, file)
        if context.mayAskForText { context.note("") }
        try draft.write(to: written ?? output.profilePath(name))
        return .success
    }

    private static func file(_ answers: InitAnswers) throws(Problems) -> DraftFile? {
        guard let host = try answers.host(), let target = try answers.target(behind: host),
            let client = try answers.client(), let signIn = try answers.signIn(client, to: target)
        else { return nil }
        let key = signIn == "ssh-key" ? try answers.key() : nil
        let username = try answers.username(signIn)
        guard let name = try answers.name(DraftNames.name(from: target.name)) else { return nil }
        var file = DraftFile()
        var book = HostBook(known: answers.choice.known)
        var draft = ProfileDraft(name: name)
        switch host {
        case .known(let known):
            draft.set("host", .text(known.name), comment: ["A name under 'hosts' of another file."])
        case .new(let address, let tenant):
            guard let short = book.shortName(of: address, tenant: tenant) else { return nil }
            draft.set("host", .text(short), comment: ["The bastion host: a name under 'hosts'."])
        }
        set(target, in: &draft)
        set(client, signIn, key, username, in: &draft)
        file.comment = comment
        file.hosts = book.drafts
        file.profiles = [draft]
        file.closing = closing(client)
        return file
    }

    private static func set(_ target: InitAnswers.Target, in draft: inout ProfileDraft) {
        switch target {
        case .resource(let id): draft.set("target.resourceId", .text(id.text))
        case .address(let text): draft.set("target.ip", .text(text))
        case .machine(let name, let group):
            draft.set("target.vm", .text(name))
            draft.set("target.resourceGroup", .text(group))
        }
    }

    private static func set(
        _ client: Client, _ signIn: String, _ key: String?, _ username: String?, in draft: inout ProfileDraft
    ) {
        if signIn == "keys" {
            draft.set(
                "auth.username", .text(username ?? "${user}"), comment: ["Without a type: your own ssh keys."]
            )
        } else {
            draft.set("auth.type", .text(signIn))
            if let key { draft.set("auth.key", .text(key)) }
            if let username { draft.set("auth.username", .text(username)) }
        }
        if client == .xfreerdp { draft.set("client", .text(client.name)) }
    }

    private static let comment = [
        "Profiles of bastion-up. 'bastion-up validate' checks this file, 'bastion-up list' shows what is in it.",
        "",
    ]

    private static func closing(_ client: Client) -> [String] {
        let more =
            client == .ssh
            ? ["    ports: [\"5432:5432\"]          # further ports of the VM, open while the session is"]
            : [
                "    rdp:",
                "      size: 1920x1080            # or fullScreen: true",
                "      clipboard: true            # nothing is shared unless you say so",
            ]
        return [
            "",
            "What else a profile can have (remove the '# ' to use it; all keys: docs/profile-reference.md):",
            "    description: Build machine of the team", "    tags: [dev]",
        ] + more
    }
}
