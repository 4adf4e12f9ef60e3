internal import Diagnostics
internal import Planning

/// `connect NAME [-- COMMAND…]`, which `bastion-up NAME` means as well.
struct ConnectCommand: Command {
    private let name: String
    private let request: PlanRequest

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        request = .connect(arguments: arguments.rest ?? [], tty: arguments.has("-t"))
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        try await SessionCommand(name: name, request: request).run(in: context)
    }
}
