internal import Diagnostics
internal import Planning
internal import Posix
internal import SessionRuntime

/// What the user of a running session sees: notices on standard error, and (with `tunnel`) the ports on standard
/// output.
struct SessionScreen: Sendable {
    let context: CommandContext
    let explanation: Explanation
    let hostKeyCheck: Plan.HostKeyCheck?
    /// Whether the chosen ports are the command's result.
    let printsPorts: Bool

    func show(_ report: SessionReport) {
        switch report {
        case .listening(let address, let port):
            if printsPorts {
                context.print("\(address) -> \(port)\n")
            } else {
                context.note("\(address) -> \(port)")
            }
        case .tunnel(let event): if let notice = explanation.notice(event) { show(notice) }
        case .swept(let deleted, let kept):
            context.note(
                "sessions of an earlier run: \(deleted) deleted, \(kept) kept for later", at: .verbose)
        case .relaunching(let failure, let attempt, let attempts, let delay):
            context.note(explanation.relaunch(after: failure, attempt, of: attempts, delay))
        case .warning(let diagnostic): context.note(diagnostic.text)
        case .passwordWasUsed(let profile):
            context.note(
                "hint: if the stored password was refused, replace it with: bastion-up secret set \(profile)")
        case .trustingCertificate(let fingerprint):
            context.note(explanation.trusting(fingerprint))
        case .clientLostTunnel(let failure):
            context.note(explanation.diagnostic(failure).text, at: .verbose)
        case .clientSaid(let line): context.note("client: \(line.printable)", at: .verbose)
        case .clientComplained(let lines):
            // With -v they were shown already.
            if context.options.verbosity < .verbose {
                for line in lines { context.note("client: \(line.printable)") }
            }
        case .clientPrinted(let lines):
            context.print(lines.map { $0.printable + "\n" }.joined())
        case .failedAfter(let key):
            let state = context.surroundings.directories.state
            let words = hostKeyCheck.flatMap { HostKeyWords($0, stateFolder: state).diagnostic(key) }
            if let words { context.say(words.text) }
        case .trace(let text): context.note("trace: \(text)", at: .trace)
        }
    }

    /// A client has the screen to itself: progress is for tunnels, unless more is asked for.
    private func show(_ notice: SessionNotice) {
        switch notice.weight {
        case .failure: context.say(notice.text)
        case .progress: context.note(notice.text, at: printsPorts ? .normal : .verbose)
        case .detail: context.note(notice.text, at: .verbose)
        }
    }
}
