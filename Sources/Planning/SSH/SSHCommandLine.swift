import Profiles

/// The command line of ssh for a session: the one place that knows ssh's arguments.
///
/// All of it comes before the user's own files.
struct SSHCommandLine {
    let way: SSHWay
    /// The remote command, as words.
    var remoteCommand: [String]
    var forcesTerminal: Bool

    private var profile: Profile { way.profile }

    init(
        profile: Profile, facts: Facts, program: String, remoteCommand: [String] = [],
        forcesTerminal: Bool = false
    ) {
        way = SSHWay(profile: profile, facts: facts, program: program)
        self.remoteCommand = remoteCommand
        self.forcesTerminal = forcesTerminal
    }

    /// A session on the target. Nil for a way to sign in that is not supported yet.
    var command: ClientCommand? {
        let machines = way.machines
        guard let target = machines.first, let login = target.login,
            machines.allSatisfy({ $0.login != nil })
        else { return nil }
        var words = (way.options(to: 0) + target.hostKeyCheck + SSHWay.unshared).flatMap(\.words)
        words += forwardWords
        words += (target.ofProfile + login + target.defaults).flatMap(\.words) + terminalWords
        words += SSHWay.place(of: profile)
        words += (remoteCommand.isEmpty ? [profile.ssh.command].compactMap(\.self) : remoteCommand).map {
            Word($0)
        }
        return way.command(words, for: machines, files: way.files)
    }

    /// Standard input and output of a port of the target, which lies behind a jump. Nil where it does not.
    func relay(port: UInt16?) -> ClientCommand? {
        let machines = Array(way.machines.dropFirst())
        guard let last = machines.first, machines.allSatisfy({ $0.login != nil }) else { return nil }
        var target = profile
        target.targetPort = port ?? profile.targetPort
        // The machines before the last one keep their numbers: they are asked for by it.
        let files = way.files.filter { $0.file != .jump(1) && $0.file != .hostKeys(0) }
        return way.words(of: last, goingOnTo: target.placeBehindJump).map {
            way.command($0, for: machines, files: files)
        }
    }

    /// A connection that ends before anybody signs in: the target's host key is kept by then.
    var hostKeyProbe: ClientCommand? {
        guard let target = way.machines.first else { return nil }
        let silent = SSHOptions.options([
            ("LogLevel", "QUIET"), ("BatchMode", "yes"), ("PreferredAuthentications", "none"),
            ("RemoteCommand", "none"), ("ClearAllForwardings", "yes"),
        ])
        let options =
            silent + way.options(to: 0) + target.hostKeyCheck + SSHWay.unshared + target.ofProfile
            + target.defaults
        let words = options.flatMap(\.words) + ["-T", "-n"] + SSHWay.place(of: profile) + ["true"]
        return way.command(words, for: [], files: [])
    }

    private var forwardWords: [Word] {
        let ssh = profile.ssh
        return (SSHOptions.throughSSH(profile) + ssh.forwards).flatMap { ["-L", Word($0)] }
            + ssh.remoteForwards.flatMap { ["-R", Word($0)] }
            + (ssh.socks.map { ["-D", Word($0)] } ?? [])
    }

    /// What the profile says of a terminal is for its own command, not for one that was typed.
    private var terminalWords: [Word] {
        if forcesTerminal { return ["-t"] }
        guard remoteCommand.isEmpty, let tty = profile.ssh.tty else { return [] }
        return [tty ? "-t" : "-T"]
    }
}
