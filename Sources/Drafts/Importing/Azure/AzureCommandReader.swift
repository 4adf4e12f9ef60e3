internal import Diagnostics
internal import Profiles

/// Reads command lines of the Azure CLI: each `az network bastion ssh|rdp|tunnel` becomes a draft.
enum AzureCommandReader {
    static func read(_ text: ForeignText, into run: inout ImportRun) {
        // Fences of Markdown would be command substitutions.
        let lines = text.lines.map { $0.text.trimmed.hasPrefix("```") ? "" : $0.text }
        var subscription: ShellWord?
        for words in ShellWords.commands(in: lines.joined(separator: "\n")) where !run.isFull {
            if let set = AzureCommandLine.subscription(setBy: words) { subscription = set }
            guard let command = AzureCommandLine(words) else { continue }
            read(command, subscription, into: &run)
        }
    }

    private static func read(
        _ command: AzureCommandLine, _ subscription: ShellWord?, into run: inout ImportRun
    ) {
        let id = value("--target-resource-id", command)
        let address = value("--target-ip-address", command)
        let target = id.flatMap { ResourceID($0.text) }
        run.begin(name(target, address?.text), suffix: command.verb.rawValue)
        noteUnknown(command, &run)
        setHost(command, subscription, target, &run)
        setTarget(command, id, address, &run)
        switch command.verb {
        case .ssh:
            setPort(command, 22, &run)
            setSignIn(command, &run)
            SSHArguments.read(command.rest, into: &run)
        case .rdp:
            run.change { $0.set("client", .text("xfreerdp")) }
            setPort(command, 3389, &run)
            setSignIn(command, &run)
            noteSwitches(command, &run)
        case .tunnel: setTunnel(command, &run)
        }
        run.finish()
    }

    /// The machine's name; instances of scale sets with their set's.
    private static func name(_ target: ResourceID?, _ address: String?) -> String {
        if let target { return target.path.map(\.name).joined(separator: "-") }
        return address.map { "vm-\($0)" } ?? "imported"
    }

    /// The value of an option; one that only a shell could fill in is none.
    private static func value(_ name: String, _ command: AzureCommandLine) -> ShellWord? {
        command[name].flatMap { $0.isOpen || $0.text.isEmpty ? nil : $0 }
    }

    // MARK: host

    static func setHost(
        _ command: AzureCommandLine, _ subscription: ShellWord?, _ target: ResourceID?,
        _ run: inout ImportRun
    ) {
        if run.request.host != nil { return run.setRequestedHost(line: command.line) }
        if let id = value("--ids", command).flatMap({ ResourceID($0.text) }),
            id.type == "microsoft.network/bastionhosts"
        {
            return use(.resourceID(id), &run)
        }
        let group = value("--resource-group", command)?.text
        guard let name = value("--name", command)?.text else {
            return run.setRequestedHost(line: command.line)
        }
        if let known = run.hosts.known(name, resourceGroup: group) {
            return run.change { $0.set("host", .text(known)) }
        }
        let written = [command["--subscription"], subscription].compactMap { $0 }.first
        let isGUID = written.map { !$0.isOpen && isSubscription($0.text) } ?? false
        let chosen = isGUID ? written?.text : written == nil ? target?.subscription : nil
        guard let group, let chosen, isSubscription(chosen), isName(name), isName(group) else {
            return run.setRequestedHost(line: command.line)
        }
        if written == nil {
            run.notes.warn(
                "import.assumed", "the command does not say the subscription of the bastion host '\(name)'",
                remedy: "that of the target was taken; correct 'subscription' under 'hosts' if it is another",
                line: command.line)
        }
        use(.parts(name: name, resourceGroup: group, subscription: chosen), &run)
    }

    private static func use(_ address: HostDraft.Address, _ run: inout ImportRun) {
        guard let host = run.hosts.shortName(of: address) else { return }
        run.change { $0.set("host", .text(host)) }
    }

