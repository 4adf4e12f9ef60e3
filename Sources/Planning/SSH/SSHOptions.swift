import Profiles

/// What ssh is told of a profile by options: the same for ssh, scp, sftp and a configuration file.
///
/// ssh takes the first value of each option, so the order is the precedence: what must hold, what the profile
/// says, what the sign-in asks for, what is only a good default.
struct SSHOptions {
    /// Seconds that the target's banner may take beyond the opening of the tunnel.
    private static let bannerMargin: Int64 = 15

    let profile: Profile
    let facts: Facts

    /// The name under which the target's host key is kept.
    var alias: String { TargetKey(of: profile).hostKeyAlias }

    /// The check of the host key. `accept-new`: the first key is kept, a changed one refused; never `ask`, since
    /// in the password case that question would go to the askpass helper.
    var hostKeyCheck: [SSHOption] {
        Self.options([
            ("HostKeyAlias", alias),
            ("UserKnownHostsFile", Quoting.sshOption.quoted(facts.knownHostsFile)),
            ("GlobalKnownHostsFile", "/dev/null"), ("StrictHostKeyChecking", "accept-new"),
            ("CheckHostIP", "no"), ("UpdateHostKeys", "no"), ("VerifyHostKeyDNS", "no"),
            ("HashKnownHosts", "no"),
        ])
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
                ("NumberOfPasswordPrompts", "1"),
            ])
        case .sshKey(.file(let path)):
            Self.options([
                ("IdentityFile", Quoting.sshOption.quoted(path)), ("IdentitiesOnly", "yes"),
                ("PreferredAuthentications", "publickey"),
            ])
        case .sshKey(.agent):
            Self.options([
                ("IdentityFile", "none"), ("IdentitiesOnly", "no"), ("PreferredAuthentications", "publickey"),
            ])
        case .sshKey(.unspecified): Self.options([("PreferredAuthentications", "publickey")])
        case .entra, .sshKey(.keyring), .sshKey(.keyVault): nil
        }
    }

    /// `-L`, `-R` and `-D`, as options. The address and port that are listened on stand before the destination.
    var forwards: [SSHOption] {
        let ssh = profile.ssh
        let local = (throughSSH + ssh.forwards).map { ("LocalForward", Self.divided($0)) }
        let remote = ssh.remoteForwards.map { ("RemoteForward", Self.divided($0)) }
        return Self.options(local + remote + (ssh.socks.map { [("DynamicForward", $0)] } ?? []))
    }

    /// The mappings with `via: ssh`, as after `-L`.
    var throughSSH: [String] {
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

    /// A dead peer is noticed after three unanswered questions.
    var defaults: [SSHOption] {
        let opening = profile.tunnel.connectTimeout.components
        let seconds = opening.seconds + (opening.attoseconds > 0 ? 1 : 0) + Self.bannerMargin
        return Self.options([
            ("ConnectTimeout", String(seconds)), ("ServerAliveInterval", "15"), ("ServerAliveCountMax", "3"),
        ])
    }

    static func options(_ pairs: [(String, String)]) -> [SSHOption] {
        pairs.map { SSHOption($0.0, Word($0.1)) }
    }
}
