import Profiles

/// The command line of ssh: the one place that knows ssh's arguments.
///
/// ssh takes the first value of each option, so the order is the precedence: what must hold, what the profile
/// says, what the sign-in asks for, what is only a good default. All of it comes before the user's own files.
struct SSHCommandLine {
    /// The command of this program that gives ssh a connected tunnel: `pass-descriptor SOCKET`.
    static let passDescriptor = "pass-descriptor"
    /// The variable by which this program, run as askpass helper, finds the socket to ask at.
    static let askpassVariable = "BASTION_UP_ASKPASS"
    /// Seconds that the target's banner may take beyond the opening of the tunnel.
    private static let bannerMargin: Int64 = 15

    let profile: Profile
    let facts: Facts
    let program: String
    /// The remote command, as words.
    let remoteCommand: [String]
    let forcesTerminal: Bool

    /// Nil for a way to sign in that is not supported yet.
    var command: ClientCommand? {
        guard let login = loginWords else { return nil }
        var words = fixedWords + forwardWords
        words += Self.options(profile.ssh.options.map { "\($0.name)=\($0.value)" })
        words += login + defaultWords + terminalWords
        words += ["-p", Word(String(profile.targetPort))]
        if let user = profile.authentication.username { words += ["-l", Word(user)] }
        words += ["--", Word(profile.name)]
        words += (remoteCommand.isEmpty ? [profile.ssh.command].compactMap(\.self) : remoteCommand).map {
            Word($0)
        }
        let askpass = askpass
        return ClientCommand(
            program: program, arguments: words, environment: askpass == nil ? [] : askpassEnvironment,
            askpass: askpass)
    }

    private var alias: String { TargetKey(of: profile).hostKeyAlias }

    /// The way to the tunnel and the check of the host key. `accept-new`: the first key is kept, a changed
    /// one refused; never `ask`, since in the password case that question would go to the askpass helper.
    private var fixedWords: [Word] {
        let proxy = Word([
            .text(
                "ProxyCommand=\(Quoting.proxyCommand.quoted(facts.ownExecutable)) \(Self.passDescriptor) "),
            .path(.tunnelSocket, .proxyCommand),
        ])
        let knownHosts = Quoting.sshOption.quoted(facts.knownHostsFile)
        return ["-o", proxy]
            + Self.options([
                "ProxyUseFdpass=yes", "HostKeyAlias=\(alias)", "UserKnownHostsFile=\(knownHosts)",
                "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=accept-new", "CheckHostIP=no",
                "UpdateHostKeys=no", "VerifyHostKeyDNS=no", "HashKnownHosts=no", "ControlMaster=no",
                "ControlPath=none",
            ])
    }

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

    private var loginWords: [Word]? {
        switch profile.authentication.method {
        case .none: []
        case .password:
            Self.options([
                "PubkeyAuthentication=no", "PreferredAuthentications=password,keyboard-interactive",
                "NumberOfPasswordPrompts=1",
            ])
        case .sshKey(.file(let path)):
            Self.options([
                "IdentityFile=\(Quoting.sshOption.quoted(path))", "IdentitiesOnly=yes",
                "PreferredAuthentications=publickey",
            ])
        case .sshKey(.agent):
            Self.options([
                "IdentityFile=none", "IdentitiesOnly=no", "PreferredAuthentications=publickey",
            ])
        case .sshKey(.unspecified): Self.options(["PreferredAuthentications=publickey"])
        case .entra, .sshKey(.keyring), .sshKey(.keyVault): nil
        }
    }

    /// A dead peer is noticed after three unanswered questions.
    private var defaultWords: [Word] {
        let opening = profile.tunnel.connectTimeout.components
        let seconds = opening.seconds + (opening.attoseconds > 0 ? 1 : 0) + Self.bannerMargin
        return Self.options([
            "ConnectTimeout=\(seconds)", "ServerAliveInterval=15", "ServerAliveCountMax=3",
        ])
    }

    /// What the profile says of a terminal is for its own command, not for one that was typed.
    private var terminalWords: [Word] {
        if forcesTerminal { return ["-t"] }
        guard remoteCommand.isEmpty, let tty = profile.ssh.tty else { return [] }
        return [tty ? "-t" : "-T"]
    }

    private var askpass: ClientCommand.Askpass? {
        guard profile.authentication.method == .password, let user = profile.authentication.username else {
            return nil
        }
        let secret = SecretLabel(
            kind: .password, target: TargetKey(of: profile), username: user, profile: profile.name)
        return ClientCommand.Askpass(secret: secret, prompts: Self.prompts(user: user, alias: alias))
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

    private static func options(_ texts: [String]) -> [Word] { texts.flatMap { ["-o", Word($0)] } }
}
