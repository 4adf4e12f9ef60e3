internal import Diagnostics
internal import Planning
internal import Posix
internal import SSHKeys
internal import SessionRuntime

/// `hold-agent FOLDER SECONDS`: what `agent` starts, and what stays. Not for people.
struct HoldAgentCommand: Command {
    static let name = "hold-agent"

    private let folder: String
    private let lifetime: Duration

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        folder = arguments.words[0]
        lifetime = .seconds(Int64(arguments.words[1]) ?? 0)
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        do throws(SSHKeyError) {
            let keeper = try AgentKeeper(
                of: UserAgent.Place(AgentPaths(folder: folder)),
                tools: AgentTools(context.surroundings, signals: context.signals))
            try await keeper.run(lifetime: lifetime)
            return .success
        } catch {
            throw Problems(
                Diagnostic(
                    "agent.ended", "the agent in \(folder) could not be held: \(error)",
                    remedy: "'bastion-up agent NAME' starts it", exit: .unavailable))
        }
    }
}
