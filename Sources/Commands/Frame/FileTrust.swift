internal import Diagnostics
internal import Posix
internal import ProfileStore
internal import Profiles
internal import Synchronization

/// What the user allowed the files that are not their own. Each file, and what was allowed, is looked at when it is
/// first asked about and only then: a file of thousands of profiles is not gone through for each of them.
final class FileTrust: Sendable {
    private struct ForeignFile: Sendable {
        let file: ProfileFile
        /// What trust is recorded for.
        let realPath: String
    }

    private struct Answers: Sendable {
        var ledger: Result<TrustLedger, Diagnostic>?
        var requests: [String: [GatedRequest]] = [:]
        var isTrusted: [String: Bool] = [:]
    }

    private let directories: Directories
    /// By their labels.
    private let foreign: [String: ForeignFile]
    private let answers = Mutex(Answers())

    init(_ files: [ProfileFile], _ texts: [ProfileText], _ directories: Directories) {
        self.directories = directories
        let pairs = zip(files, texts).filter { !$0.0.origin.isUserOwned }.map { file, text in
            (file.origin.label, ForeignFile(file: file, realPath: text.realPath))
        }
        foreign = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// What was allowed.
    /// - Throws: why that cannot be known: then nothing is trusted.
    func ledger() throws(Diagnostic) -> TrustLedger {
        let directories = directories
        let known = answers.withLock { answers in
            let ledger =
                answers.ledger ?? Result { () throws(Diagnostic) in try TrustLedger(reading: directories) }
            answers.ledger = ledger
            return ledger
        }
        return try known.get()
    }

    /// Everything that a file which is not the user's own asks for; nothing for any other.
    func requests(of label: String) -> [GatedRequest] {
        guard let file = foreign[label]?.file else { return [] }
        if let known = answers.withLock({ $0.requests[label] }) { return known }
        let requests = file.gatedRequests
        answers.withLock { $0.requests[label] = requests }
        return requests
    }

    /// Those of the requests whose files are not trusted.
    func untrusted(_ requests: [GatedRequest]) -> [GatedRequest] {
        requests.filter { foreign[$0.location.file] != nil && !isTrusted($0.location.file) }
    }

    private func isTrusted(_ label: String) -> Bool {
        if let known = answers.withLock({ $0.isTrusted[label] }) { return known }
        guard let file = foreign[label], let ledger = try? ledger() else { return false }
        let isTrusted = ledger.isTrusted(file.realPath, requests(of: label))
        answers.withLock { $0.isTrusted[label] = isTrusted }
        return isTrusted
    }
}
