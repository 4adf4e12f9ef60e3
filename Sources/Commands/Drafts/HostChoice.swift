internal import Diagnostics
internal import Drafts
internal import Profiles
internal import SessionRuntime

/// The bastion hosts that a user can name: those of the profile files, and any by its resource ID.
struct HostChoice {
    let known: [KnownHost]
    private let resolver: ProfileResolver

    /// Hosts that cannot be resolved are left out.
    init(_ resolver: ProfileResolver) {
        self.resolver = resolver
        known = resolver.hostNames.compactMap { name in
            (try? resolver.host(named: name)).map { KnownHost(name: name, resourceID: $0.value.resourceID) }
        }
    }

    /// - Throws: `profile.unknown-host`, `profile.invalid-resource-id` (65), or what is wrong with the host.
    func host(named text: String) throws(Problems) -> ImportRequest.Host {
        guard text.hasPrefix("/") else { return .known(try resolver.host(named: text).value.name) }
        if let fault = KeyTree.host?.below(["resourceId"])?.fault(in: text) { throw Problems(fault) }
        guard let id = ResourceID(text) else { throw Problems() }
        return .resource(id)
    }

    /// Asks for the host that leads to a target; nil where the user leaves it open, or nobody can be asked.
    func ask(for name: String, _ context: CommandContext) throws(Problems) -> ImportRequest.Host? {
        guard context.mayAskForText else { return nil }
        if known.isEmpty {
            context.say("Nothing says which bastion host leads to '\(name)'.")
        } else {
            context.say("Nothing says which bastion host leads to '\(name)'. You have:\n\(list)")
        }
        let what = known.isEmpty ? "Its resource ID" : "A number, a name, or another one's resource ID"
        while let answer = try context.ask("\(what) (Enter leaves it open): "), !answer.isEmpty {
            if let number = Int(answer), known.indices.contains(number - 1) {
                return .known(known[number - 1].name)
            }
            do { return try host(named: answer) } catch {
                context.say(error.errors.map(\.text).joined(separator: "\n"))
            }
        }
        return nil
    }

    private var list: String {
        known.enumerated().map { number, host in
            "  \(number + 1)  \(host.name)  (\(host.resourceID.name) in \(host.resourceID.resourceGroup))"
        }.joined(separator: "\n")
    }
}

extension CommandContext {
    /// Whether a person can be asked for a line of text.
    var mayAskForText: Bool { !options.hasNoInput && conversation.asking != nil }
}
