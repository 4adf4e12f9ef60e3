internal import Diagnostics
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime

/// `trust [FILE]`: shows what a file asks for, asks, and records the answer. The file may stand anywhere; a folder
/// stands for the profile files in it.
struct TrustCommand: Command {
    private let path: String?
    private let isYes: Bool
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(Diagnostic) {
        path = arguments.words.first
        isYes = arguments.has("--yes")
        isJSON = try arguments.isJSON()
        if path != nil, isJSON {
            throw Diagnostic(
                "usage.output", "'trust FILE' asks a person, and cannot print JSON",
                remedy: "'bastion-up trust --output json' lists what files ask for", exit: .usage)
        }
    }

    func run(in context: CommandContext) async throws(Problems) -> ExitStatus {
        guard let path else { return try TrustOverview(context).show(asJSON: isJSON) }
        var status = ExitStatus.success
        for review in try reviews(of: path, context) {
            if try !trust(review, context) { status = .notPermitted }
        }
        return status
    }

    private func reviews(of path: String, _ context: CommandContext) throws(Problems) -> [TrustReview] {
        let library = ProfileLibrary(reading: context, extra: [path])
        let real = context.realPath(of: path)
        let texts = library.found.texts.filter {
            $0.realPath == real || FilePath.folder(of: $0.realPath) == real
        }
        guard !texts.isEmpty else {
            try ProfileLibrary(reading: context, extra: [path], isIsolated: true).problems.throwIfAny()
            throw Problems(
                Diagnostic(
                    "trust.no-file", "there is no profile file at '\(path)'",
                    remedy: "profile files end in .yaml or .yml", exit: .noSuchProfile))
        }
        let ledger = try context.trustLedger()
        var reviews: [TrustReview] = []
        for (text, file) in zip(library.found.texts, library.files) where texts.contains(text) {
            // A file that nobody can read would seem to ask for nothing.
            guard file.isReadable else { throw file.problems }
            reviews.append(TrustReview(text, file, ledger))
        }
        return reviews
    }

    /// - Returns: whether the file may do now what it asks for.
    private func trust(_ review: TrustReview, _ context: CommandContext) throws(Problems) -> Bool {
        let file = context.shown(review.file)
        switch review.state {
        case .own:
            context.note("\(file) needs no trust: it is in your own configuration, or the administrator's")
            return true
        case .asksNothing:
            context.note("\(file) needs no trust: it asks for nothing that only you may allow")
            return true
        case .trusted:
            context.print("\(file) is trusted already. It asks for this:\n\n\(review.list(context.shown))")
            return true
        case .new: context.print("\(file) asks for what only you may allow:\n\n\(review.list(context.shown))")
        case .changed:
            context.print(
                "\(file) asks for something else than when you trusted it:\n\n\(review.list(context.shown))")
        }
        let question = "Trust this file for as long as it asks for exactly this?"
        var isAgreed = isYes
        if !isAgreed { isAgreed = try context.confirm(question, orFailWith: .nobodyToAsk(file)) }
        guard isAgreed else {
            context.note("nothing was changed: \(file) is not trusted")
            return false
        }
        try context.changeTrust { (ledger) throws(Diagnostic) in
            try ledger.record(review.realPath, review.requests)
        }
        context.note("trusted: \(file)")
        return true
    }
}

extension Diagnostic {
    fileprivate static func nobodyToAsk(_ file: String) -> Diagnostic {
        Diagnostic(
            "trust.not-asked", "\(file) was not trusted, since nobody can be asked",
            remedy: "run this at a terminal, or add --yes if you have read what it asks for",
            exit: .notPermitted)
    }
}

extension CommandContext {
    /// The path with every link followed; where nothing is there, as absolute as it can be made.
    func realPath(of path: String) -> String {
        let absolute = FilePath.join(
            surroundings.workingFolder, surroundings.directories.expandingTilde(path))
        if let real = try? FilePath.real(absolute) { return real }
        guard let folder = try? FilePath.real(FilePath.folder(of: absolute)) else { return absolute }
        return FilePath.join(folder, FilePath.name(of: absolute))
    }

    func trustLedger() throws(Problems) -> TrustLedger {
        do { return try TrustLedger(reading: surroundings.directories) } catch { throw Problems(error) }
    }

    func changeTrust<Value>(_ change: (inout TrustLedger) throws(Diagnostic) -> Value) throws(Problems)
        -> Value
    {
        var ledger = try trustLedger()
        do { return try change(&ledger) } catch { throw Problems(error) }
    }
}
