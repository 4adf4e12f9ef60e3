import Profiles

extension Question {
    /// When the client is launched again after its tunnel was lost: as the profile says, where nothing is done
    /// twice by that.
    ///
    /// A remote command that was typed runs once. So does what a script on standard input says. The profile's own
    /// command is taken for a session (tmux, a menu) if it gets a terminal. rsync goes on where it was.
    var reconnect: ReconnectSettings {
        isRepeatable ? profile.reconnect : ReconnectSettings()
    }

    private var isRepeatable: Bool {
        switch request {
        case .copy(let copy, _): return copy.tool == .rsync
        case .sftp, .learnHostKey, .tunnel, .proxy: return false
        case .connect: break
        }
        switch client {
        case .ssh, .putty:
            // A window offers to connect again by itself, over the listener that is still there.
            guard typedArguments.isEmpty, !facts.hasScriptedInput, !usesPuTTYWindow else { return false }
            return profile.ssh.command == nil || profile.ssh.tty == true
        case .command: return typedArguments.isEmpty && !facts.hasScriptedInput
        case .xfreerdp: return true
        case .some(.none), nil: return false
        }
    }
}
