internal import Diagnostics
internal import Planning
internal import Posix
internal import SessionRuntime
internal import Synchronization
internal import Terminal

/// What the user of a running session sees: notices on standard error, and (with `tunnel`) the ports on standard
/// output.
///
/// Until the session is ready nobody else writes to the terminal: a client waits for its connection. Tries that fail
/// are told on one line there, which is gone before the client draws. From then on the screen is the client's, and
/// tells only failures; with `tunnel` it stays ours.
final class SessionScreen: Sendable {
    private let context: CommandContext
    private let explanation: Explanation
    private let hostKeyCheck: Plan.HostKeyCheck?
    /// Whether the chosen ports are the command's result.
    private let printsPorts: Bool

    private struct Progress {
        /// Nil where lines stay: not on a terminal, or where more is said.
        var line: StatusLine?
        var isReady = false
    }

    private let progress: Mutex<Progress>

    init(
        context: CommandContext, explanation: Explanation, hostKeyCheck: Plan.HostKeyCheck?, printsPorts: Bool
    ) {
        var context = context
        context.conversation.saying = context.conversation.notifying
        self.context = context
        self.explanation = explanation
        self.hostKeyCheck = hostKeyCheck
        self.printsPorts = printsPorts
        let isDumb = ["", "dumb"].contains(context.surroundings.environment["TERM"] ?? "")
        let hasLine = context.surroundings.hasTerminalError && !isDumb && context.options.verbosity == .normal
        progress = Mutex(Progress(line: hasLine ? .onStandardError : nil))
    }

    /// Takes the line away that says what is being tried. To be called when the session is over.
    func finish() { progress.withLock { $0.line?.clear() } }

    func show(_ report: SessionReport) {
        switch report {
        case .listening(let address, let port):
            if printsPorts {
                finish()
                context.print("\(address) -> \(port)\n")
            } else {
                note("\(address) -> \(port)")
            }
        case .tunnel(let event): if let notice = explanation.notice(event) { show(notice) }
        case .swept(let found): note(LedgerWords.swept(found), at: .verbose)
        case .relaunching(let failure, let attempt, let attempts, let delay):
            progress.withLock { $0.isReady = false }
            note(explanation.relaunch(after: failure, attempt, of: attempts, delay))
        case .gaveUp(let attempts):
            note("connected again \(String.counted(attempts, "time")) in vain; giving up")
        case .endsSlowly: note(Explanation.slowEnd)
        case .warning(let diagnostic): note(diagnostic.text)
        case .passwordWasUsed(let profile):
            note(
                "hint: if the stored password was refused, replace it with: bastion-up secret set \(profile)")
        case .trustingCertificate(let fingerprint):
            note(explanation.trusting(fingerprint))
        case .clientLostTunnel(let failure):
            note(explanation.diagnostic(failure).text, at: .verbose)
        case .clientSaid(let line): note("client: \(line.printable)", at: .verbose)
        case .clientComplained(let lines):
            // With -v they were shown already.
            if context.options.verbosity < .verbose {
                for line in lines { note("client: \(line.printable)") }
            }
        case .clientPrinted(let lines):
            finish()
            context.print(lines.map { $0.printable + "\n" }.joined())
        case .failedAfter(let key):
            let state = context.surroundings.directories.state
            let words = hostKeyCheck.flatMap { HostKeyWords($0, stateFolder: state).diagnostic(key) }
            if let words { say(words.text) }
        case .trace(let text): note("trace: \(text)", at: .trace)
        }
    }

    private func show(_ notice: SessionNotice) {
        let isOurs = progress.withLock { progress -> Bool? in
            if notice.weight != .retry { progress.line?.clear() }
            // Each listener has a first tunnel; the session is ready once.
            if notice.weight == .ready, progress.isReady { return nil }
            if notice.weight == .ready { progress.isReady = true }
            return printsPorts || !progress.isReady
        }
        guard let isOurs else { return }
        switch notice.weight {
        case .failure: say(notice.text)
        case .wait: note(notice.text)
        case .retry where isOurs: retrying(notice.text)
        case .retry, .ready, .progress: note(notice.text, at: printsPorts ? .normal : .verbose)
        case .detail: note(notice.text, at: .verbose)
        }
    }

    private func retrying(_ text: String) {
        let isShown = progress.withLock { progress in
            progress.line?.show(text)
            return progress.line != nil
        }
        if !isShown { note(text) }
    }

    private func note(_ text: String, at level: GlobalOptions.Verbosity = .normal) {
        guard context.options.verbosity >= level else { return }
        finish()
        context.note(text, at: level)
    }

    private func say(_ text: String) {
        finish()
        context.say(text)
    }
}
