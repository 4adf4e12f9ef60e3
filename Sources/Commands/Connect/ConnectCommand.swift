internal import Diagnostics
internal import Planning

/// `connect NAME [-- COMMAND…]`, which `bastion-up NAME` means as well.
struct ConnectCommand: Command {
    private let name: String
    private let request: PlanRequest
    /// Whether the name may have been meant as a command.
    private let isImplicit: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        isImplicit = arguments.isImplicit
        request = .connect(arguments: arguments.rest ?? [], tty: arguments.has("-t"))
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        do { return try await SessionCommand(name: name, request: request).run(in: context) } catch {
            throw isImplicit ? Problems(error.all.map(mayBeCommand)) : error
        }
    }

    private func mayBeCommand(_ problem: Diagnostic) -> Diagnostic {
        guard problem.code == "profile.not-found" else { return problem }
        var problem = problem
        problem.message = "there is no profile and no command '\(name)'"
        if !problem.remedy.hasPrefix("did you mean"),
            let command = Suggestion.nearest(to: name, among: CommandTable.names.sorted())
        {
            problem.remedy = "did you mean 'bastion-up \(command)'?"
        }
        return problem
    }
}
