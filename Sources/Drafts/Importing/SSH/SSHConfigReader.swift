internal import Profiles

/// Reads an ssh config: each `Host` block without wildcards becomes a draft.
struct SSHConfigReader {
    /// Drafts by the names that their blocks have in the file.
    private var draftOfAlias: [String: Int] = [:]
    /// `ProxyJump` of drafts, to be looked up when all are known.
    private var jumps: [(draft: Int, entry: SSHConfigText.Entry)] = []

    static func read(_ text: ForeignText, into run: inout ImportRun) {
        var reader = SSHConfigReader()
        for block in SSHConfigText(text).blocks where !run.isFull { reader.read(block, &run) }
        reader.setJumps(&run)
    }

    private mutating func read(_ block: SSHConfigText.Block, _ run: inout ImportRun) {
        for entry in block.entries where entry.is("include") {
            run.notes.leaveOut(
                "'Include'", because: "other files are not looked at",
                remedy: "import the files that it names, each by itself", line: entry.line)
        }
        switch block.kind {
        case .top:
            if block.entries.contains(where: { !$0.is("include") && !$0.is("ignoreunknown") }) {
                skip("what stands above the first 'Host'", block.entries[0].line, &run)
            }
        case .match: skip("a 'Match' block", block.line, &run)
        case .host:
            let names = block.patterns.filter { !$0.contains { "*?!".contains($0) } }
            if names.count < block.patterns.count || names.isEmpty {
                let what = names.isEmpty ? "the block" : "a pattern"
                skip("\(what) 'Host \(block.patterns.joined(separator: " ").prefix(60))'", block.line, &run)
            }
            guard let name = names.first else { return }
            readHost(name, block, &run)
            for alias in names {
                draftOfAlias[alias] = draftOfAlias[alias] ?? run.drafts.count - 1
            }
            if names.count > 1 {
                run.notes.leaveOut(
                    "the other names of '\(name.prefix(60))'", because: "a profile has one name",
                    remedy: "for another one write a profile with extends: \(run.draft.name)",
                    line: block.line)
            }
        }
    }

    private func skip(_ what: String, _ line: Int, _ run: inout ImportRun) {
        run.notes.warn(
            "import.skipped", "\(what) is skipped: it is for several hosts",
            remedy: "ssh still reads it from your own config when bastion-up starts ssh", line: line)
    }

    // MARK: one block

    private mutating func readHost(_ name: String, _ block: SSHConfigText.Block, _ run: inout ImportRun) {
        run.begin(name, suffix: "ssh")
        let hostName = block["hostname"]
        let address = (hostName?.value ?? name).replacingToken("%h", by: name)
        let isNear = address == "localhost" || IPAddress(address)?.isLoopback == true
        let place = hostName?.line ?? block.line
        if let command = azureCommand(block, address) {
            setAzure(command, &run)
        } else {
            run.setRequestedHost(line: block.line)
            run.setTarget(address: address, line: place)
        }
        var seen: Set<String> = []
        for entry in block.entries {
            let isFirst = seen.insert(entry.keyword.lowercased()).inserted
            switch entry.keyword.lowercased() {
            case "hostname", "include", "ignoreunknown": break
            case "port":
                // The near end's port says nothing about the target's.
                if isFirst, !isNear {
                    run.setPort(entry.value, unless: 22, from: entry.keyword, line: entry.line)
                }
            case "proxyjump":
                if isFirst, entry.value.lowercased() != "none" { jumps.append((run.drafts.count, entry)) }
            case "proxycommand":
                if isFirst { noteCommand(entry, block, address, &run) }
            case "identityfile", "localforward", "remoteforward", "dynamicforward":
                SSHKeywords.apply(entry.keyword, entry.value, line: entry.line, to: &run)
            default:
                if isFirst { SSHKeywords.apply(entry.keyword, entry.value, line: entry.line, to: &run) }
            }
        }
        run.finish()
    }

    /// The Azure CLI's command that ssh gets to the host by.
    private func azureCommand(_ block: SSHConfigText.Block, _ address: String) -> AzureCommandLine? {
        guard let entry = block["proxycommand"] else { return nil }
        let text = entry.value.replacingToken("%h", by: address)
            .replacingToken("%p", by: block["port"]?.value ?? "22")
            .replacingToken("%r", by: block["user"]?.value ?? "")
        let commands = ShellWords.commands(in: text, line: entry.line)
        return commands.compactMap(AzureCommandLine.init).first
    }

    private func setAzure(_ command: AzureCommandLine, _ run: inout ImportRun) {
        let id = command["--target-resource-id"].flatMap { $0.isOpen ? nil : $0 }
        AzureCommandReader.setHost(command, nil, id.flatMap { ResourceID($0.text) }, &run)
        if let id, run.set("target.resourceId", id.text, from: "--target-resource-id", line: id.line) {
            return
        }
        if let address = command["--target-ip-address"], !address.isOpen {
            return run.setTarget(address: address.text, line: address.line)
        }
        run.addTargetGap("the command does not say what '\(run.draft.name)' connects to", line: command.line)
    }

    private func noteCommand(
        _ entry: SSHConfigText.Entry, _ block: SSHConfigText.Block, _ address: String, _ run: inout ImportRun
    ) {
        guard azureCommand(block, address) == nil, entry.value.lowercased() != "none" else { return }
        run.notes.leaveOut(
            "'\(entry.keyword)'", because: "the tunnel is the way to the target", line: entry.line)
    }

    // MARK: jumps

    private func setJumps(_ run: inout ImportRun) {
        for jump in jumps where jump.draft < run.drafts.count {
            let value = jump.entry.value
            let alias = value.split(separator: "@").last.map(String.init) ?? value
            guard !value.contains(","), let found = draftOfAlias[alias], found != jump.draft else {
                run.notes.leaveOut(
                    "'\(jump.entry.keyword)'", because: "it names no single host of this file",
                    remedy: "make a profile of the host between, and name it in ssh.jump",
                    line: jump.entry.line)
                continue
            }
            let name = run.drafts[found].name
            run.changeDraft(jump.draft) { $0.set("ssh.jump", .text(name)) }
        }
    }
}

extension String {
    /// The text with each of ssh's tokens of that name replaced; `%%` stands for `%` and hides what follows. Text that
    /// is too long for anything, or would become so, stays as it is.
    fileprivate func replacingToken(_ token: String, by value: String) -> String {
        guard utf8.count <= 8192, value.utf8.count <= 256 else { return self }
        var result = ""
        var rest = self[...]
        while let character = rest.first {
            if rest.hasPrefix("%%") {
                result += "%%"
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix(token) {
                result += value
                rest = rest.dropFirst(token.count)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
