internal import Diagnostics
internal import Posix
internal import SessionRuntime

extension CommandTable {
    static let demoCommands = [
        CommandSpecification(
            "demo", .other,
            "Show a session on this machine, without Azure: an emulated bastion host and a throw-away ssh server "
                + "are started, connected to, and ended again.",
            usage: "[-- COMMAND…]", passesRest: true,
            examples: ["bastion-up demo", "bastion-up demo -- 'echo ok; exit 7'"], make: DemoCommand.init)
    ]
}

/// `demo`: emulator, ssh server, profile, plan, session; everything in a folder that goes away again.
struct DemoCommand: Command {
    private let command: [String]

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        let given = arguments.rest ?? []
        command = given.isEmpty ? ["uname", "-a"] : given
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let stage: DemoStage
        do { stage = try DemoStage(context) } catch { throw Problems(error) }
        let outcome: Result<ExitStatus, Diagnostic>
        do throws(Diagnostic) { outcome = .success(try await play(on: stage, context)) } catch {
            outcome = .failure(error)
        }
        await stage.strike()
        do { return try outcome.get() } catch { throw Problems(error) }
    }

    private func play(on stage: DemoStage, _ context: CommandContext) async throws(Diagnostic) -> ExitStatus {
        let server = try await DemoServer.start(on: stage)
        context.note("==> ssh server on 127.0.0.1:\(server.port), in place of the VM 'dev-linux'")
        let secret = DemoSecret()
        let emulator = try await DemoEmulator.start(on: stage, serverPort: server.port, secret: secret)
        context.note(
            "==> emulated Azure (sign-in, Resource Manager, bastion host) at \(emulator.ready.authority)")
        let profiles = try stage.folder("config/bastion-up/profiles")
        let file = try stage.write(DemoProfile.text(emulator.ready), to: profiles, name: "dev-linux.yaml")
        try stage.move(server.userKey, to: FilePath.join(profiles, "id_ed25519"))
        context.note("==> profile 'dev-linux' in \(file)")

        let environment = DemoEnvironment(context.surroundings.environment, folder: stage.path, secret)
        let rest = ["dev-linux", "--"] + command
        context.note("\n==> bastion-up plan dev-linux: what would happen\n")
        let planned = try await stage.run(stage.ownExecutable, ["plan"] + rest, environment.texts)
        guard planned == .success else { return planned }
        context.note("\n==> bastion-up dev-linux -- \(command.joined(separator: " "))\n")
        let status = try await stage.run(stage.ownExecutable, rest, environment.texts)
        context.note(
            "\n==> the client ended with status \(status.rawValue); the emulator's log of sessions:\n")
        let log = DemoLog(emulator.log())
        for line in log.sessions { context.note(line) }
        context.note(log.verdict)
        return status
    }
}
