internal import Diagnostics

/// Whether a session is run or its plan shown (`--plan`), and how.
struct SessionDisplay {
    /// Whether nothing but failures is said (`-q`).
    let isQuiet: Bool
    private let isPlan: Bool
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        isQuiet = arguments.global.verbosity == .quiet
        isPlan = arguments.has("--plan")
        isJSON = try arguments.isJSON()
    }

    func run(_ session: SessionCommand, in context: CommandContext) async throws(Problems) -> ExitStatus {
        guard isPlan else { return try await session.run(in: context) }
        let plan = try session.plan(in: context)
        context.print(isJSON ? PlanRenderer().json(plan) : PlanRenderer().text(plan))
        return .success
    }
}
