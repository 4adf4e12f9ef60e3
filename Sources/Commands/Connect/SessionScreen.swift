internal import Diagnostics
internal import Planning
internal import Posix
internal import SessionRuntime
internal import Terminal
internal import Tunnels

/// What the user of a running session sees on standard error, and (with `tunnel`) the ports on standard output.
struct SessionScreen: Sendable {
    let context: CommandContext
    let explanation: Explanation
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
        case .tunnel(let event): show(event)
        case .swept(let deleted, let kept):
            context.note(
                "sessions of an earlier run: \(deleted) deleted, \(kept) kept for later", at: .verbose)
        case .warning(let diagnostic): context.note(diagnostic.text)
        case .passwordWasUsed(let profile):
            context.note(
                "hint: if the stored password was refused, replace it with: bastion-up secret set \(profile)")
        case .trace(let text): context.note("trace: \(text)", at: .trace)
        }
    }

    private func show(_ event: TunnelEvent) {
        switch event {
        case .ready: context.note("ready", at: printsPorts ? .normal : .verbose)
        case .opened(let number): context.note("connection \(number): open", at: .verbose)
        case .retrying(let failure, let attempt, let delay):
            let reason = explanation.diagnostic(failure).message
            context.note("\(reason); try \(attempt + 1) in \(Self.seconds(delay))")
        case .refused(let verdict, let peer): context.say(Self.refusal(verdict, peer).text)
        case .failed(_, .cancelled): break
        case .failed(_, let failure): context.say(explanation.diagnostic(failure).text)
        case .closed(let number, let traffic):
            context.note(
                "connection \(number): closed, \(traffic.sent) bytes sent, \(traffic.received) received",
                at: .verbose)
        case .leftBehind:
            context.note("a session could not be deleted now; the next run will", at: .normal)
        case .cannotAccept(let error):
            context.say("warning: a connection could not be accepted: \(error)")
        }
    }

    private static func seconds(_ delay: Duration) -> String {
        let (seconds, rest) = delay.components
        return "\(seconds).\(rest / 100_000_000_000_000_000) s"
    }

    private static func refusal(_ verdict: PeerCheck.Verdict, _ peer: SocketAddress) -> Diagnostic {
        let who =
            if case .other(let user) = verdict { "user \(user)" } else { "a program that was gone already" }
        return .warning(
            "tunnel.foreign-peer", "a connection from \(peer) by \(who) was refused",
            remedy: "only your own programs may use the tunnel")
    }
}
