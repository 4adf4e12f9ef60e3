import Profiles

/// The command line of ssh: the one place that knows ssh's arguments.
///
/// All of it comes before the user's own files.
struct SSHCommandLine {
    /// The command of this program that gives ssh a connected tunnel: `pass-descriptor SOCKET`.
    static let passDescriptor = "pass-descriptor"
    /// The variable by which this program, run as askpass helper, finds the socket to ask at.
    static let askpassVariable = "BASTION_UP_ASKPASS"

    let profile: Profile
    let facts: Facts
    let program: String
    /// The remote command, as words.
    let remoteCommand: [String]
    let forcesTerminal: Bool

    /// Nil for a way to sign in that is not supported yet.
    var command: ClientCommand? {
        guard let login = options.login else { return nil }
        var words = (tunnelOptions + options.hostKeyCheck + Self.unshared).flatMap(\.words) + forwardWords
        words += (options.ofProfile + login + options.defaults).flatMap(\.words) + terminalWords
        words += ["-p", Word(String(profile.targetPort))]
        if let user = profile.authentication.username { words += ["-l", Word(user)] }
        words += ["--", Word(profile.name)]
        words += (remoteCommand.isEmpty ? [profile.ssh.command].compactMap(\.self) : remoteCommand).map {
            Word($0)
        }
        let answers = answers
        return ClientCommand(
            program: program, arguments: words, environment: answers.isEmpty ? [] : askpassEnvironment,
            answers: answers)
    }

    private var options: SSHOptions { SSHOptions(profile: profile, facts: facts) }

    /// The way to the tunnel: a connected descriptor, passed by this program.
    private var tunnelOptions: [SSHOption] {
        let program = Quoting.proxyCommand.quoted(facts.ownExecutable)
        let command = Word([
            .text("\(program) \(Self.passDescriptor) "), .path(.tunnelSocket, .proxyCommand),
        ])
        return [SSHOption("ProxyCommand", command), SSHOption("ProxyUseFdpass", "yes")]
    }

    /// A session of its own: it ends with its tunnel.
    private static let unshared = SSHOptions.options([("ControlMaster", "no"), ("ControlPath", "none")])

    private var forwardWords: [Word] {
        let ssh = profile.ssh
        return (options.throughSSH + ssh.forwards).flatMap { ["-L", Word($0)] }
            + ssh.remoteForwards.flatMap { ["-R", Word($0)] }
            + (ssh.socks.map { ["-D", Word($0)] } ?? [])
    }

    /// What the profile says of a terminal is for its own command, not for one that was typed.
    private var terminalWords: [Word] {
        if forcesTerminal { return ["-t"] }
        guard remoteCommand.isEmpty, let tty = profile.ssh.tty else { return [] }
        return [tty ? "-t" : "-T"]
    }

    private var answers: [ClientCommand.Answer] {
        guard profile.authentication.method == .password, let user = profile.authentication.username else {
            return []
        }
        let secret = SecretLabel(
            kind: .password, target: TargetKey(of: profile), username: user, profile: profile.name)
        return [ClientCommand.Answer(secret: secret, prompts: Self.prompts(user: user, alias: options.alias))]
    }

    /// The texts by which ssh asks for this very password. Older releases cut the first after
    /// 30 bytes of the user and 128 of the host; 9.2 does not.
    private static func prompts(user: String, alias: String) -> [String] {
        let whole = "\(user)@\(alias)'s password: "
        let cutUser = String(decoding: user.utf8.prefix(30), as: UTF8.self)
        let cutAlias = String(decoding: alias.utf8.prefix(128), as: UTF8.self)
        let cut = "\(cutUser)@\(cutAlias)'s password: "
        return [whole] + (cut == whole ? [] : [cut]) + ["(\(user)@\(alias)) Password: "]
    }

    private var askpassEnvironment: [ClientCommand.Variable] {
        [
            ClientCommand.Variable("SSH_ASKPASS", Word(facts.ownExecutable)),
            ClientCommand.Variable("SSH_ASKPASS_REQUIRE", "force"),
            ClientCommand.Variable(Self.askpassVariable, Word([.path(.askpassSocket, .none)])),
        ]
    }
}
