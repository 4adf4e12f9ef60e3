internal import Diagnostics
internal import Planning

/// `proxy NAME [PORT]`: a tunnel on standard input and output.
struct ProxyCommand: Command {
    private let name: String
    private let port: UInt16?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        guard arguments.words.count > 1 else {
            port = nil
            return
        }
        guard let number = UInt16(arguments.words[1]), number != 0 else {
            throw Diagnostic(
                "usage.port", "'\(arguments.words[1])' is no port", remedy: "give a number from 1 to 65535",
                exit: .usage)
        }
        port = number
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        try await SessionCommand(name: name, request: .proxy(port: port)).run(in: context)
    }
}
