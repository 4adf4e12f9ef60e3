internal import Diagnostics
internal import Planning

/// `sftp NAME[:PATH] [-- OPTION…]`
struct SFTPCommand: Command {
    private let name: String
    private let request: PlanRequest
    private let display: SessionDisplay

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        let display = try SessionDisplay(arguments)
        let options = arguments.rest ?? []
        self.display = display
        switch try CopyOperand(arguments.words[0]) {
        case .local(let name):
            self.name = name
            request = .sftp(path: nil, arguments: options, isQuiet: display.isQuiet)
        case .remote(let name, let path):
            self.name = name
            request = .sftp(path: path, arguments: options, isQuiet: display.isQuiet)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        try await display.run(SessionCommand(name: name, request: request), in: context)
    }
}
