internal import Diagnostics
internal import Planning

/// The ssh profiles as Ansible's inventory scripts print them: hosts, their variables, and a group for each tag.
struct AnsibleInventory {
    let entries: [SSHHostEntry]

    /// - Parameter entries: those that Ansible would evaluate instead of taking them literally are left out.
    init(_ entries: [SSHHostEntry]) { self.entries = entries.filter { !Self.isTemplate($0) } }

    /// Whether a value would be evaluated by Jinja2, on the machine that Ansible runs on.
    static func isTemplate(_ entry: SSHHostEntry) -> Bool {
        let texts = [entry.user ?? "", arguments(entry)]
        return texts.contains { text in
            // By bytes, as Ansible reads them: a mark that combines with a brace would hide it.
            zip(text.utf8, text.utf8.dropFirst()).contains { $0 == 0x7B && [0x7B, 0x25, 0x23].contains($1) }
        }
    }

    /// The answer to `--list`.
    var list: JSON {
        let grouped = groups
        let members = grouped.map { JSON.Member(name: $0.name, value: Self.group($0.hosts)) }
        let all = JSON.members(["children": .list(grouped.map { .text($0.name) })])
        let variables = entries.map { JSON.Member(name: $0.name, value: Self.variables($0)) }
        return .object(
            [
                JSON.Member(name: "_meta", value: .members(["hostvars": .object(variables)])),
                JSON.Member(name: "all", value: all),
            ] + members)
    }

    /// The answer to `--host`; nothing for a host that is not there.
    func host(_ name: String) -> JSON { entries.first { $0.name == name }.map(Self.variables) ?? .object([]) }

    private static func group(_ hosts: [String]) -> JSON { .members(["hosts": .list(hosts.map(JSON.text))]) }

    /// Sorted by name; `ungrouped` last.
    private var groups: [(name: String, hosts: [String])] {
        var hosts: [String: [String]] = [:]
        for entry in entries {
            for name in Set(entry.tags.map(Self.groupName)) { hosts[name, default: []].append(entry.name) }
        }
        let untagged = entries.filter(\.tags.isEmpty).map(\.name)
        return hosts.sorted { $0.key < $1.key }.map { (name: $0.key, hosts: $0.value) }
            + [(name: "ungrouped", hosts: untagged)]
    }

    /// Ansible's groups have names like variables: letters, digits and `_`, no digit first. Some names are its own.
    static func groupName(_ tag: String) -> String {
        let name = String(
            tag.map { character in
                character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
            })
        let isTaken = ["all", "ungrouped", "_meta", ""].contains(name)
        return isTaken || name.first?.isNumber == true ? "tag_" + name : name
    }

    private static func variables(_ entry: SSHHostEntry) -> JSON {
        .members([
            "ansible_connection": "ssh", "ansible_host": .text(entry.name),
            "ansible_port": .integer(Int(entry.port)), "ansible_user": entry.user.map(JSON.text),
            "ansible_ssh_common_args": .text(arguments(entry)),
        ])
    }

    /// What ssh, scp and sftp are all given. Ansible takes it apart as a POSIX shell would.
    private static func arguments(_ entry: SSHHostEntry) -> String {
        entry.options.flatMap(\.words).map { Quoting.shellWhereNeeded.quoted($0.shown) }.joined(
            separator: " ")
    }
}
