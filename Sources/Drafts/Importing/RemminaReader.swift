internal import Profiles

/// Reads a connection of Remmina (an INI file with the section `remmina`): one draft, for RDP or SSH.
struct RemminaReader {
    private struct Entry {
        var value: String
        var line: Int
    }

    private var entries: [String: Entry] = [:]
    private var place = 1

    static func read(_ text: ForeignText, into run: inout ImportRun) {
        var reader = RemminaReader()
        var isInside = false
        for line in text.lines {
            let trimmed = line.text.trimmed
            if trimmed.hasPrefix("[") {
                isInside = trimmed.lowercased() == "[remmina]"
                if isInside { reader.place = line.number }
            } else if isInside, let equals = trimmed.firstIndex(of: "="), !trimmed.hasPrefix("#") {
                let value = trimmed[trimmed.index(after: equals)...].trimmed
                reader.entries[trimmed[..<equals].trimmed.lowercased()] = Entry(
                    value: value, line: line.number)
            }
        }
        guard !reader.entries.isEmpty else { return }
        reader.read(&run)
    }

    /// The value of a key; nil where nothing is written.
    private func value(_ key: String) -> Entry? { entries[key].flatMap { $0.value.isEmpty ? nil : $0 } }

    private func isOn(_ key: String) -> Bool { ["1", "true"].contains(value(key)?.value.lowercased() ?? "") }

    private func read(_ run: inout ImportRun) {
        let protocolEntry = value("protocol")
        let name = (protocolEntry?.value ?? "RDP").uppercased()
        guard ["RDP", "SSH", "SFTP"].contains(name) else {
            let place = protocolEntry?.line ?? place
            return run.notes.warn(
                "import.skipped", "a connection of the protocol '\(name.prefix(20))' is skipped",
                remedy:
                    "RDP and SSH can be imported; for others, write a profile with 'client: none' and 'ports'",
                line: place)
        }
        let server = value("server") ?? value("ssh_server")
        run.begin(value("name")?.value ?? server?.value ?? "imported", suffix: name.lowercased())
        run.setRequestedHost(line: place)
        setTarget(server, standard: name == "RDP" ? 3389 : 22, &run)
        if let group = value("group") { run.append("tags", group.value, from: "group", line: group.line) }
        if name == "RDP" { setDesktop(&run) } else { setShell(&run) }
        noteSecrets(&run)
        noteTunnel(&run)
        run.finish()
    }

    private func setTarget(_ server: Entry?, standard: UInt16, _ run: inout ImportRun) {
        guard let server else {
            return run.addTargetGap("the file does not say what to connect to", line: place)
        }
        let (host, port) = RDPSignIn.split(server.value)
        run.setTarget(address: host, line: server.line)
        let isNear = IPAddress(host)?.isLoopback == true || host == "localhost"
        if let port, !isNear { run.setPort(port, unless: standard, from: "server", line: server.line) }
    }

    // MARK: RDP

    private func setDesktop(_ run: inout ImportRun) {
        run.change { $0.set("client", .text("xfreerdp")) }
        let user = value("username")
        RDPSignIn.set(
            username: user?.value ?? "", domain: value("domain")?.value ?? "",
            isEntra: ["aad", "7"].contains(value("security")?.value.lowercased() ?? ""), from: "username",
            line: user?.line ?? place, &run)
        setScreen(&run)
        if value("disableclipboard")?.value == "0" || isOn("shareclipboard") {
            run.set("rdp.clipboard", true)
        }
        if value("sound")?.value == "local" { run.set("rdp.sound", true) }
        if let microphone = value("microphone"), !["0", "off"].contains(microphone.value) {
            run.set("rdp.microphone", true)
        }
        if let folder = value("sharefolder") { setFolder(folder, &run) }
        setPerformance(&run)
        for key in ["shareprinter", "sharesmartcard", "shareserial", "shareparallel", "cert_ignore"]
        where isOn(key) {
            let reason =
                key == "cert_ignore" ? "certificates are always checked" : "profiles have nothing like it"
            run.notes.leaveOut("'\(key)'", because: reason, line: value(key)?.line ?? place)
        }
        for key in ["gateway_server", "exec", "execpath", "loadbalanceinfo"] {
            guard let entry = value(key) else { continue }
            run.notes.leaveOut("'\(key)'", because: "profiles have nothing like it", line: entry.line)
        }
    }

