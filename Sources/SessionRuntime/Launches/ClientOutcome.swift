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
    /// The key of the server at the end of the tunnel, if it is one of ssh.
    let shownHostKey: ShownHostKey?
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
        case .anyOf(let failures): failures.contains { ending == .exited($0) }
        case .unknown: ending != .exited(0)
        case .freeRDP: RDPEnding(ending, sight) != .done
        }
    }

    /// Why the client lost its tunnel, if that is what ended it, so that another one may help.
    var lostTunnel: TunnelFailure? {
        guard isClientFailure, let tunnel else { return nil }
        if let failure = tunnel.failure { return failure.isLoss ? failure : nil }
        // A tunnel that carries nothing any more looks open from here; it is ssh that gives it up.
        guard isOfSSH, tunnel.traffic.silence >= Self.stall else { return nil }
        return .stalled(tunnel.traffic.silence)
    }

    /// ssh makes the server answer every 15 s: a connection that works is never silent for this long.
    private static let stall = Duration.seconds(20)

    private var isOfSSH: Bool {
        switch reading {
        case .own(let failure): failure == 255
        case .anyOf(let failures): failures.contains(255)
        case .freeRDP, .unknown: false
        }
    }
}
