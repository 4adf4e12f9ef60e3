internal import Diagnostics
internal import ProfileStore

/// `untrust FILE`: the file may do nothing any more that only the user may allow. Also for one that is gone.
struct UntrustCommand: Command {
    private let path: String

    init(_ arguments: ParsedArguments) throws(Diagnostic) { path = arguments.words[0] }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let real = context.realPath(of: path)
        let wasTrusted = try context.changeTrust { (ledger) throws(Diagnostic) in try ledger.forget(real) }
        let file = context.shown(real)
        context.note(
            wasTrusted ? "no longer trusted: \(file)" : "\(file) was not trusted; nothing was changed")
        return .success
    }
}
