import Diagnostics
import Profiles

extension Rule {
    /// `plan.arguments-without-client`: what stands behind `--` is for a client, and tunnels alone have none.
    /// `plan.terminal-without-ssh`: `-t` means something to ssh and PuTTY only.
    static let clientArguments = Rule { question, problems in
        guard case .connect(let arguments, let tty) = question.request else { return }
        let profile = question.profile
        if question.client == nil, let first = arguments.first {
            problems.add(
                Diagnostic(
                    "plan.arguments-without-client",
                    "profile '\(profile.name)' launches no client that '\(first)' could be handed to",
                    remedy: "set client, or leave out what stands behind --", at: question.place("client"),
                    exit: .configuration))
        }
        switch question.client {
        case .ssh, .putty: return
        case .xfreerdp, .command, .some(.none), nil: break
        }
        guard tty else { return }
        problems.add(
            Diagnostic(
                "plan.terminal-without-ssh",
                "-t asks ssh for a terminal, and the client of '\(profile.name)' is \(profile.client.name)",
                remedy: "leave out -t", at: question.place("client"), exit: .configuration))
    }

    /// `plan.unknown-placeholder`: `{name}` in `client.command` is none that is known.
    /// `plan.command-without-username`: `{user}` in `client.command`, and the profile names no user.
    static let commandWords = Rule { question, problems in
        guard case .command(let words) = question.client else { return }
        let profile = question.profile
        for (index, word) in words.enumerated().dropFirst() {
            let place = question.place("client.command[\(index)]")
            switch CommandWord(word).reading(user: profile.authentication.username) {
            case .pieces: continue
            case .unknown(let name):
                let guess = Suggestion.nearest(to: name, among: CommandWord.placeholders)
                problems.add(
                    Diagnostic(
                        "plan.unknown-placeholder", "'{\(name)}' in client.command is no placeholder",
                        remedy: (guess.map { "did you mean '{\($0)}'? " } ?? "")
                            + "write {host}, {port} or {user}; {{ stands for one brace", at: place,
                        exit: .configuration))
            case .noUser:
                problems.add(
                    Diagnostic(
                        "plan.command-without-username",
                        "client.command asks for {user}, and profile '\(profile.name)' names none",
                        remedy: "set auth.username", at: place, exit: .configuration))
            }
        }
    }
}
