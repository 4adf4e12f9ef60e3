internal import Diagnostics
internal import Planning
internal import Profiles

/// `tunnel NAME [--port …]`: tunnels alone, until a signal.
struct TunnelCommand: Command {
    private let name: String
    private let ports: [PortMapping]?

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        name = arguments.words[0]
        var ports: [PortMapping] = []
        for text in arguments.values("--port") { ports.append(try Self.mapping(text)) }
        self.ports = ports.isEmpty ? nil : ports
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        try await SessionCommand(name: name, request: .tunnel(ports: ports), printsPorts: true).run(
            in: context)
    }

    private static func mapping(_ text: String) throws(Diagnostic) -> PortMapping {
        guard let mapping = PortMapping(text) else {
            throw Diagnostic(
                "usage.port", "'\(text)' is no port mapping",
                remedy: "write [address:]local:remote, with local 0 for any free port", exit: .usage)
        }
        return mapping
    }
}
