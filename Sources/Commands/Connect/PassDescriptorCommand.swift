internal import Diagnostics
internal import Posix
internal import SessionRuntime

/// `pass-descriptor SOCKET`: what a launched ssh runs as its ProxyCommand. Not for people.
struct PassDescriptorCommand: Command {
    private let socket: String

    init(_ arguments: ParsedArguments) throws(Diagnostic) { socket = arguments.words[0] }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        do {
            try await DescriptorPasser.run(socket: socket)
            return .success
        } catch {
            throw Problems(
                Diagnostic(
                    "session.gone", "the session that launched ssh is gone: \(error)",
                    remedy: "connect again with bastion-up", exit: .unavailable))
        }
    }
}
