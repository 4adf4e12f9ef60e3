internal import Diagnostics
internal import Posix
internal import ProfileStore
internal import Profiles
internal import SessionRuntime
internal import Terminal

/// `trust` without a file: the files that are trusted, and those that were found and need it.
struct TrustOverview {
    private let context: CommandContext
    private let reviews: [TrustReview]
    /// Trusted, but no longer there.
    private let gone: [String]

    init(_ context: CommandContext) throws(Problems) {
        self.context = context
        let ledger = try context.trustLedger()
        let present = ledger.files.filter { (try? FileFacts(of: $0)) != nil }
        gone = ledger.files.filter { !present.contains($0) }
        let library = ProfileLibrary(reading: context, extra: present)
        reviews = zip(library.found.texts, library.files).map { TrustReview($0, $1, ledger) }.filter {
            [.new, .changed, .trusted].contains($0.state) || ledger.files.contains($0.realPath)
        }
    }

    func show(asJSON isJSON: Bool) throws(Problems) -> ExitStatus {
        if isJSON {
            context.print(JSON.list(reviews.map(json) + gone.map(json)).indented() + "\n")
            return .success
        }
        guard !reviews.isEmpty || !gone.isEmpty else {
            context.note("No file is trusted, and no file that was found asks for what only you may allow.")
            return .success
        }
        let table = TableRenderer(
            columns: [.init(title: "STATE"), .init(title: "REQUESTS"), .init(title: "FILE", cut: .start)],
            width: context.conversation.width, style: context.style)
        let rows = reviews.map { review in
            TableRenderer.Row(
                cells: [review.state.rawValue, "\(review.requests.count)", context.shown(review.realPath)],
                role: [.new, .changed].contains(review.state) ? .warning : nil)
        }
        let goneRows = gone.map {
            TableRenderer.Row(cells: ["gone", "", context.shown($0)], role: .dim)
        }
        context.print(table.text(rows + goneRows))
        if reviews.contains(where: { [.new, .changed].contains($0.state) }) {
            context.note("hint: 'bastion-up trust FILE' shows what a file asks for, and asks you")
        }
        return .success
    }

    private func json(_ review: TrustReview) -> JSON {
        let requests = review.requests.map { request in
            JSON.members([
                "path": .text(request.keyPath), "meaning": .text(request.sentence),
                "value": .text(request.value), "line": .integer(request.location.line),
            ])
        }
        return .members([
            "file": .text(review.realPath), "state": .text(review.state.rawValue),
            "requests": .list(requests),
        ])
    }

    private func json(_ file: String) -> JSON {
        .members(["file": .text(file), "state": "gone", "requests": .list([])])
    }
}