    private static func isSubscription(_ text: String) -> Bool {
        KeyTree.host?.below(["subscription"])?.fault(in: text) == nil
    }

    private static func isName(_ text: String) -> Bool {
        KeyTree.host?.below(["name"])?.fault(in: text) == nil && !text.contains("$")
    }

    // MARK: target

    private static func setTarget(
        _ command: AzureCommandLine, _ id: ShellWord?, _ address: ShellWord?, _ run: inout ImportRun
    ) {
        if let id, run.set("target.resourceId", id.text, from: "--target-resource-id", line: id.line) {
            return
        }
        if let address, id == nil { return run.setTarget(address: address.text, line: address.line) }
        run.addTargetGap(
            "the command does not say what '\(run.draft.name)' connects to", line: command.line)
    }

    private static func setPort(_ command: AzureCommandLine, _ standard: UInt16, _ run: inout ImportRun) {
        guard let port = value("--resource-port", command) else { return }
        run.setPort(port.text, unless: standard, from: "--resource-port", line: port.line)
    }

    private static func setTunnel(_ command: AzureCommandLine, _ run: inout ImportRun) {
        run.change { $0.set("client", .text("none")) }
        setPort(command, 22, &run)
        let remote = value("--resource-port", command)?.text ?? "22"
        let local = value("--port", command)
        run.append(
            "ports", "\(local?.text ?? "0"):\(remote)", from: "--port", line: local?.line ?? command.line)
    }

    // MARK: signing in

    private static func setSignIn(_ command: AzureCommandLine, _ run: inout ImportRun) {
        if let user = value("--username", command) {
            run.set("auth.username", user.text, from: "--username", line: user.line)
        }
        let key = value("--ssh-key", command)
        if let key { run.setKey(key.text, from: "--ssh-key", line: key.line) }
        guard let type = value("--auth-type", command) else {
            if command.switches.contains("--enable-mfa") { setEntra(&run) }
            return
        }
        switch type.text.lowercased() {
        case "password":
            run.change {
                $0.set("auth.type", .text("password")); $0.remove("auth.key")
            }
        case "aad": setEntra(&run)
        case "ssh-key": run.change { $0.set("auth.type", .text("ssh-key")) }
        default:
            run.notes.leaveOut(
                "'--auth-type'", because: "it is none of password, aad and ssh-key", line: type.line)
        }
    }

    private static func setEntra(_ run: inout ImportRun) {
        run.change {
            $0.set("auth.type", .text("aad")); $0.remove("auth.key")
        }
    }

    // MARK: what is left out

    private static func noteSwitches(_ command: AzureCommandLine, _ run: inout ImportRun) {
        guard command.switches.contains("--configure") else { return }
        run.notes.leaveOut(
            "'--configure'", because: "it opens a window for settings",
            remedy: "write them under 'rdp' of '\(run.draft.name)'", line: command.line)
    }

    private static func noteUnknown(_ command: AzureCommandLine, _ run: inout ImportRun) {
        for word in command.unknown {
            if KeyTree.isSecret(String(word.text.drop { $0 == "-" })) {
                run.notes.leaveOutSecret(word.text, profile: run.draft.name, line: word.line)
            } else if AzureCommandLine.valued.contains(word.text) {
                run.notes.leaveOut("'\(word.text)'", because: "it has no value", line: word.line)
            } else {
                run.notes.warn(
                    "import.unknown-option",
                    "left out '\(word.text.prefix(60))', which is no option of this command",
                    line: word.line)
            }
        }
        for option in command.options where option.value.isOpen {
            run.notes.leaveOut(
                "'\(option.name)'", because: "its value is known to a shell only",
                remedy: "replace the variable or placeholder by its value", line: option.value.line)
        }
        guard command.strayCount > 0 else { return }
        run.notes.warn(
            "import.unknown-option",
            "\(command.strayCount) word\(command.strayCount == 1 ? " belongs" : "s belong") to no option",
            remedy: "quote values that hold spaces", line: command.line)
    }
}
