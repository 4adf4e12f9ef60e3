internal import Diagnostics

/// `help [COMMAND]`
struct HelpCommand: Command {
    private let name: String?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words.first
        if let name, !CommandTable.names.contains(name) {
            throw Diagnostic(
                "usage.unknown-command", "there is no command '\(name)'",
                remedy: "'bastion-up help' lists the commands", exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        ExitStatus(rawValue: Program.help(name))
    }
}
