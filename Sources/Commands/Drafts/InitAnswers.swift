internal import Diagnostics
internal import Drafts
internal import Posix
internal import Profiles
internal import SessionRuntime

/// The answers that a first profile is made of, asked for one after the other.
struct InitAnswers {
    let arguments: ParsedArguments
    let context: CommandContext
    let choice: HostChoice
    /// Names that a new profile cannot have.
    let takenNames: Set<String>

    private var profile: KeyTree? { KeyTree.profile }
    private func value(_ path: String...) -> KeyTree? { profile?.below(path) }

    // MARK: the bastion host

    enum Host {
        case known(KnownHost)
        case new(HostDraft.Address, tenant: String?)

        var resourceID: ResourceID? {
            switch self {
            case .known(let host): host.resourceID
            case .new(let address, _): address.resourceID
            }
        }
    }

    func host() throws(Problems) -> Host? {
        var help = ["The bastion host: its resource ID (in the portal under Properties), or its name."]
        if !choice.known.isEmpty {
            help.append("Or one that you have: \(choice.known.map(\.name).joined(separator: ", ")).")
        }
        let question = InitQuestion<String>(
            flag: "--host", help: help, prompt: "Bastion host",
            suggestion: choice.known.count == 1 ? choice.known[0].name : nil
        ) { (text) throws(Diagnostic) in
            let key = text.contains("/") ? "resourceId" : "name"
            if let fault = KeyTree.host?.below([key])?.fault(in: text) { throw fault }
            return text
        }
        guard let text = try question.ask(arguments, context) else { return nil }
        if let known = choice.known.first(where: { $0.name == text }) { return .known(known) }
        guard let address = try address(text) else { return nil }
        if let id = address.resourceID, let known = choice.known.first(where: { $0.resourceID == id }) {
            return .known(known)
        }
        return .new(address, tenant: try tenant())
    }

    private func address(_ text: String) throws(Problems) -> HostDraft.Address? {
        if let id = ResourceID(text) { return .resourceID(id) }
        let group = try part("--resource-group", "Its resource group", "resourceGroup", of: text)
        let subscription = try part("--subscription", "Its subscription ID", "subscription", of: text)
        guard let group, let subscription else { return nil }
        return .parts(name: text, resourceGroup: group, subscription: subscription)
    }

    private func part(_ flag: String, _ prompt: String, _ key: String, of host: String) throws(Problems)
        -> String?
    {
        var question = InitQuestion(flag, prompt, value: KeyTree.host?.below([key]))
        question.missingRemedy =
            "'\(host.printable)' is none of your hosts: give it, or the host's resource ID as --host"
        return try question.ask(arguments, context)
    }

    private func tenant() throws(Problems) -> String? {
        try InitQuestion(
            "--tenant", "Its tenant, if it is not that of your sign-in",
            value: KeyTree.host?.below(["tenant"]), isOptional: true
        ).ask(arguments, context)
    }

    // MARK: the VM

    enum Target {
        case resource(ResourceID)
        case address(String)
        case machine(String, resourceGroup: String)

        /// What a profile of it may be called.
        var name: String {
            switch self {
            case .resource(let id): id.path.map(\.name).joined(separator: "-")
            case .address(let text): "vm-\(text)"
            case .machine(let name, _): name
            }
        }
    }

    func target(behind host: Host) throws(Problems) -> Target? {
        let (id, ip, name) = (value("target", "resourceId"), value("target", "ip"), value("target", "vm"))
        let question = InitQuestion<String>(
            flag: "--target",
            help: [
                "The VM: its resource ID, its name, or its private IP address (if the host has IP connect)."
            ],
            prompt: "VM"
        ) { (text) throws(Diagnostic) in
            let isAddress =
                text.contains(":") || text.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            let kind = text.contains("/") ? id : isAddress ? ip : name
            if let fault = kind?.fault(in: text) { throw fault }
            return text
        }
        guard let text = try question.ask(arguments, context) else { return nil }
        if let id = ResourceID(text) { return .resource(id) }
        if let address = IPAddress(text) { return .address(address.description) }
        let group = try InitQuestion(
            "--target-resource-group", "Its resource group", value: value("target", "resourceGroup"),
            suggestion: host.resourceID?.resourceGroup
        ).ask(arguments, context)
        return group.map { .machine(text, resourceGroup: $0) }
    }

