internal import Diagnostics
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime
internal import Terminal

/// `known-hosts show|forget NAME`: the keys and the certificate by which the profile's target is known again.
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

    /// All that is kept for a target.
    private struct Known {
        var alias: String
        var keys: [KnownHostsFile.HostKey]
        var certificate: CertificatePins.Pin?
        var isEmpty: Bool { keys.isEmpty && certificate == nil }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let profile = try ProfileLibrary(context).resolver.resolve(name).profile
        let alias = TargetKey(of: profile).hostKeyAlias
        let file = KnownHostsFile(FilePath.join(context.surroundings.directories.state, "known_hosts"))
        let pins = CertificatePins(context.surroundings.directories)
        let known: Known
        do throws(Diagnostic) {
            known = Known(alias: alias, keys: try file.keys(of: alias), certificate: try pins.pin(of: alias))
        } catch { throw Problems(error) }
        if isJSON { context.print(Self.json(known)) }
        guard !known.isEmpty else {
            let what = profile.client == .xfreerdp ? "certificate" : "host key"
            context.note("no \(what) is pinned for \(name); the first connection pins the one it is shown")
            return .success
        }
        if !isJSON { context.print(text(known, context)) }
        guard action == .forget, try isAgreed(context) else { return .success }
        do throws(Diagnostic) {
            if !known.keys.isEmpty { try file.forget(alias) }
            if known.certificate != nil { try await pins.forget(alias) }
        } catch { throw Problems(error) }
        context.note("forgotten: the next connection to \(name) pins what it is shown")
        return .success
    }

    private func isAgreed(_ context: CommandContext) throws(Problems) -> Bool {
        if isYes { return true }
        let refusal = Diagnostic(
            "known-hosts.not-asked", "nothing was forgotten, since nobody can be asked",
            remedy: "run this at a terminal, or add --yes", exit: .notPermitted)
        let question = "Forget this, and accept what the target shows next?"
        let isAgreed = try context.confirm(question, orFailWith: refusal)
        if !isAgreed { context.note("nothing was changed") }
        return isAgreed
    }

    private func text(_ known: Known, _ context: CommandContext) -> String {
        let table = TableRenderer(
            columns: [
                .init(title: "TYPE"), .init(title: "FINGERPRINT"), .init(title: "PLACE", cut: .start),
            ], width: context.conversation.width, style: context.style)
        var rows = known.keys.map { key in
            let marks = key.marker.map { " (\($0))" } ?? ""
            return TableRenderer.Row(
                cells: [
                    key.type + marks, key.fingerprint ?? "damaged key",
                    "\(context.shown(key.location.file)):\(key.location.line)",
                ], role: key.fingerprint == nil ? .warning : nil)
        }
        if let pin = known.certificate {
            rows.append(
                TableRenderer.Row(cells: [
                    "certificate", pin.fingerprint.shown,
                    "\(context.shown(pin.location.file)):\(pin.location.line)",
                ]))
        }
        return "\(name): \(known.alias)\n\n\(table.text(rows))"
    }

    private static func json(_ known: Known) -> String {
        let keys = known.keys.map { key in
            JSON.members([
                "type": .text(key.type), "fingerprint": key.fingerprint.map(JSON.text) ?? .null,
                "marker": key.marker.map(JSON.text) ?? .null, "file": .text(key.location.file),
                "line": .integer(key.location.line),
            ])
        }
        let certificates = [known.certificate].compactMap(\.self).map { pin in
            JSON.members([
                "type": "certificate", "fingerprint": .text(pin.fingerprint.text), "marker": .null,
                "file": .text(pin.location.file), "line": .integer(pin.location.line),
            ])
        }
        return JSON.list(keys + certificates).indented() + "\n"
    }
}
