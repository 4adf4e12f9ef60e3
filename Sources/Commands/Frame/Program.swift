internal import Diagnostics
internal import Glibc
internal import Posix
internal import SessionRuntime
internal import Terminal

/// The whole program: argument vector in, exit status out.
package enum Program {
    /// - Parameter arguments: with the program's own name.
    package static func run(_ arguments: [String]) -> Int32 {
        var words = Array(arguments.dropFirst())
        // Links to this program, for others that run it by a name alone.
        switch arguments.first.map(FilePath.name) {
        case AskpassQuestion.programName:
            return AskpassQuestion(words.joined(separator: " ")).answerFromKeyring()
        case InventoryCommand.programName: words.insert("inventory", at: 0)
        default: break
        }
        // ssh runs us with its question as the only word; what it needs to know stands in the environment.
        if words.count == 1, let socket = getenv(AskpassHelper.variable) {
            return AskpassQuestion(words[0]).answer(from: String(cString: socket))
        }
        do throws(Diagnostic) {
            switch try ArgumentParser(table: CommandTable.commands).parse(words) {
            case .version:
                TerminalOutput.standardOutput.write("bastion-up \(Version.text)\n")
                return 0
            case .help(let name): return help(name)
            case .run(let specification, let parsed):
                return run(try specification.make(parsed), parsed.global)
            }
        } catch { return fail(Problems(error)) }
    }

    static func help(_ name: String?) -> Int32 {
        let text = HelpText(table: CommandTable.commands)
        let page = CommandTable.commands.first { $0.name == name && $0.name != "help" }.map(text.page)
        TerminalOutput.standardOutput.write(page ?? text.overview())
        return 0
    }

    private static func run(_ command: any Command, _ options: GlobalOptions) -> Int32 {
        do {
            let descriptor = try SignalRouter.prepareProcess()
            return try EventLoop.run {
                let signals = SignalRouter(descriptor)
                let context = CommandContext(
                    surroundings: .ofProcess(), options: options, signals: signals)
                return await interruptible(signals) { await attempt(command, context) }
            }
        } catch {
            return fail(
                Problems(
                    Diagnostic(
                        "system.failed", "the system refused: \(error)",
                        remedy: "check limits and free memory",
                        exit: .systemError)))
        }
    }

    private static func attempt(_ command: any Command, _ context: CommandContext) async -> Int32 {
        do throws(Problems) { return try await command.run(in: context).rawValue } catch {
            return fail(error)
        }
    }

    /// Runs the body; a signal that asks us to end cancels it, and decides the status.
    private static func interruptible(
        _ signals: SignalRouter, _ body: @escaping @Sendable () async -> Int32
    ) async -> Int32 {
        let work = Task(executorPreference: EventLoop.current) { await body() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await signals.run() }
            group.addTask { if await signals.waitForInterruption() != nil { work.cancel() } }
            let status = await work.value
            group.cancelAll()
            return signals.interruption.map { ExitStatus.signal($0).rawValue } ?? status
        }
    }

    private static func fail(_ problems: Problems) -> Int32 {
        for problem in problems.all where problem.code != "session.cancelled" {
            TerminalOutput.standardError.write(problem.text + "\n")
        }
        return problems.exit.rawValue
    }
}
