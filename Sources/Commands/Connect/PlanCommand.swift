internal import Diagnostics
internal import Planning

/// `plan NAME`: the very value that `connect` runs, shown.
struct PlanCommand: Command {
    private let name: String
    private let request: PlanRequest
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        request = .connect(arguments: arguments.rest ?? [], tty: arguments.has("-t"))
        isJSON = try arguments.isJSON()
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let plan = try SessionCommand(name: name, request: request).plan(in: context)
        context.print(isJSON ? PlanRenderer().json(plan) : PlanRenderer().text(plan))
        return .success
    }
}

extension ParsedArguments {
    /// Whether JSON was asked for.
    /// - Throws: `usage.output` for a format that the command does not have.
    func isJSON() throws(Diagnostic) -> Bool {
        switch global.output {
        case "json": return true
        case "text": return false
        default:
            throw Diagnostic(
                "usage.output", "'\(command)' cannot print \(global.output)",
                remedy: "use --output text or json",
                exit: .usage)
        }
    }
}
