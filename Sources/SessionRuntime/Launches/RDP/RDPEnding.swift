internal import Posix
internal import Tunnels

/// What the end of a FreeRDP client means: its exit status (enum XF_EXIT_CODE of FreeRDP, releases 2 and 3), read
/// together with what our end of the tunnel saw, which is the better witness where a connection ended.
enum RDPEnding: Hashable, Sendable {
    /// The user closed the window, logged off or disconnected.
    case done
    /// A refusal of the target, with its reason.
    case refused(Refusal)
    /// The target's certificate was not the one that is pinned, or TLS failed.
    case tlsFailed
    /// Target and client found no security protocol in common.
    case securityMismatch
    /// The tunnel failed; its failure says more than the client.
    case tunnelFailed
    /// The target ended the connection without having said a word.
    case unanswered
    /// The target ended the connection before it could sign anybody in.
    case hungUp
    /// The target ended the connection in the middle of signing in: of a wrong password some servers say no more.
    case endedAtSignIn
    /// The target ended a session that was up.
    case sessionEnded(Reason)
    /// The client did not take its arguments: it never connected.
    case argumentsRefused
    /// A signal that the user did not send.
    case crashed(signal: Int32)
    /// SIGHUP, SIGINT or SIGTERM.
    case interrupted
    case unknown

    enum Refusal: Int32, Hashable, Sendable, CaseIterable {
        case denied = 7
        case deniedByFIPS = 8
        case userPrivileges = 9
        case freshCredentials = 10
        case authentication = 132
        case logon = 134
        case lockedOut = 135
        case insufficientPrivileges = 144
        case passwordExpired = 148
        case passwordMustChange = 149
        case kdcUnreachable = 150
        case accountDisabled = 151
        case passwordCertainlyExpired = 152
        case revoked = 153
        case wrongPassword = 154
        case accessDenied = 155
        case accountRestriction = 156
        case accountExpired = 157
        case logonType = 158
        case noCredentials = 159
    }

    enum Reason: Hashable, Sendable {
        case disconnected, idle, logonTimeout, replaced, outOfMemory, license, lost, booting
    }

    /// The negotiation's answer is 19 bytes long; a certificate makes the next one longer than this.
    private static let negotiationSize: UInt64 = 200
    /// What signing in takes at most, before the first picture: certificate chain and NTLM or Kerberos answers.
    private static let signInSize: UInt64 = 16 * 1024

    init(_ ending: ChildProcess.Ending, _ sight: TunnelServer.Sight) {
        switch ending {
        case .killed(let signal) where [1, 2, 15].contains(signal):
            // Where the target never said a word, it was us who ended the client.
            if case .silent = sight.lastEnding?.failure, sight.mostReceived == 0 {
                self = .tunnelFailed
            } else {
                self = .interrupted
            }
        case .killed(let signal): self = .crashed(signal: signal)
        case .exited(let code): self = Self.ofStatus(code, sight)
        }
    }

    private static func ofStatus(_ code: Int32, _ sight: TunnelServer.Sight) -> RDPEnding {
        if [0, 2, 11, 12].contains(code) { return .done }
        if sight.connections == 0 {
            return (20...24).contains(code) || code == 128 ? .argumentsRefused : .unknown
        }
        if let refusal = Refusal(rawValue: code) { return .refused(refusal) }
        switch code {
        case 1: return .sessionEnded(.disconnected)
        case 3: return .sessionEnded(.idle)
        case 4: return .sessionEnded(.logonTimeout)
        case 5: return .sessionEnded(.replaced)
        case 6: return .sessionEnded(.outOfMemory)
        case 16...26: return .sessionEnded(.license)
        case 160: return .sessionEnded(.booting)
        // Lost connections; the client uses the rest where one ended too early for it.
        case 130, 131, 133, 136, 138, 141, 142, 143, 145, 147: return ofConnection(code, sight)
        default: return .unknown
        }
    }

    private static func ofConnection(_ code: Int32, _ sight: TunnelServer.Sight) -> RDPEnding {
        switch sight.lastEnding?.failure {
        case nil, .local, .cancelled: break
        case .some: return .tunnelFailed
        }
        if sight.mostReceived == 0 { return .unanswered }
        switch code {
        case 133: return .securityMismatch
        case 143: return .tlsFailed
        default: break
        }
        if sight.mostReceived <= negotiationSize { return .hungUp }
        return sight.mostReceived <= signInSize && code != 131 ? .endedAtSignIn : .sessionEnded(.lost)
    }
}
