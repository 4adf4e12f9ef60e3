internal import Diagnostics
internal import Planning
internal import SessionRuntime

/// `inventory [--list|--host H]`: the ssh profiles as a dynamic inventory for Ansible.
struct InventoryCommand: Command {
    /// The name under which this program is an inventory script by itself: Ansible runs it with `--list`.
    static let programName = "bastion-up-inventory"

    private let host: String?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        host = arguments.value("--host")
        if host != nil, arguments.has("--list") {
            throw Diagnostic(
                "usage.exclusive-flags", "--list and --host exclude each other", remedy: "give one of them",
                exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let found = SSHConfiguration(try SSHHostEntries(for: .inventory, context).all())
        // Ansible shows as an error whatever a script says; a person at the terminal is told.
        let level: GlobalOptions.Verbosity = context.surroundings.hasTerminalError ? .normal : .verbose
        for case .leftOut(let name, let reason) in found.items {
            context.note("\(name) is left out: \(reason.printable)", at: level)
        }
        for entry in found.entries where AnsibleInventory.isTemplate(entry) {
            context.note(
                "\(entry.name) is left out: Ansible would take a part of it for a template", at: level)
        }
        let inventory = AnsibleInventory(found.entries)
        context.print((host.map(inventory.host) ?? inventory.list).indented(hasShortLists: true) + "\n")
        return .success
    }
}
