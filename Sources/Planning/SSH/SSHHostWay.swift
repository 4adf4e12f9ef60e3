import Profiles

/// How an ssh that somebody else starts gets to a profile's target, and what must be there for it to sign in.
struct SSHHostWay {
    let profile: Profile
    let reader: SSHHostEntry.Reader
    let proxy: SSHHostEntry.Proxy

    /// The command of this program that makes sure that an agent holds the profile's key.
    private static let agent = "agent"

    private var needsAgent: Bool { profile.authentication.method == .sshKey(.keyring) }

    var options: [SSHOption] {
        // In ssh's own configuration the machine before has an entry, with all that signing in to it takes.
        if reader == .configuration, let jump = profile.jumps.last {
            let address = profile.addressBehindJump.map { [("HostName", SSHConfiguration.word($0))] } ?? []
            return SSHOptions.options(address + [("ProxyJump", jump.name)])
        }
        return SSHOptions.options([("ProxyCommand", proxyCommand), ("ProxyUseFdpass", "no")])
    }

    private var proxyCommand: String {
        let words = proxy.words(["proxy", profile.name])
        guard reader == .inventory, needsAgent else { return Self.line(words) }
        let script = [proxy.words([Self.agent, profile.name]), ["exec"] + words]
            .map { $0.map(Quoting.shellWord).joined(separator: " ") }.joined(separator: " && ")
        return Self.line(["/bin/sh", "-c", script])
    }

    /// For `Match exec`, which stands in double quotes and expands `%`.
    var preparation: String? {
        guard reader == .configuration, needsAgent else { return nil }
        return Self.line(proxy.words([Self.agent, profile.name]))
    }

    /// With nothing run before it, ssh finds no public key to pick the agent's key by: it takes all that there are,
    /// which is this one.
    func login(_ options: [SSHOption]) -> [SSHOption] {
        guard reader == .inventory, needsAgent else { return options }
        return options.map { option in
            switch option.name {
            case "IdentityFile": SSHOption("IdentityFile", "none")
            case "IdentitiesOnly": SSHOption("IdentitiesOnly", "no")
            default: option
            }
        }
    }

    private static func line(_ words: [String]) -> String {
        words.map(Quoting.proxyCommand.quoted).joined(separator: " ")
    }
}

extension SSHOption {
    /// With the paths of files in place of its holes.
    func placing(_ path: (RuntimeFile) -> String) -> SSHOption {
        let pieces = value.pieces.map { piece in
            if case .path(let file, let quoting) = piece {
                return Word.Piece.text(quoting.quoted(path(file)))
            }
            return piece
        }
        return SSHOption(name, Word(pieces))
    }
}
