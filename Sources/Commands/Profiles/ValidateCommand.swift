internal import Diagnostics
internal import ProfileStore
internal import Profiles

/// `validate [FILE…]`: everything that is wrong with any file, `config.yaml` and the given ones included.
struct ValidateCommand: Command {
    private let files: [String]
    private let isIsolated: Bool
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        files = arguments.words
        isIsolated = arguments.has("--isolated")
        isJSON = try arguments.isJSON()
        if isIsolated, files.isEmpty, arguments.global.profiles.isEmpty {
            throw Diagnostic(
                "usage.isolated", "--isolated leaves nothing to check without a file",
                remedy: "name the files to check: bastion-up validate --isolated FILE", exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        let library = ProfileLibrary(reading: context, extra: files, isIsolated: isIsolated)
        var problems = library.problems
        problems.add(library.resolver.validate())
        if isJSON {
            context.print(JSON.list(problems.all.map(Self.json)).indented() + "\n")
        } else {
            for problem in problems.all { context.print(problem.text + "\n\n") }
        }
        context.note(Self.summary(of: problems, in: library))
        return problems.exit
    }

    private static func summary(of problems: Problems, in library: ProfileLibrary) -> String {
        let profiles = library.files.reduce(0) { $0 + $1.entries(.profiles).count }
        let files = library.files.count + (library.found.configuration == nil ? 0 : 1)
        let checked = "\(String.counted(files, "file")), \(String.counted(profiles, "profile"))"
        if problems.isEmpty { return "\(checked): no problems" }
        let errors = String.counted(problems.errors.count, "error")
        return "\(checked): \(errors), \(String.counted(problems.warnings.count, "warning"))"
    }

    /// Every member is always there; a problem that stands in no line of a file has no place.
    private static func json(_ problem: Diagnostic) -> JSON {
        .members([
            "file": problem.location.map { .text($0.file) } ?? .null,
            "line": problem.location.map { .integer($0.line) } ?? .null,
            "column": problem.location.map { .integer($0.column) } ?? .null,
            "severity": .text(problem.severity.rawValue), "code": .text(problem.code),
            "message": .text(problem.message), "hint": .text(problem.remedy),
        ])
    }
}
