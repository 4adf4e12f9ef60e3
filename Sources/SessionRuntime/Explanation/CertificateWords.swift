internal import Diagnostics
internal import Posix
internal import Transport

/// Words for a certificate that was not accepted.
struct CertificateWords {
    /// Whose certificate it is.
    let peer: String

    private static let shownNames = 3

    func diagnostic(_ problem: CertificateProblem) -> Diagnostic {
        let subject = "the certificate of \(peer)"
        return switch problem.kind {
        case .expired:
            unavailable(
                "tls.certificate-expired", "\(subject) has expired\(ended(problem))",
                remedy: "check this machine's clock; if it is right, whoever runs that server must renew it")
        case .notYetValid:
            unavailable(
                "tls.certificate-not-yet-valid", "\(subject) is not valid yet\(begins(problem))",
                remedy: "check this machine's clock")
        case .selfSigned:
            unavailable(
                "tls.self-signed", "\(subject) is signed by itself alone\(named(problem.subject))",
                remedy: "if it is the one you expect: \(Self.trusting)")
        case .unknownIssuer:
            unavailable(
                "tls.unknown-issuer",
                "\(subject) is signed by an authority that this machine does not trust"
                    + named(problem.issuer),
                remedy: "if that is your company's, whose proxy inspects TLS: \(Self.trusting)")
        case .nameMismatch:
            unavailable(
                "tls.wrong-name", "\(subject) is not for '\(problem.host)'\(names(problem))",
                remedy: "something on the way answers in its place, or the name in the profile is wrong")
        case .other:
            unavailable(
                "tls.certificate", "\(subject) is not accepted: \(problem.text)\(named(problem.subject))",
                remedy: "show it to whoever runs that server")
        }
    }

    /// How an authority is made known.
    static let trusting =
        "add its certificate to the system's (update-ca-certificates), or name a PEM file with it in "
        + "clouds.NAME.caFile or REQUESTS_CA_BUNDLE"

    private func ended(_ problem: CertificateProblem) -> String {
        problem.limit.isEmpty ? "" : ": it ended on \(problem.limit)"
    }

    private func begins(_ problem: CertificateProblem) -> String {
        problem.limit.isEmpty ? "" : ": it begins on \(problem.limit)"
    }

    private func named(_ name: String) -> String { Explanation.quoted(name) }

    private func names(_ problem: CertificateProblem) -> String {
        let rest = problem.names.count - Self.shownNames
        let shown = problem.names.prefix(Self.shownNames).joined(separator: ", ")
        if shown.isEmpty { return "" }
        return ", but for \(shown)" + (rest > 0 ? " and \(rest) more" : "")
    }

    private func unavailable(_ code: String, _ message: String, remedy: String) -> Diagnostic {
        Diagnostic(code, message, remedy: remedy, exit: .unavailable)
    }
}

/// Words for certificate authorities that cannot be used.
enum AuthoritiesWords {
    static func diagnostic(_ problem: AuthoritiesProblem) -> Diagnostic {
        let (place, remedy) =
            switch problem.setting {
            case .caFile:
                ("clouds.NAME.caFile", "let it name a readable PEM file with the authority's certificate")
            case .variable(let name): (name, "correct the variable, or unset it")
            case .system: ("the system", "install the package ca-certificates again")
            }
        return Diagnostic(
            "tls.authorities",
            "the certificate authorities in '\(problem.path)' (from \(place)) cannot be used: "
                + words(problem.reason), remedy: hint(problem, remedy), exit: .configuration)
    }

    private static func hint(_ problem: AuthoritiesProblem, _ remedy: String) -> String {
        guard problem.reason == .notPEM else { return remedy }
        return "if it is in DER: openssl x509 -inform der -in FILE -out FILE.pem; else \(remedy)"
    }

    private static func words(_ reason: AuthoritiesProblem.Reason) -> String {
        switch reason {
        case .unreadable(let error): error.reason
        case .noFile: "it is no file"
        case .noFolder: "there is no such folder"
        case .empty: "it is empty"
        case .notPEM: "it is not PEM"
        case .damaged(let reasons):
            "it holds no certificate, or a damaged one\(Explanation.quoted(reasons.first ?? ""))"
        }
    }
}