    private func setScreen(_ run: inout ImportRun) {
        // View mode 2 is full screen with scrolling, 3 full screen scaled to the monitor.
        if ["2", "3"].contains(value("viewmode")?.value ?? "") || isOn("fullscreen") {
            run.set("rdp.fullScreen", true)
        }
        if isOn("multimon") { run.set("rdp.multimon", true) }
        if let size = value("resolution"), size.value.contains("x") {
            run.set("rdp.size", size.value, from: "resolution", line: size.line)
        } else if let width = value("resolution_width"), let height = value("resolution_height"),
            width.value != "0", height.value != "0"
        {
            run.set("rdp.size", "\(width.value)x\(height.value)", from: "resolution_width", line: width.line)
        }
    }

    private func setFolder(_ folder: Entry, _ run: inout ImportRun) {
        let last = folder.value.split(separator: "/").last.map(String.init) ?? "folder"
        let name = last.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        let isName = NameKind.drive.admits(name)
        run.set(
            ["rdp", "drives", isName ? name : "folder"], folder.value, from: "sharefolder", line: folder.line)
    }

    private func setPerformance(_ run: inout ImportRun) {
        let words = [
            "autodetect": "auto", "lan": "lan", "wan": "wan", "modem": "modem", "broadband": "wan",
            "broadband-low": "wan", "broadband-high": "wan",
        ]
        guard let word = words[value("network")?.value.lowercased() ?? ""] else { return }
        run.change { $0.set("rdp.performance", .text(word)) }
    }

    // MARK: SSH

    private func setShell(_ run: inout ImportRun) {
        if let user = value("username") ?? value("ssh_username") {
            run.set("auth.username", user.value, from: "username", line: user.line)
        }
        if let key = value("ssh_privatekey") { run.setKey(key.value, from: "ssh_privatekey", line: key.line) }
        if value("ssh_auth")?.value == "0" {
            run.change {
                $0.set("auth.type", .text("password")); $0.remove("auth.key")
            }
        }
        if value("ssh_auth")?.value == "2", run.draft["auth.key"] == nil {
            run.change {
                $0.set("auth.type", .text("ssh-key")); $0.set("auth.agent", .boolean(true))
            }
        }
        for key in ["exec", "ssh_exec"] {
            guard let command = value(key) else { continue }
            run.set("ssh.command", command.value, from: key, line: command.line)
        }
        if isOn("ssh_compression") {
            run.set(["ssh", "options", "Compression"], "yes", from: "ssh_compression", line: place)
        }
    }

    // MARK: what is left out

    private func noteSecrets(_ run: inout ImportRun) {
        let secrets = entries.filter { key, entry in
            !entry.value.isEmpty && (key.contains("password") || key.contains("passphrase"))
                && !["0", "1", "true", "false"].contains(entry.value)
        }
        for (key, entry) in secrets.sorted(by: { $0.value.line < $1.value.line }) {
            run.notes.leaveOutSecret(
                key, profile: run.draft.name, isKey: key.contains("passphrase"), line: entry.line)
        }
    }

    private func noteTunnel(_ run: inout ImportRun) {
        guard isOn("ssh_tunnel_enabled") || isOn("ssh_enabled") else { return }
        run.notes.leaveOut(
            "the ssh tunnel ('ssh_tunnel_…')", because: "the bastion host is the way to the target",
            remedy: "for a further machine between, make a profile of it and name it in ssh.jump",
            line: value("ssh_tunnel_enabled")?.line ?? value("ssh_enabled")?.line ?? place)
    }
}
