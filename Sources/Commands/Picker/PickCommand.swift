internal import Diagnostics
internal import SessionRuntime
internal import Terminal

/// `bastion-up` alone: on a terminal one of the profiles is picked and connected to, elsewhere they are listed.
struct PickCommand: Command {
    private let list: ListCommand
    private let wantsText: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        list = try ListCommand(arguments)
        wantsText = try !arguments.isJSON()
    }

    /// Who leaves without a choice gets the status of Ctrl-C, as with other pickers: `bastion-up && …` ends there.
    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        guard wantsText, Self.canDraw(context) else { return try await list.run(in: context) }
        switch await ProfilePicker(context: context).pick() {
        case .noScreen, .noProfiles: return try await list.run(in: context)
        case .left: return .signal(2)
        case .terminalGone: return .signal(1)
        case .picked(let name):
            var arguments = ParsedArguments(command: "connect")
            arguments.words = [name]
            let command: ConnectCommand
            do { command = try ConnectCommand(arguments) } catch { throw Problems(error) }
            let words = CommandTable.names.contains(name) ? "connect \(name)" : name
            context.note(context.style.paint("bastion-up \(words)", .dim))
            return try await command.run(in: context)
        }
    }

    private static func canDraw(_ context: CommandContext) -> Bool {
        let isDumb = ["", "dumb"].contains(context.surroundings.environment["TERM"] ?? "")
        return context.conversation.width != nil && context.surroundings.hasTerminalInput
            && !context.options.hasNoInput && !isDumb
    }
}
