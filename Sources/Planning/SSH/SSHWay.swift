import Profiles

/// How ssh, scp and sftp get to a profile's target: through the tunnel, or through the machines that the profile
/// jumps through, of which the first has the tunnel.
///
/// Each machine on the way is a login by an ssh of its own, with the user, the keys and the host keys of its
/// profile. What it is run by is a private file for sh, so that no command line is quoted within another one.
struct SSHWay {
    /// The command of this program that gives ssh a connected tunnel: `pass-descriptor SOCKET`.
    static let passDescriptor = "pass-descriptor"
    /// The variable by which this program, run as askpass helper, finds the socket to ask at.
    static let askpassVariable = "BASTION_UP_ASKPASS"

    let profile: Profile
    let facts: Facts
    /// The path of ssh.
    let program: String

    /// The target first, the machine that the tunnel leads to last.
    var machines: [SSHOptions] {
        ([profile] + profile.jumps.reversed()).enumerated().map { number, profile in
            SSHOptions(profile: profile, facts: facts, number: number)
        }
    }

    /// What the client of a machine is told of the way there.
    func options(to number: Int) -> [SSHOption] {
        number == profile.jumps.count ? tunnel : Self.through(number + 1)
    }

    /// The machines' own files: host keys, and how to get on from those that are jumped through.
    var files: [ClientCommand.PrivateFile] {
        let machines = machines
        let jumps = zip(machines.dropFirst(), machines).compactMap { machine, next in
            words(of: machine, goingOnTo: next.profile.placeBehindJump).map {
                ClientCommand.PrivateFile(.jump(machine.number), command: [Word(program)] + $0)
            }
        }
        return machines.compactMap(\.hostKeys) + jumps
    }

    /// A session of its own: it ends with its tunnel.
    static let unshared = SSHOptions.options([("ControlMaster", "no"), ("ControlPath", "none")])

    /// All options of a connection to the target, in the order of their precedence: what ssh, scp and sftp take
    /// alike. Nil for a way to sign in that is not supported yet.
    var connection: [SSHOption]? {
        let machines = machines
        guard let target = machines.first, let login = target.login,
            machines.allSatisfy({ $0.login != nil })
        else { return nil }
        return options(to: 0) + target.hostKeyCheck + Self.unshared + target.ofProfile + login
            + target.defaults
    }

    /// A program that starts ssh by itself, with all that ssh needs.
    ///
    /// - Parameter arguments: hold `connection`.
    func launching(
        _ other: String, _ arguments: [Word], reading: ClientCommand.StatusReading
    ) -> ClientCommand {
        var command = command(arguments, for: machines, files: files)
        (command.program, command.statusReading) = (other, reading)
        return command
    }

    /// The arguments of the ssh that signs in to a machine and carries bytes between its own standard streams and
    /// a place that the machine connects to. Nil where signing in to it is not supported.
    func words(of machine: SSHOptions, goingOnTo place: String) -> [Word]? {
        guard let login = machine.login else { return nil }
        let before = options(to: machine.number) + machine.hostKeyCheck + Self.unshared
        let after = machine.ofProfile + login + machine.defaults
        return before.flatMap(\.words) + ["-W", Word(place)] + after.flatMap(\.words)
            + Self.place(of: machine.profile)
    }

    /// The port, the user and the name by which ssh looks into the user's own files.
    static func place(of profile: Profile) -> [Word] {
        var words: [Word] = ["-p", Word(String(profile.targetPort))]
        if let user = profile.authentication.username { words += ["-l", Word(user)] }
        return words + ["--", Word(profile.name)]
    }

    /// A command with all that the machines need. They are those of which ssh signs in to.
    func command(_ arguments: [Word], for machines: [SSHOptions], files: [ClientCommand.PrivateFile])
        -> ClientCommand
    {
        let answers = Self.unmistakable(
            machines.reversed().flatMap { SSHQuestions(profile: $0.profile, facts: facts).answers })
        var command = ClientCommand(
            program: program, arguments: arguments, environment: answers.isEmpty ? [] : askpass,
            answers: answers)
        command.files = files
        command.identities = machines.reversed().compactMap(\.identity)
        command.mayAskAtTerminal = facts.mayAsk
        return command
    }

    /// Without the questions that two machines would ask alike, cut off as releases before 9.2 do: one would get the
    /// other's password. They are for a person.
    private static func unmistakable(_ answers: [ClientCommand.Answer]) -> [ClientCommand.Answer] {
        answers.map { answer in
            let others = answers.filter {
                $0.secret.target != answer.secret.target || $0.secret.username != answer.secret.username
            }
            var answer = answer
            answer.prompts.removeAll { prompt in others.contains { $0.prompts.contains(prompt) } }
            return answer
        }
    }

    /// A connected descriptor, passed by this program.
    private var tunnel: [SSHOption] {
        let program = Quoting.proxyCommand.quoted(facts.ownExecutable)
        let command = Word([
            .text("\(program) \(Self.passDescriptor) "), .path(.tunnelSocket, .proxyCommand),
        ])
        return [SSHOption("ProxyCommand", command), SSHOption("ProxyUseFdpass", "yes")]
    }

    private static func through(_ number: Int) -> [SSHOption] {
        let command = Word([.text("/bin/sh "), .path(.jump(number), .proxyCommand)])
        return [SSHOption("ProxyCommand", command), SSHOption("ProxyUseFdpass", "no")]
    }

    private var askpass: [ClientCommand.Variable] {
        [
            ClientCommand.Variable("SSH_ASKPASS", Word(facts.ownExecutable)),
            ClientCommand.Variable("SSH_ASKPASS_REQUIRE", "force"),
            ClientCommand.Variable(Self.askpassVariable, Word([.path(.askpassSocket, .none)])),
        ]
    }
}
