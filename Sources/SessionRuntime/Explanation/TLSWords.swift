internal import Diagnostics
internal import Posix
internal import Transport

/// Words for a connection that could not be made or was lost.
struct TLSWords {
    /// Who was to be talked to.
    let peer: String
    /// Where one would look if nothing there answers.
    var reachable = "check the network, firewalls and HTTPS_PROXY"

    func diagnostic(_ error: TLSError) -> Diagnostic {
        switch error {
        case .unusableAuthorities(let problem): AuthoritiesWords.diagnostic(problem)
        case .unusableIdentity(let reasons), .unavailable(let reasons):
            Diagnostic(
                "tls.unavailable", "TLS cannot be set up" + quoted(reasons),
                remedy: "check the OpenSSL installation", exit: .systemError)
        case .notResolved(let name, let reason):
            unavailable(
                "network.name-not-found", "the name '\(name)' of \(peer) cannot be resolved: \(reason)",
                remedy: "check the network and DNS")
        case .notConnected(_, _, let attempts) where attempts.contains { $0.failure?.isShortage == true }:
            Diagnostic(
                "system.failed", "\(peer) cannot be reached\(Self.list(attempts))",
                remedy: Self.shortageRemedy, exit: .systemError)
        case .notConnected(let name, let port, let attempts):
            unavailable(
                "network.not-connected",
                "\(peer) cannot be reached at \(name):\(port)\(Self.list(attempts))", remedy: reachable)
        case .proxy(let error): ProxyWords(peer: peer).diagnostic(error)
        case .certificate(let problem): CertificateWords(peer: peer).diagnostic(problem)
        case .handshake(let reasons), .broken(let reasons):
            unavailable(
                "tls.failed", "TLS with \(peer) failed" + quoted(reasons),
                remedy: "something on the way may not let TLS through")
        case .lost(let reason):
            unavailable(
                "network.lost", "the connection to \(peer) broke: \(reason.reason)", remedy: "try again")
        case .closed:
            unavailable(
                "network.closed", "\(peer) closed the connection without an answer", remedy: "try again")
        case .timedOut(let phase): timedOut(phase)
        case .cancelled: .cancelled
        }
    }

    static let shortageRemedy =
        "end some connections, or raise the limit of open files (ulimit -n, LimitNOFILE of a service)"

    private func timedOut(_ phase: TLSError.Phase) -> Diagnostic {
        let message =
            switch phase {
            case .resolving: "the name of \(peer) was not resolved in time: DNS did not answer"
            case .connecting: "\(peer) was not reached in time"
            case .handshake: "\(peer) did not answer in time (TLS handshake)"
            case .transfer: "\(peer) did not answer in time"
            }
        return unavailable(
            "network.timed-out", message,
            remedy: "check network and firewalls; tunnel.connectTimeout in the profile allows more time")
    }

    private func unavailable(_ code: String, _ message: String, remedy: String) -> Diagnostic {
        Diagnostic(code, message, remedy: remedy, exit: .unavailable)
    }

    private func quoted(_ reasons: [String]) -> String {
        Explanation.quoted(reasons.joined(separator: ", "))
    }
}

// MARK: - Addresses

extension TLSWords {
    private static let shownAddresses = 4

    /// What came of each address, the most telling first: a machine that refuses is there; a family that this
    /// machine does not have says nothing.
    static func list(_ attempts: [ConnectAttempt]) -> String {
        if attempts.count == 1, let failure = attempts[0].failure { return ": \(failure.reason)" }
        let sorted = attempts.enumerated().sorted {
            (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
        }
        var texts = sorted.prefix(shownAddresses).map { _, attempt in
            "\(attempt.address.host): \(attempt.failure?.reason ?? "no answer")"
        }
        let rest = attempts.count - shownAddresses
        if rest > 0 { texts.append("and \(rest) more addresses") }
        return texts.isEmpty ? "" : " (\(texts.joined(separator: "; ")))"
    }

    private static func rank(_ attempt: ConnectAttempt) -> Int {
        guard let failure = attempt.failure else { return 2 }
        if failure.number == SystemError.connectionRefused { return 0 }
        let isOurs = [SystemError.networkUnreachable, SystemError.addressNotAvailable].contains(
            failure.number)
        return isOurs ? 3 : 1
    }
}
