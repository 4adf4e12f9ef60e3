import Profiles

/// A program that a plan launches, and the Debian package that has it.
struct ClientProgram: Hashable, Sendable {
    /// A plain name, or an absolute path.
    var name: String
    /// Nil for a program of the user's own.
    var package: String?
}

extension Question {
    /// The program to launch, then those that it starts itself. Empty where the client is not known how to launch.
    var programs: [ClientProgram] {
        let ssh = ClientProgram(name: "ssh", package: "openssh-client")
        switch request {
        case .copy(let copy, _):
            let isRsync = copy.tool == .rsync
            return [
                ClientProgram(name: copy.tool.rawValue, package: isRsync ? "rsync" : "openssh-client"), ssh,
            ]
        case .sftp: return [ClientProgram(name: "sftp", package: "openssh-client"), ssh]
        case .proxy: return launchesSSH ? [ssh] : []
        case .connect, .learnHostKey, .tunnel: break
        }
        switch client {
        case .ssh: return [ssh]
        case .putty:
            return [
                usesPuTTYWindow
                    ? ClientProgram(name: "putty", package: "putty")
                    : ClientProgram(name: "plink", package: "putty-tools")
            ]
        case .command(let words): return words.prefix(1).map { ClientProgram(name: $0, package: nil) }
        case .xfreerdp, .some(.none), nil: return []
        }
    }

    /// Whether PuTTY opens a window: where one can be shown, and there is no remote command, whose output belongs
    /// to whoever asked for it. Otherwise plink, its form for a terminal.
    var usesPuTTYWindow: Bool {
        guard client == .putty, !facts.displays.isEmpty, facts.executables["putty"] != nil else {
            return false
        }
        return typedArguments.isEmpty && profile.ssh.command == nil && !facts.hasScriptedInput
    }
}
