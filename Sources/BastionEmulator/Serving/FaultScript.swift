internal import Diagnostics
internal import Synchronization
internal import Transport

/// Decides which fault meets a request. Rules are tried in the order of the file; each counts what matches it.
final class FaultScript: Sendable {
    private let rules: [Fault]
    private let matches: Mutex<[Int]>

    init(_ rules: [Fault]) {
        self.rules = rules
        matches = Mutex([Int](repeating: 0, count: rules.count))
    }

    /// A rule that applies, and its place in the file, counted from 1, for the log.
    struct Hit {
        let fault: Fault
        let number: Int
    }

    /// The first rule that applies to the request. It is counted by every rule that it matches.
    func next(_ occasion: Fault.Occasion, path: String, port: UInt16? = nil) -> Hit? {
        matches.withLock { matches in
            var hit: Hit?
            for (index, rule) in rules.enumerated() where Self.matches(rule, occasion, path, port) {
                matches[index] += 1
                let isInTime = rule.times.map { matches[index] < rule.nth + $0 } ?? true
                if hit == nil, matches[index] >= rule.nth, isInTime {
                    hit = Hit(fault: rule, number: index + 1)
                }
            }
            return hit
        }
    }

    private static func matches(_ rule: Fault, _ occasion: Fault.Occasion, _ path: String, _ port: UInt16?)
        -> Bool
    {
        guard rule.occasion == occasion, rule.port == nil || rule.port == port else { return false }
        guard let wanted = rule.path else { return true }
        return wanted.hasSuffix("*") ? path.hasPrefix(wanted.dropLast()) : path == wanted
    }
}

extension Fault.Answer {
    /// The answer in the form that errors of the role have.
    func answer(to occasion: Fault.Occasion) -> Answer {
        var answer: Answer
        switch body {
        case .empty: answer = Answer(status)
        case .html: answer = .html(status, title: "\(status) \(Answer.reason(status))")
        case .json:
            let text = "Injected failure with status \(status)."
            switch occasion {
            case .signIn:
                answer = Answer(
                    status,
                    [
                        "error": status >= 500 || status == 429
                            ? "temporarily_unavailable" : "invalid_client",
                        "error_description": .text("AADSTS90033: \(text)"), "error_codes": [90033],
                    ])
            case .resourceManager:
                answer = EmulatedResourceManager.failure(status, "InjectedFailure", text)
            case .connect, .tokens, .webSocket, .delete:
                answer = EmulatedBastion.failure(status, text, type: "INJECTED")
            }
        }
        if let location { answer.headers["Location"] = location }
        if let retryAfter { answer.headers["Retry-After"] = String(retryAfter) }
        return answer
    }
}