    // MARK: client and sign-in

    func client() throws(Problems) -> Client? {
        let question = InitQuestion<Client>(
            flag: "--client", help: ["What to start: ssh, or xfreerdp for a Windows desktop."],
            prompt: "Client",
            suggestion: "ssh"
        ) { (text) throws(Diagnostic) in
            switch text.lowercased() {
            case "ssh": return .ssh
            case "xfreerdp", "rdp": return .xfreerdp
            default:
                throw Diagnostic(
                    "init.client", "'\(text)' is neither ssh nor xfreerdp", remedy: "use one of the two",
                    exit: .usage)
            }
        }
        return try question.ask(arguments, context)
    }

    /// The word of `auth.type`, or `keys` for none.
    func signIn(_ client: Client, to target: Target) throws(Problems) -> String? {
        var words = client == .ssh ? ["keys", "ssh-key", "password"] : ["password"]
        if case .address = target {} else { words.append("aad") }
        let meanings = [
            "keys": "your own ssh keys and agent", "ssh-key": "one private key file",
            "password": "asked for, or kept in the keyring", "aad": "Microsoft Entra ID",
        ]
        let question = InitQuestion<String>(
            flag: "--auth",
            help: ["How to sign in to the VM:"]
                + words.map { word in
                    "  \(word)\(String(repeating: " ", count: 10 - word.count))\(meanings[word] ?? "")"
                },
            prompt: "Sign-in", suggestion: words[0]
        ) { [words] (text) throws(Diagnostic) in
            let word = ["entra": "aad", "key": "ssh-key"][text.lowercased()] ?? text.lowercased()
            guard words.contains(word) else {
                throw Diagnostic(
                    "init.sign-in", "'\(text)' is no way to sign in to this VM",
                    remedy: "use one of: \(words.joined(separator: ", "))", exit: .usage)
            }
            return word
        }
        return try question.ask(arguments, context)
    }

    func key() throws(Problems) -> String? {
        let path = try InitQuestion(
            "--key", "Private key file", value: value("auth", "key"), suggestion: "~/.ssh/id_ed25519"
        ).ask(arguments, context)
        if let path, (try? FileFacts(of: NewFile(context: context).absolute(path))) == nil {
            context.note("note: there is no file \(context.shown(path)) now")
        }
        return path
    }

    func username(_ signIn: String) throws(Problems) -> String? {
        if signIn == "aad", arguments.value("--username") == nil { return nil }
        return try InitQuestion(
            "--username", "User on the VM", value: value("auth", "username"),
            suggestion: context.surroundings.user
        ).ask(arguments, context)
    }

    // MARK: the profile

    func name(_ suggestion: String) throws(Problems) -> String? {
        let output = NewFile(context: context)
        let hasFile = arguments.has("--write")
        let free = suggestion == "imported" || !isFree(suggestion, output, hasFile) ? nil : suggestion
        var question = InitQuestion<String>(
            flag: "--name", help: ["What you type to connect: bastion-up NAME."],
            prompt: "Name of the profile",
            suggestion: free
        ) { (text) throws(Diagnostic) in
            guard NameKind.profile.admits(text) else {
                throw Diagnostic(
                    "usage.profile-name", "'\(text)' cannot be the name of a profile",
                    remedy:
                        "use lower-case letters, digits, '.', '_' and '-', at most 63, not beginning with a mark",
                    exit: .usage)
            }
            guard !CommandTable.names.contains(text), !takenNames.contains(text) else {
                throw Diagnostic(
                    "init.name-taken", "'\(text)' is the name of a command, or of a profile that you have",
                    remedy: "choose another", exit: .usage)
            }
            if !hasFile, (try? FileFacts(ofLink: output.profilePath(text))) != nil {
                throw output.exists(output.profilePath(text))
            }
            return text
        }
        if free == nil { question.missingRemedy = "'\(suggestion)' cannot be it: choose a name that is free" }
        return try question.ask(arguments, context)
    }

    private func isFree(_ name: String, _ output: NewFile, _ hasFile: Bool) -> Bool {
        !CommandTable.names.contains(name) && !takenNames.contains(name)
            && (hasFile || (try? FileFacts(ofLink: output.profilePath(name))) == nil)
    }
}
