import Profiles

/// The command line of PuTTY, as a window (`putty`) or in a terminal (`plink`): the one place that knows its
/// arguments. Release 0.77 or later.
struct PuTTYCommandLine {
    /// The number that the pipe with the password has in PuTTY.
    private static let passwordDescriptor: Int32 = 3

    let profile: Profile
    let facts: Facts
    let program: String
    let isWindow: Bool
    let remoteCommand: [String]
    let forcesTerminal: Bool

    /// Nil for a way to sign in that PuTTY has not.
    var command: ClientCommand? {
        guard let login = loginWords else { return nil }
        // A connection of its own: a shared one would outlive its tunnel.
        var words: [Word] = ["-ssh", "-noshare"]
        if isWindow { words += ["-title", Word(profile.name)] }
        words += ["-P", Word([.port(.client)])]
        words += profile.authentication.username.map { ["-l", Word($0)] } ?? []
        words += hostKeyWords + login + forwardWords + terminalWords
        // The password was not typed, so nobody takes what the server shows next for the question for it.
        if !isWindow { words.append("-no-antispoof") }
        words += ["127.0.0.1"] + commandWords.map { Word($0) }
        var command = ClientCommand(
            program: program, arguments: words, statusReading: .own(failure: 1))
        command.secretInput = password.map { .descriptor($0, Self.passwordDescriptor) }
        return command
    }

    /// Only these keys are accepted; PuTTY's own list of hosts knows this machine's ports alone.
    private var hostKeyWords: [Word] {
        let keys = facts.hostKeys.isEmpty ? [Word([.hostKey])] : facts.hostKeys.map { Word($0) }
        return keys.flatMap { ["-hostkey", $0] }
    }

    private var loginWords: [Word]? {
        switch profile.authentication.method {
        case .none: []
        case .password: ["-noagent", "-pwfile", Word("/dev/fd/\(Self.passwordDescriptor)")]
        case .sshKey(.file(let path)): ["-noagent", "-i", Word(path)]
        case .sshKey(.agent), .sshKey(.unspecified): ["-agent"]
        case .entra, .sshKey(.keyring), .sshKey(.keyVault): nil
        }
    }

    private var forwardWords: [Word] {
        let ssh = profile.ssh
        return ssh.forwards.flatMap { ["-L", Word($0)] } + ssh.remoteForwards.flatMap { ["-R", Word($0)] }
            + (ssh.socks.map { ["-D", Word($0)] } ?? [])
    }

    private var terminalWords: [Word] {
        if isWindow { return [] }
        if forcesTerminal { return ["-t"] }
        guard remoteCommand.isEmpty, let tty = profile.ssh.tty else { return [] }
        return [tty ? "-t" : "-T"]
    }

    /// plink takes the first word that is no option of its own for the host, and all that follows as it is.
    private var commandWords: [String] {
        remoteCommand.isEmpty ? [profile.ssh.command].compactMap(\.self) : remoteCommand
    }

    private var password: SecretLabel? {
        guard profile.authentication.method == .password, let user = profile.authentication.username else {
            return nil
        }
        return SecretLabel(
            kind: .password, target: TargetKey(of: profile), username: user, profile: profile.name)
    }
}
