internal import Diagnostics
internal import Posix
internal import Transport

/// Words for a connection that could not be made or was lost.
struct TLSWords {
    /// Who was to be talked to.
    let peer: String

    func diagnostic(_ error: TLSError) -> Diagnostic {
        switch error {
        case .unusableAuthorities(let path, let reasons):
            Diagnostic(
                "tls.authorities",
                "the certificate authorities in '\(path)' cannot be used" + quoted(reasons),
                remedy: "name a readable PEM file in clouds.NAME.caFile", exit: .configuration)
        case .unusableIdentity(let reasons), .unavailable(let reasons):
            Diagnostic(
                "tls.unavailable", "TLS cannot be set up" + quoted(reasons),
                remedy: "check the OpenSSL installation", exit: .systemError)
        case .notResolved(let name, let reason):
            unavailable(
                "network.name-not-found", "the name '\(name)' of \(peer) is not found: \(reason)",
                remedy: "check the network and DNS")
        case .notConnected(let name, let port, let reason):
            unavailable(
                "network.not-connected", "\(peer) cannot be reached at \(name):\(port): \(reason.reason)",
                remedy: "check the network, firewalls and HTTPS_PROXY")
        case .proxy(let failure): proxy(failure)
        case .certificate(let problem): certificate(problem)
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
        case .timedOut(let phase):
            unavailable(
                "network.timed-out", "\(peer) did not answer in time (\(phase))",
                remedy: "check network and firewalls; tunnel.connectTimeout in the profile allows more time")
        case .cancelled: .cancelled
        }
    }

    private func unavailable(_ code: String, _ message: String, remedy: String) -> Diagnostic {
        Diagnostic(code, message, remedy: remedy, exit: .unavailable)
    }

    private func quoted(_ reasons: [String]) -> String {
        Explanation.quoted(reasons.joined(separator: ", "))
    }

    private func proxy(_ failure: ProxyFailure) -> Diagnostic {
        guard case .refused(let status, _) = failure else {
            return unavailable(
                "proxy.failed", "the proxy did not open the way to \(peer): \(failure)",
                remedy: "check HTTPS_PROXY")
        }
        let remedy =
            status == 407
            ? "put user and password into HTTPS_PROXY, or name the host in NO_PROXY"
            : "ask whoever runs the proxy, or name the host in NO_PROXY"
        return Diagnostic(
            "proxy.refused", "the proxy refused the way to \(peer) with status \(status)", remedy: remedy,
            exit: status == 407 ? .notPermitted : .unavailable)
    }

    private func certificate(_ problem: CertificateProblem) -> Diagnostic {
        let subject = "the certificate of \(peer)"
        return switch problem.kind {
        case .expired:
            unavailable(
                "tls.certificate-expired", "\(subject) has expired", remedy: "check this machine's clock")
        case .notYetValid:
            unavailable(
                "tls.certificate-not-yet-valid", "\(subject) is not valid yet",
                remedy: "check this machine's clock")
        case .unknownIssuer:
            unavailable(
                "tls.unknown-issuer", "\(subject) is not signed by an authority that this machine trusts",
                remedy: "if a proxy inspects TLS, install its authority, or name it in clouds.NAME.caFile")
        case .nameMismatch:
            unavailable(
                "tls.wrong-name", "\(subject) is not for '\(problem.host)'",
                remedy: "something on the way answers in its place")
        case .other:
            unavailable(
                "tls.certificate", "\(subject) is not accepted: \(problem.text)", remedy: "look with -vv")
        }
    }
}
