import Profiles

/// What ssh is told of one machine by options: the same for ssh, scp, sftp and a configuration file.
///
/// ssh takes the first value of each option, so the order is the precedence: what must hold, what the profile
/// says, what the sign-in asks for, what is only a good default.
struct SSHOptions {
    /// Seconds that the target's banner may take beyond the opening of the tunnel.
    private static let bannerMargin: Int64 = 15
    /// Seconds that signing in to a machine may take: sshd's own limit (`LoginGraceTime`).
    private static let loginTime: Int64 = 120

    let profile: Profile
    let facts: Facts
    /// 0 is the target, 1 the machine before it.
    var number = 0

    /// The name under which the target's host key is kept.
    var alias: String { TargetKey(of: profile).hostKeyAlias }

    /// The check of the host key. Without keys in the profile `accept-new`: the first key is kept, a changed one
    /// refused; never `ask`, since that question would go to the askpass helper.
    var hostKeyCheck: [SSHOption] {
        let kept: Word =
            hostKeys == nil
            ? Word(Quoting.sshOption.quoted(facts.knownHostsFile))
            : Word([.path(.hostKeys(number), .sshOption)])
        return Self.options([("HostKeyAlias", alias)]) + [SSHOption("UserKnownHostsFile", kept)]
            + Self.options([
                ("GlobalKnownHostsFile", "/dev/null"),
                ("StrictHostKeyChecking", hostKeys == nil ? "accept-new" : "yes"),
                ("CheckHostIP", "no"), ("UpdateHostKeys", "no"), ("VerifyHostKeyDNS", "no"),
                ("HashKnownHosts", "no"),
            ])
    }

    /// The only keys that the machine may show, as a file of known hosts; nil where the profile names none.
    var hostKeys: ClientCommand.PrivateFile? {
        let keys = profile.ssh.hostKeys
        guard !keys.isEmpty else { return nil }
        return ClientCommand.PrivateFile(
            .hostKeys(number), keys.map { "\(alias) \($0)\n" }.joined())
    }

    /// What the profile sets under `ssh.options`.
    var ofProfile: [SSHOption] { Self.options(profile.ssh.options.map { ($0.name, $0.value) }) }

    /// Nil for a way to sign in that is not supported yet.
    var login: [SSHOption]? {
        switch profile.authentication.method {
        case .none: []
        case .password:
            Self.options([
                ("PubkeyAuthentication", "no"), ("PreferredAuthentications", "password,keyboard-interactive"),
                // Each unanswered question costs a failed login, so there are more only where somebody answers.
                ("NumberOfPasswordPrompts", facts.mayAsk ? "3" : "1"),
            ])
        case .sshKey(.file(let path)):
            Self.options([
                ("IdentityFile", Quoting.sshOption.quoted(path)), ("IdentitiesOnly", "yes"),
            ]) + publicKey
        case .sshKey(.agent):
            Self.options([("IdentityFile", "none"), ("IdentitiesOnly", "no")]) + publicKey
        case .sshKey(.keyring): privateAgent
        case .sshKey(.unspecified): publicKey
        case .entra, .sshKey(.keyVault): nil
        }
    }

    /// `-L`, `-R` and `-D`, as options. The address and port that are listened on stand before the destination.
    var forwards: [SSHOption] {
        let ssh = profile.ssh
        let local = (Self.throughSSH(profile) + ssh.forwards).map { ("LocalForward", Self.divided($0)) }
        let remote = ssh.remoteForwards.map { ("RemoteForward", Self.divided($0)) }
        return Self.options(local + remote + (ssh.socks.map { [("DynamicForward", $0)] } ?? []))
    }

    /// The mappings with `via: ssh`, as after `-L`.
    static func throughSSH(_ profile: Profile) -> [String] {
        profile.ports.filter { $0.route == .ssh }.map { mapping in
            let address = mapping.listeningAddress
            let shown = address.contains(":") ? "[\(address)]" : address
            return "\(shown):\(mapping.local):localhost:\(mapping.remote)"
        }
    }

    /// The two arguments of a forward, which ssh joins again with a colon: the last two parts, or else the last,
    /// are where it leads.
    private static func divided(_ forward: String) -> String {
        var parts: [String] = [""]
        var isInBrackets = false
        for character in forward {
            if character == "[" { isInBrackets = true }
            if character == "]" { isInBrackets = false }
            if character == ":", !isInBrackets {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        let tail = parts.count > 2 ? 2 : 1
        return [parts.dropLast(tail), parts.suffix(tail)]
            .map { SSHConfiguration.word($0.joined(separator: ":")) }.joined(separator: " ")
    }

    /// The one key of the private agent that belongs to this machine, picked by its public part.
    private var privateAgent: [SSHOption] {
        [
            SSHOption("IdentityAgent", Word([.path(.agentSocket, .sshOption)])),
            SSHOption("IdentityFile", Word([.path(.publicKey(number), .sshOption)])),
        ] + Self.options([("IdentitiesOnly", "yes")]) + publicKey
    }

    /// A server may want a code beside the key, which only a person can type.
    private var publicKey: [SSHOption] {
        Self.options([
            ("PreferredAuthentications", facts.mayAsk ? "publickey,keyboard-interactive" : "publickey")
        ])
    }

    /// What the private agent is given for this machine.
    var identity: ClientCommand.Identity? {
        guard profile.authentication.method == .sshKey(.keyring),
            let key = SecretLabel.privateKey(of: profile),
            let passphrase = SecretLabel.passphrase(of: profile, login: facts.login)
        else { return nil }
        return ClientCommand.Identity(key: key, passphrase: passphrase, publicKey: .publicKey(number))
    }

    /// A dead peer is noticed after three unanswered questions.
    var defaults: [SSHOption] {
        let opening = profile.entry.tunnel.connectTimeout.components
        let seconds =
            opening.seconds + (opening.attoseconds > 0 ? 1 : 0) + Self.bannerMargin
            + Int64(profile.jumps.count) * Self.loginTime
        return Self.options([
            ("ConnectTimeout", String(seconds)), ("ServerAliveInterval", "15"), ("ServerAliveCountMax", "3"),
        ])
    }

    static func options(_ pairs: [(String, String)]) -> [SSHOption] {
        pairs.map { SSHOption($0.0, Word($0.1)) }
    }
}
