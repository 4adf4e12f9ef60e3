internal import Diagnostics
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime
internal import Terminal

/// `known-hosts show|forget NAME`: the keys by which ssh knows the profile's target again.
struct KnownHostsCommand: Command {
    private enum Action: String { case show, forget }

    private let action: Action
    private let name: String
    private let isYes: Bool
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        guard let action = Action(rawValue: arguments.words[0]) else {
            throw Diagnostic(
                "usage.unknown-word", "'known-hosts' cannot '\(arguments.words[0])'",
                remedy: "write 'known-hosts show NAME' or 'known-hosts forget NAME'", exit: .usage)
        }
        self.action = action
        name = arguments.words[1]
        isYes = arguments.has("--yes")
        isJSON = try arguments.isJSON()
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).resolver.resolve(name).profile
        let alias = TargetKey(of: profile).hostKeyAlias
        let file = KnownHostsFile(FilePath.join(context.surroundings.directories.state, "known_hosts"))
        let keys: [KnownHostsFile.HostKey]
        do { keys = try file.keys(of: alias) } catch { throw Problems(error) }
        if isJSON { context.print(Self.json(keys)) }
        guard !keys.isEmpty else {
            context.note("no host key is pinned for \(name); the first connection pins the one it is shown")
            return .success
        }
        if !isJSON { context.print(text(keys, alias, context)) }
        if action == .forget { try forget(alias, file, context) }
        return .success
    }

    private func forget(_ alias: String, _ file: KnownHostsFile, _ context: CommandContext) throws(Problems) {
        let refusal = Diagnostic(
            "known-hosts.not-asked", "nothing was forgotten, since nobody can be asked",
            remedy: "run this at a terminal, or add --yes", exit: .notPermitted)
        let question = "Forget this, and accept the key that the target shows next?"
        var isAgreed = isYes
        if !isAgreed { isAgreed = try context.confirm(question, orFailWith: refusal) }
        guard isAgreed else {
            context.note("nothing was changed")
            return
        }
        do { try file.forget(alias) } catch { throw Problems(error) }
        context.note("forgotten: the next connection to \(name) pins the key that it is shown")
    }

    private func text(_ keys: [KnownHostsFile.HostKey], _ alias: String, _ context: CommandContext) -> String
    {
        let table = TableRenderer(
            columns: [
                .init(title: "TYPE"), .init(title: "FINGERPRINT"), .init(title: "PLACE", cut: .start),
            ], width: context.conversation.width, style: context.style)
        let rows = keys.map { key in
            let marks = key.marker.map { " (\($0))" } ?? ""
            return TableRenderer.Row(
                cells: [
                    key.type + marks, key.fingerprint ?? "damaged key",
                    "\(context.shown(key.location.file)):\(key.location.line)",
                ], role: key.fingerprint == nil ? .warning : nil)
        }
        return "\(name): \(alias)\n\n\(table.text(rows))"
    }

    private static func json(_ keys: [KnownHostsFile.HostKey]) -> String {
        JSON.list(
            keys.map { key in
                .members([
                    "type": .text(key.type), "fingerprint": key.fingerprint.map(JSON.text) ?? .null,
                    "marker": key.marker.map(JSON.text) ?? .null, "file": .text(key.location.file),
                    "line": .integer(key.location.line),
                ])
            }
        ).indented() + "\n"
    }
}
