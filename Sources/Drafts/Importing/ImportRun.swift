internal import Diagnostics
internal import Profiles

/// One import under way: the readers put in what they understand, checked value by value.
struct ImportRun {
    let request: ImportRequest
    var names: DraftNames
    var hosts: HostBook
    var notes: ImportNotes
    private(set) var drafts: [ProfileDraft] = []
    /// The draft that is being filled.
    private(set) var draft = ProfileDraft(name: "imported")
    private(set) var needsHost = false

    init(_ request: ImportRequest) {
        self.request = request
        names = DraftNames(wanted: request.name, taken: request.takenNames)
        hosts = HostBook(known: request.knownHosts)
        notes = ImportNotes(file: request.file)
    }

    /// The most values of one list.
    private static let listLimit = 100

    /// The longest value in bytes.
    private static let valueLimit = 8192

    /// Whether there are too many drafts already.
    var isFull: Bool { drafts.count > Importer.draftLimit }

    // MARK: one draft

    /// Begins a draft.
    /// - Parameters:
    ///   - text: where its name comes from.
    ///   - suffix: tells it from another one of the same text.
    mutating func begin(_ text: String, suffix: String) {
        draft = ProfileDraft(name: names.take(text, suffix: suffix))
    }

    mutating func finish() { drafts.append(draft) }

    /// Sets a value, or warns that it cannot be one.
    /// - Parameter source: how the file calls it: `--username`, `desktopwidth`.
    @discardableResult
    mutating func set(_ path: String, _ text: String, from source: String, line: Int) -> Bool {
        set(ProfileDraft.parts(path), text, from: source, line: line)
    }

    @discardableResult
    mutating func set(_ path: [String], _ text: String, from source: String, line: Int) -> Bool {
        guard let value = checked(text, path, from: source, line: line) else { return false }
        draft.set(path, value)
        return true
    }

    /// Adds to a list.
    mutating func append(_ path: String, _ text: String, from source: String, line: Int) {
        guard let value = checked(text, ProfileDraft.parts(path) + ["[]"], from: source, line: line) else {
            return
        }
        if case .list(let items)? = draft[path], items.count >= Self.listLimit {
            return notes.leaveOut("'\(source)'", because: "there are too many of them", line: line)
        }
        draft.append(path, value)
    }

    mutating func set(_ path: String, _ value: Bool) { draft.set(path, .boolean(value)) }

    mutating func setPort(_ text: String, unless standard: UInt16, from source: String, line: Int) {
        guard let port = UInt16(text), port > 0 else {
            return notes.leaveOut(
                "'\(source)'", because: "it is no port", remedy: "a port is 1 to 65535", line: line)
        }
        if port != standard { draft.set("target.port", .integer(Int(port))) }
    }

    private mutating func checked(_ text: String, _ path: [String], from source: String, line: Int)
        -> DraftValue?
    {
        guard let tree = KeyTree.profile?.below(path) else { return nil }
        guard text.utf8.count <= Self.valueLimit else {
            notes.leaveOut("'\(source)'", because: "it is too long", line: line)
            return nil
        }
        let escaped = tree.takesPlaceholders ? Placeholders.escaped(text) : text
        guard let fault = tree.fault(in: escaped) ?? formFault(in: text, tree) else { return .literal(text) }
        notes.warn(
            "import.invalid-value", "left out '\(source)': \(fault.message)", remedy: fault.remedy,
            line: line)
        return nil
    }

    /// A value with a placeholder's beginning is not checked by the decoder: its form is known later. Here it is known.
    private func formFault(in text: String, _ tree: KeyTree) -> Diagnostic? {
        guard text.contains("${") else { return nil }
        return tree.fault(in: text.replacing(first: "${", by: "__"))
    }

    // MARK: host and target

    /// The bastion host that the user named, or a gap.
    mutating func setRequestedHost(line: Int) {
        if let host = requestedHost {
            draft.set("host", .text(host))
        } else {
            needsHost = true
            addGap(
                "host: NAME", "the bastion host, a name under 'hosts'",
                "nothing says which bastion host leads to '\(draft.name)'",
                remedy: "give --host NAME, or the host's resource ID; a template was written", line: line)
        }
    }

    /// The short name of the host that the user asked for.
    var requestedHost: String? {
        mutating get {
            switch request.host {
            case .known(let name)?: name
            case .resource(let id)?: hosts.shortName(of: .resourceID(id))
            case nil: nil
            }
        }
    }

    /// Sets the target to an IP address, or leaves a gap where the text is another kind of name.
    mutating func setTarget(address text: String, line: Int) {
        if let address = IPAddress(text), !address.isLoopback {
            draft.set("target.ip", .literal(address.description))
            return
        }
        let isNear = text == "localhost" || IPAddress(text)?.isLoopback == true
        let what =
            isNear
            ? "'\(text.prefix(60))' is the near end of a tunnel, not the target of '\(draft.name)'"
            : "'\(text.prefix(60))' is a name, and a bastion host needs a resource ID or an IP address"
        addTargetGap(what, line: line)
    }

    mutating func addTargetGap(_ message: String, line: Int) {
        addGap(
            "target: {resourceId: /subscriptions/…}", "what to connect to; or {ip: ADDRESS}", message,
            remedy: "fill in 'target' of the template that was written", line: line)
    }

    private mutating func addGap(
        _ text: String, _ meaning: String, _ message: String, remedy: String, line: Int
    ) {
        draft.gaps.append(ProfileDraft.Gap(line: text, meaning: meaning))
        notes.warn("import.incomplete", message, remedy: remedy, line: line)
    }

    // MARK: signing in

    /// Sets a key file; relative paths are those of the imported file.
    mutating func setKey(_ path: String, from source: String, line: Int) {
        guard !path.contains(":\\"), !path.contains("%") else {
            return notes.leaveOut(
                "'\(source)'", because: "it is no path on this machine",
                remedy: "set auth.key of '\(draft.name)' to the key's file here", line: line)
        }
        let isWhole = path.hasPrefix("/") || path.hasPrefix("~")
        let whole = isWhole || request.folder.isEmpty ? path : "\(request.folder)/\(path)"
        if set("auth.key", whole, from: source, line: line) { draft.set("auth.type", .text("ssh-key")) }
    }

    mutating func change(_ body: (inout ProfileDraft) -> Void) { body(&draft) }

    /// Changes a draft that is finished.
    mutating func changeDraft(_ index: Int, _ body: (inout ProfileDraft) -> Void) { body(&drafts[index]) }
}

extension String {
    fileprivate func replacing(first: String, by other: String) -> String {
        var result = ""
        var rest = self[...]
        while let index = rest.indices.first(where: { rest[$0...].hasPrefix(first) }) {
            result += rest[..<index] + other
            rest = rest[index...].dropFirst(first.count)
        }
        return result + rest
    }
}
