internal import Diagnostics
internal import Posix
internal import Transport

/// Words for what went wrong at a proxy. It is named without its user name and password.
struct ProxyWords {
    /// Who was to be reached through it.
    let peer: String

    func diagnostic(_ error: ProxyError) -> Diagnostic {
        let proxy = "the proxy '\(error.proxy)'"
        switch error.failure {
        case .unreachable(let failure): return unreachable(failure, error)
        case .behind(let failure):
            return TLSWords(peer: "\(peer), reached through \(proxy),").diagnostic(failure)
        case .refused(let status, let reason):
            let words = Explanation.quoted(reason)
            if [502, 503, 504].contains(status) {
                return notReached("\(proxy) did not reach \(peer): it answered with status \(status)\(words)")
            }
            return refused("\(proxy) refused the way to \(peer) with status \(status)\(words)")
        case .socksRefused(let reply): return socks(reply, proxy)
        case .signInNeeded(let status, let schemes, let hadCredentials):
            return signIn(error, "status \(status)", schemes, hadCredentials: hadCredentials)
        case .noCommonMethod(let hadCredentials):
            return Diagnostic(
                "proxy.sign-in",
                "\(proxy) takes none of the ways to sign in that are known here ("
                    + (hadCredentials ? "none, or user name and password" : "none") + ")",
                remedy: hadCredentials
                    ? "ask whoever runs the proxy which one it takes" : Self.credentials(error),
                exit: .notPermitted)
        case .credentialsRefused:
            return Diagnostic(
                "proxy.sign-in", "\(proxy) did not accept the user name and password",
                remedy: Self.wrongCredentials(error), exit: .notPermitted)
        case .timedOut:
            return Diagnostic(
                "proxy.timed-out", "\(proxy) did not open the way to \(peer) in time",
                remedy: "check \(error.variable), and try again", exit: .unavailable)
        case .notHTTP, .notSOCKS, .answerTooLong, .unaskedBytes, .closed, .lost:
            return Diagnostic(
                "proxy.failed", "\(proxy) did not open the way to \(peer): \(fault(error.failure))",
                remedy: "check that \(error.variable) names the right port and scheme "
                    + "(http, https, socks5h or socks5)", exit: .unavailable)
        case .cancelled: return .cancelled
        }
    }

    /// Words for a variable that names no proxy.
    static func setting(_ problem: ProxySettingProblem) -> Diagnostic {
        let fault =
            switch problem.kind {
            case .unsupportedScheme: "the scheme of '\(problem.value)' is not supported"
            case .malformed: "'\(problem.value)' is no proxy"
            case .credentialsLength: "user name or password for '\(problem.value)' is too long, or empty"
            }
        return Diagnostic(
            "proxy.setting", "the proxy in \(problem.variable) cannot be used: \(fault)",
            remedy: "write it as http://HOST:PORT; https, socks5h and socks5 are possible as well",
            exit: .configuration)
    }

    private func unreachable(_ failure: TLSError, _ error: ProxyError) -> Diagnostic {
        let words = TLSWords(peer: "the proxy '\(error.proxy)'").diagnostic(failure)
        switch failure {
        case .notResolved, .notConnected, .timedOut, .lost, .closed:
            return Diagnostic(
                "proxy.unreachable", words.message,
                remedy: "check \(error.variable) and the network, or name the host in NO_PROXY",
                exit: .unavailable)
        case .handshake, .broken:
            return Diagnostic(
                "proxy.failed", words.message,
                remedy: "check \(error.variable): most proxies are spoken to with http://, not https://",
                exit: .unavailable)
        default: return words
        }
    }

    private func fault(_ failure: ProxyFailure) -> String {
        switch failure {
        case .notHTTP: "its answer is no HTTP"
        case .notSOCKS: "its answer is no SOCKS 5"
        case .answerTooLong: "its answer is too long"
        case .unaskedBytes: "more came behind its answer"
        case .lost(let reason): reason.reason
        default: "it closed the connection"
        }
    }
}

// MARK: - Refusals

extension ProxyWords {
    private func refused(_ message: String) -> Diagnostic {
        Diagnostic(
            "proxy.refused", message,
            remedy:
                "ask whoever runs the proxy to let the host and port through, or name the host in NO_PROXY",
            exit: .unavailable)
    }

    private func notReached(_ message: String) -> Diagnostic {
        Diagnostic(
            "proxy.target-unreachable", message,
            remedy: "try again; if it stays so, ask whoever runs the proxy whether it knows the name and may "
                + "connect to it", exit: .unavailable)
    }

    private func socks(_ reply: SOCKSReply, _ proxy: String) -> Diagnostic {
        switch reply {
        case .generalFailure: notReached("\(proxy) did not reach \(peer): general failure")
        case .networkUnreachable: notReached("\(proxy) did not reach \(peer): its network is unreachable")
        case .hostUnreachable:
            notReached("\(proxy) did not reach \(peer): the host is not found or unreachable")
        case .connectionRefused: notReached("\(proxy) did not reach \(peer): the connection was refused")
        case .expired: notReached("\(proxy) did not reach \(peer): the time to live has expired")
        case .notAllowed: refused("\(proxy) refused the way to \(peer): its rules do not allow it")
        case .commandNotSupported: refused("\(proxy) refused the way to \(peer): it makes no connections")
        case .addressTypeNotSupported:
            refused(
                "\(proxy) refused the way to \(peer): it does not take this kind of address (IPv4, IPv6 or name)"
            )
        case .unknown(let code):
            refused("\(proxy) refused the way to \(peer) with a code that is not defined: \(code)")
        }
    }

    private func signIn(
        _ error: ProxyError, _ status: String, _ schemes: [String], hadCredentials: Bool
    ) -> Diagnostic {
        let proxy = "the proxy '\(error.proxy)'"
        let takesBasic = schemes.isEmpty || schemes.contains { $0.lowercased() == "basic" }
        if !takesBasic {
            return Diagnostic(
                "proxy.sign-in",
                "\(proxy) asks for a sign-in (\(status)) by \(Self.list(schemes)), and only Basic is supported",
                remedy:
                    "ask whoever runs it to let the host through without, or name a local relay that signs "
                    + "in, such as cntlm, in \(error.variable)", exit: .notPermitted)
        }
        if hadCredentials {
            return Diagnostic(
                "proxy.sign-in", "\(proxy) did not accept the user name and password (\(status))",
                remedy: Self.wrongCredentials(error), exit: .notPermitted)
        }
        return Diagnostic(
            "proxy.sign-in", "\(proxy) asks for a user name and password (\(status))",
            remedy: Self.credentials(error), exit: .notPermitted)
    }

    /// Foreign text: no more of it than names take.
    private static func list(_ schemes: [String]) -> String {
        schemes.prefix(5).map { String($0.prefix(20)) }.joined(separator: ", ")
    }

    private static func credentials(_ error: ProxyError) -> String {
        let parts = error.proxy.split(separator: "/", omittingEmptySubsequences: true)
        let place = parts.count == 2 ? "\(parts[0])//USER:PASSWORD@\(parts[1])" : "USER:PASSWORD@HOST"
        return "write them into \(error.variable) as \(place), with special characters as %XX; "
            + "or name the host in NO_PROXY"
    }

    private static func wrongCredentials(_ error: ProxyError) -> String {
        "correct them in \(error.variable); special characters are written as %XX"
    }
}
