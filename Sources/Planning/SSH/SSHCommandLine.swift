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
    /// The path of ssh.
    let program: String

    /// A session: a shell, or the remote command as words. Nil for a way to sign in that is not supported yet.
    func session(_ remoteCommand: [String], forcesTerminal: Bool) -> ClientCommand? {
        guard let chosen = chosenOptions else { return nil }
        var words = fixedOptions.flatMap(\.words) + forwardWords + chosen.flatMap(\.words)
        words += terminalWords(remoteCommand, forcesTerminal)
        words += ["-p", Word(String(profile.targetPort))] + userWords + ["--", Word(profile.name)]
        words += (remoteCommand.isEmpty ? [profile.ssh.command].compactMap(\.self) : remoteCommand).map {
            Word($0)
        }
        return launching(program, words)
    }

    /// A connection that ends before anybody signs in: the host key is kept by then.
    var hostKeyProbe: ClientCommand {
        let silent = SSHOptions.options([
            ("LogLevel", "QUIET"), ("BatchMode", "yes"), ("PreferredAuthentications", "none"),
            ("RemoteCommand", "none"), ("ClearAllForwardings", "yes"),
        ])
        let options = silent + fixedOptions + options.ofProfile + options.defaults
        let words = options.flatMap(\.words) + ["-p", Word(String(profile.targetPort)), "-T", "-n"] + userWords
        return ClientCommand(
            program: program, arguments: words + ["--", Word(profile.name), "true"], environment: [])
    }

    /// A program that starts this ssh by itself, with the environment and the answers that ssh needs.
    ///
    /// - Parameter words: hold `connectionOptions`.
    func launching(
        _ program: String, _ words: [Word], reading: ClientCommand.StatusReading = .own(failure: 255)
    ) -> ClientCommand {
        ClientCommand(
            program: program, arguments: words, environment: isAnswering ? askpassEnvironment : [],
            answers: answers, statusReading: reading)
    }

    /// All options of a connection, in the order of their precedence: what ssh, scp and sftp take alike. Nil for
    /// a way to sign in that is not supported yet.
    var connectionOptions: [SSHOption]? { chosenOptions.map { fixedOptions + $0 } }

    /// Whether the askpass helper answers ssh's questions.
    var isAnswering: Bool { !answers.isEmpty }

    /// The user as ssh itself is given it; scp and sftp hand options on only.
    var userWords: [Word] { profile.authentication.username.map { ["-l", Word($0)] } ?? [] }

    private var fixedOptions: [SSHOption] { tunnelOptions + options.hostKeyCheck + Self.unshared }

    private var chosenOptions: [SSHOption]? {
        options.login.map { options.ofProfile + $0 + options.defaults }
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
        let mapped = profile.ports.filter { $0.route == .ssh }.map { mapping in
            let address = mapping.listeningAddress
            let shown = address.contains(":") ? "[\(address)]" : address
            return "\(shown):\(mapping.local):localhost:\(mapping.remote)"
        }
        let ssh = profile.ssh
        return (mapped + ssh.forwards).flatMap { ["-L", Word($0)] }
            + ssh.remoteForwards.flatMap { ["-R", Word($0)] }
            + (ssh.socks.map { ["-D", Word($0)] } ?? [])
    }

    /// What the profile says of a terminal is for its own command, not for one that was typed.
    private func terminalWords(_ remoteCommand: [String], _ forcesTerminal: Bool) -> [Word] {
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
