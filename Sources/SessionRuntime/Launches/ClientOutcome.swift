internal import Diagnostics
internal import Planning
internal import Posix
internal import Tunnels

/// How a client ended, with what this end of the tunnel saw of it.
struct ClientOutcome: Sendable {
    let ending: ChildProcess.Ending
    let reading: ClientCommand.StatusReading
    /// The connections of this launch.
    let sight: TunnelServer.Sight
    /// The password that it was given last.
    let givenSecret: SecretLabel?
    /// How long the client ran.
    let duration: Duration

    /// The end of the client's last connection; nil where none has ended.
    var tunnel: TunnelServer.Ending? { sight.lastEnding }

    /// The exit status of the run.
    var status: ExitStatus {
        switch ending {
        case .exited where !isClientFailure && reading == .freeRDP: .success
        case .exited(let code): ExitStatus(rawValue: code)
        case .killed(let signal): .signal(signal)
        }
    }

    /// Whether the client failed by itself, rather than what it ran.
    var isClientFailure: Bool {
        switch reading {
        case .own(let failure): ending == .exited(failure)
        case .freeRDP: RDPEnding(ending, sight) != .done
        }
    }

    /// The key of the server at the end of the tunnel, if it is one of ssh.
    var shownHostKey: ShownHostKey? { tunnel.flatMap { ShownHostKey(in: $0.beginning) } }

    /// Whether the client ended because its tunnel did, so that another one may help.
    var hasLostTunnel: Bool {
        guard isClientFailure, let failure = tunnel?.failure else { return false }
        return failure.isLoss
    }
}
