internal import Diagnostics
internal import ProfileStore
internal import Profiles

/// What a file asks for, held against what it was allowed.
struct TrustReview {
    enum State: String {
        /// In the user's own folder, or root's.
        case own
        case asksNothing = "asks for nothing"
        case trusted
        case changed
        case new = "not trusted"
    }

    /// The path as the user knows it.
    let file: String
    let realPath: String
    let requests: [GatedRequest]
    let state: State
    private let difference: TrustLedger.Difference

    init(_ text: ProfileText, _ file: ProfileFile, _ ledger: TrustLedger) {
        self.file = text.path
        realPath = text.realPath
        requests = file.gatedRequests
        difference = ledger.difference(text.realPath, requests)
        state = Self.state(text, requests, ledger)
    }

    private static func state(_ text: ProfileText, _ requests: [GatedRequest], _ ledger: TrustLedger) -> State
    {
        if text.isUsersOwn { return .own }
        if requests.isEmpty { return .asksNothing }
        if ledger.isTrusted(text.realPath, requests) { return .trusted }
        return ledger.files.contains(text.realPath) ? .changed : .new
    }

    /// Every request in plain words, with its place and value; what changed is told apart. Ends with an empty line.
    func list(_ shown: (String) -> String) -> String {
        guard state == .changed else { return lines(requests, shown) + "\n" }
        let new = requests.filter { difference.added.contains(RecordedRequest($0)) }
        let old = requests.filter { !difference.added.contains(RecordedRequest($0)) }
        var parts: [String] = []
        if !new.isEmpty { parts.append("new:\n\(lines(new, shown))") }
        if !difference.removed.isEmpty {
            let gone = difference.removed.map { Self.line($0.sentence, $0.keyPath, $0.value) }
            parts.append("no longer asked for:\n\(gone.joined())")
        }
        if !old.isEmpty { parts.append("as before:\n\(lines(old, shown))") }
        return parts.joined(separator: "\n") + "\n"
    }

    private func lines(_ requests: [GatedRequest], _ shown: (String) -> String) -> String {
        requests.map { request in
            let place = "\(shown(request.location.file)):\(request.location.line)"
            return Self.line(request.sentence, request.keyPath, request.value, place)
        }.joined()
    }

    /// The value stands there whole: what is allowed must have been seen.
    private static func line(_ sentence: String, _ path: String, _ value: String, _ place: String? = nil)
        -> String
    {
        let end = place.map { "  (\($0))" } ?? ""
        return "  \(sentence.printable)\n      \(path.printable): \(value.printable)\(end)\n"
    }
}
