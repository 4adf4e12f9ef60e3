internal import Profiles

/// What a keyword of ssh_config(5) becomes in a profile. The keywords that say where ssh connects to are the reader's.
enum SSHKeywords {
    /// - Parameters:
    ///   - keyword: in the file's own spelling.
    ///   - value: the rest of the line, without quotes.
    static func apply(_ keyword: String, _ value: String, line: Int, to run: inout ImportRun) {
        let source = keyword
        switch keyword.lowercased() {
        case "user": run.set("auth.username", value, from: source, line: line)
        case "identityfile": setIdentity(value, source, line, &run)
        case "localforward": run.append("ssh.forwards", joined(value), from: source, line: line)
        case "remoteforward": run.append("ssh.remoteForwards", joined(value), from: source, line: line)
        case "dynamicforward":
            guard run.draft["ssh.socks"] == nil else {
                return run.notes.leaveOut("'\(source)'", because: "a profile has one 'ssh.socks'", line: line)
            }
            run.set("ssh.socks", value, from: source, line: line)
        case "remotecommand":
            if value.lowercased() != "none" { run.set("ssh.command", value, from: source, line: line) }
        case "requesttty":
            if ["yes", "force"].contains(value.lowercased()) { run.set("ssh.tty", true) }
            if value.lowercased() == "no" { run.set("ssh.tty", false) }
        default: setOption(keyword, value, line, &run)
        }
    }

    /// ssh tries several keys; a profile names one. The first is taken.
    private static func setIdentity(_ value: String, _ source: String, _ line: Int, _ run: inout ImportRun) {
        guard value.lowercased() != "none" else { return }
        guard run.draft["auth.key"] == nil else {
            return run.notes.leaveOut(
                "another '\(source)'", because: "a profile names one key",
                remedy: "without 'auth' in the profile, ssh tries your own keys", line: line)
        }
        let path = value.hasPrefix("%d/") ? "~" + value.dropFirst(2) : value
        run.setKey(path, from: source, line: line)
    }

    private static func setOption(_ keyword: String, _ value: String, _ line: Int, _ run: inout ImportRun) {
        let lower = keyword.lowercased()
        if SSHOptionPolicy.isReserved(keyword) {
            return run.notes.leaveOut(
                "'\(keyword)'", because: "bastion-up sets it itself, and always checks host keys", line: line)
        }
        if KeyTree.isSecret(keyword) {
            return run.notes.leaveOutSecret(keyword, profile: run.draft.name, line: line)
        }
        guard let name = SSHOptionPolicy.allowedFromAnybody.first(where: { $0.lowercased() == lower }) else {
            return run.notes.leaveOut(
                "'\(keyword.prefix(60))'",
                because: "it is not one of the ssh options that are taken over unseen",
                remedy: "if you want it, write it under ssh.options of '\(run.draft.name)'", line: line)
        }
        if run.draft[["ssh", "options", name]] == nil {
            run.set(["ssh", "options", name], value, from: keyword, line: line)
        }
    }

    /// `8080 localhost:80` as `-L` takes it.
    private static func joined(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: ":")
    }
}
