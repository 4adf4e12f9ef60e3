internal import Diagnostics
internal import Posix
package import Tunnels

/// A line about a running session, and how much it matters.
package struct SessionNotice: Hashable, Sendable {
    package enum Weight: Hashable, Sendable {
        /// Something failed or was refused.
        case failure
        /// Opening failed and is tried again: said until something else is.
        case retry
        /// The session can be used: from here on the screen is the client's.
        case ready
        /// Somebody waits for it, and may leave it.
        case wait
        case progress
        case detail
    }

    package var text: String
    package var weight: Weight
}

extension Explanation {
    /// What is said of an event; nil where it is not worth a line.
    package func notice(_ event: TunnelEvent) -> SessionNotice? {
        switch event {
        case .ready: SessionNotice(text: "ready", weight: .ready)
        case .opened(let number): SessionNotice(text: "connection \(number): open", weight: .detail)
        case .waitsForTurn(let number):
            SessionNotice(text: "connection \(number): waits for its turn to be opened", weight: .detail)
        case .awaitsName:
            SessionNotice(
                text:
                    "waiting for Azure to name the session, so that it can be deleted; Ctrl-C again leaves it",
                weight: .wait)
        case .retrying(let failure, let attempt, let delay):
            SessionNotice(
                text:
                    "try \(attempt + 1) in \(Self.seconds(delay)): \(diagnostic(failure).message.printable)",
                weight: .retry)
        case .refused(let verdict, let peer):
            SessionNotice(text: Self.refusal(verdict, peer).text, weight: .failure)
        case .failed(_, .cancelled): nil
        case .failed(_, let failure): SessionNotice(text: diagnostic(failure).text, weight: .failure)
        case .closed(let number, let traffic):
            SessionNotice(
                text:
                    "connection \(number): closed, \(traffic.sent) bytes sent, \(traffic.received) received",
                weight: .detail)
        case .leftBehind:
            SessionNotice(
                text: "a session could not be deleted now; it is tried again, if need be by the next run",
                weight: .progress)
        case .cannotAccept(let error):
            SessionNotice(text: Self.shortage(error).text, weight: .failure)
        }
    }

    /// What is said where the end of a run takes longer than a moment.
    package static let slowEnd =
        "waiting for Azure to delete what was opened; repeat Ctrl-C to leave that to the next run"

    /// What is said at the end of a run that could not delete its sessions.
    static func sessionsLeft(_ count: Int, at host: String) -> Diagnostic {
        .warning(
            "ledger.sessions-left",
            "\(count == 1 ? "a session" : "\(count) sessions") could not be deleted at bastion host '\(host)'",
            remedy: "the next run tries again; until then they count against the host's limit")
    }

    /// What is said before the client is launched again.
    package func relaunch(after failure: TunnelFailure, _ attempt: Int, of attempts: Int, _ delay: Duration)
        -> String
    {
        "\(diagnostic(failure).message.printable); connecting again in \(Self.seconds(delay)) (\(attempt) of \(attempts))"
    }

    /// What is said of a certificate that is seen for the first time.
    package func trusting(_ fingerprint: String) -> String {
        "trusting the certificate \(fingerprint) of \(profile) (first connection)"
    }

    private static func seconds(_ delay: Duration) -> String {
        let (seconds, rest) = delay.components
        return "\(seconds).\(rest / 100_000_000_000_000_000) s"
    }

    private static func shortage(_ error: SystemError) -> Diagnostic {
        Diagnostic(
            "listener.not-accepted", "local connections are turned away: \(error.reason)",
            remedy: TLSWords.shortageRemedy, exit: .systemError)
    }

    private static func refusal(_ verdict: PeerCheck.Verdict, _ peer: SocketAddress) -> Diagnostic {
        let who =
            if case .other(let user) = verdict { "user \(user)" } else { "a program that was gone already" }
        return .warning(
            "tunnel.foreign-peer", "a connection from \(peer) by \(who) was refused",
            remedy: "only your own programs may use the tunnel")
    }
}
