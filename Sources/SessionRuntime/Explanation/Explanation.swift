internal import Azure
package import Diagnostics
internal import Keyring
package import Planning
internal import Posix
internal import Profiles
internal import Transport
package import Tunnels

/// Puts the bare facts of a failure into words: what happened to what, and what to do. Knows host and target.
package struct Explanation: Sendable {
    let profile: String
    private let host: String
    private let target: String

    package init(_ plan: Plan) {
        profile = plan.profile
        host = plan.bastion.name
        target =
            switch plan.entry {
            case .resource(let id): id.name
            case .address(let address): address
            }
    }

    package func problems(_ error: SessionError) -> Problems {
        if case .problems(let problems) = error { return problems }
        return Problems(diagnostic(error))
    }

    private func diagnostic(_ error: SessionError) -> Diagnostic {
        switch error {
        case .problems(let problems): problems.errors.first ?? .cancelled
        case .azure(let error): AzureWords(host: host, target: target).diagnostic(error)
        case .tls(let error): TLSWords(peer: "the service").diagnostic(error)
        case .tunnel(let failure), .broken(let failure): diagnostic(failure)
        case .keyring(let error, let label): KeyringWords(label: label).diagnostic(error)
        case .secretMissing(let label):
            Diagnostic(
                "secret.missing", "the keyring has no \(label.text)",
                remedy: "store it with: \(Self.storing(label))", exit: .notPermitted)
        case .secretNotALine(let label):
            Diagnostic(
                "secret.not-one-line",
                "the \(label.text) has a line break in it, which the client cannot be given",
                remedy: "store it again, without the line break: \(Self.storing(label))")
        case .rdp(let failure): diagnostic(failure)
        case .key(let error, let label): SSHKeyWords(label: label).diagnostic(error)
        case .file(let error):
            Diagnostic(
                "system.file", error.description, remedy: "make the path one that only you can use",
                exit: .cannotWrite)
        case .listener(let address, let port, let error): listener(address, port, error)
        case .notStarted(let program, let error):
            Diagnostic(
                "client.not-started", "\(program) could not be started: \(error.reason)",
                remedy: "install it, or choose another client in the profile", exit: .unavailable)
        case .system(let error):
            Diagnostic(
                "system.failed", "the system refused: \(error)", remedy: "check limits and free memory",
                exit: .systemError)
        case .cancelled: .cancelled
        }
    }

    private func diagnostic(_ failure: RDPFailure) -> Diagnostic {
        let words = RDPWords(
            profile: profile, target: target, program: failure.program,
            hasExtraArguments: failure.hasExtraArguments)
        switch failure.kind {
        case .client(let ending, let raw): return words.diagnostic(ending, raw)
        case .tunnel(let tunnel, let raw): return words.adding(raw, to: diagnostic(tunnel))
        case .certificateChanged(let shown, let pinned, let isOfProfile):
            return words.certificateChanged(shown, pinned: pinned, isOfProfile: isOfProfile)
        case .noCertificate(let reason): return words.noCertificate(reason) ?? .cancelled
        }
    }

    private func listener(_ address: String, _ port: UInt16, _ error: SystemError) -> Diagnostic {
        if error.number == SystemError.addressInUse {
            return Diagnostic(
                "listener.port-taken", "port \(port) on \(address) is taken by another program",
                remedy: "choose another local port, or 0 for any free one", exit: .systemError)
        }
        return Diagnostic(
            "listener.not-opened", "port \(port) on \(address) cannot be listened on: \(error.reason)",
            remedy: "choose another address or port", exit: .systemError)
    }

    /// The command that puts a secret into the keyring.
    package static func storing(_ label: SecretLabel) -> String {
        let flag =
            switch label.kind {
            case .password: ""
            case .passphrase: " --passphrase"
            case .privateKey: " --private-key"
            }
        return "bastion-up secret set \(label.profile)\(flag)"
    }

    /// What is said before a question that a stored secret did not answer.
    package static func refused(_ label: SecretLabel) -> String {
        "the \(label.text) was not accepted; if it is stored, replace it with: \(storing(label))"
    }

    /// Text of foreign origin, one line of it, as an addition to a sentence.
    static func quoted(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.isEmpty ? "" : ": '\(line.prefix(160))'"
    }
}

extension Diagnostic {
    static var cancelled: Diagnostic {
        Diagnostic("session.cancelled", "ended before it was ready", exit: .signal(2))
    }
}

// MARK: - Tunnels

extension Explanation {
    /// Words for a tunnel that failed.
    package func diagnostic(_ failure: TunnelFailure) -> Diagnostic {
        switch failure {
        case .token(let error): AzureWords(host: host, target: target).diagnostic(error)
        case .connection(let error): TLSWords(peer: "bastion host '\(host)'").diagnostic(error)
        case .upgradeRefused(let status, let excerpt, _): upgradeRefused(status, excerpt)
        case .upgradeGarbled(let problem):
            Diagnostic(
                "tunnel.upgrade-garbled",
                "the answer of bastion host '\(host)' does not open a tunnel: "
                    + (problem?.words ?? "it does not fit the key that was sent"),
                remedy: "a proxy on the way may not let WebSockets through; check HTTPS_PROXY",
                exit: .protocolViolation)
        case .refusedAfterUpgrade:
            Diagnostic(
                "tunnel.back-end-refused",
                "bastion host '\(host)' accepted the tunnel to \(target) and then answered with an error page",
                remedy: "try again in a moment; if it stays so, the host may need a restart", exit: .tryLater)
        case .silent(let time):
            Diagnostic(
                "tunnel.silent",
                "\(target) said nothing for \(time.components.seconds) s after the tunnel was open",
                remedy: "check that the VM runs, that its server listens on that port, and its network rules",
                exit: .unavailable)
        case .timedOut(let time):
            Diagnostic(
                "tunnel.timed-out",
                "the tunnel to \(target) through '\(host)' was not open after \(time.components.seconds) s",
                remedy: "check the network; tunnel.connectTimeout in the profile allows more time",
                exit: .unavailable)
        case .crowded(let time):
            Diagnostic(
                "tunnel.crowded",
                "a connection waited \(time.components.seconds) s for its turn: so many tunnels to \(target) "
                    + "are being opened",
                remedy: "connect again in a moment, with fewer connections at once", exit: .tryLater)
        case .violation(let violation):
            Diagnostic(
                "tunnel.violation", "bastion host '\(host)' broke the WebSocket protocol: \(violation.words)",
                remedy: "report this with the output of -vv", exit: .protocolViolation)
        case .dropped(let error):
            Diagnostic(
                "tunnel.dropped",
                "the tunnel to \(target) broke: \(LossWords(peer: "bastion host '\(host)'").cause(error))",
                remedy: LossWords.remedy(error), exit: .unavailable)
        case .stalled(let time):
            Diagnostic(
                "tunnel.stalled",
                "nothing has come through the tunnel to \(target) for \(time.components.seconds) s",
                remedy: "check the network, and connect again; the service cannot resume a tunnel",
                exit: .unavailable)
        case .unanswered:
            Diagnostic(
                "tunnel.unanswered",
                "bastion host '\(host)' ended the tunnel before \(target) had answered",
                remedy:
                    "check that the VM runs, that a server listens on that port, and the rules of its network",
                exit: .unavailable)
        case .closed(let code, let reason):
            Diagnostic(
                "tunnel.closed-by-service",
                "bastion host '\(host)' closed the tunnel to \(target) with code \(code)\(Self.quoted(reason))",
                remedy: "check that the target listens on that port, and connect again", exit: .unavailable)
        case .ledger(let error): LedgerWords.diagnostic(error)
        case .local(let error):
            Diagnostic(
                "tunnel.local-end", "the local connection failed: \(error)", remedy: "connect again",
                exit: .systemError)
        case .cancelled: .cancelled
        }
    }

    private func upgradeRefused(_ status: Int, _ excerpt: String) -> Diagnostic {
        let mayPass = status == 404 || status == 429 || status >= 500
        let isPage = excerpt.first { !$0.isWhitespace } == "<"
        let remedy =
            (300..<400).contains(status)
            ? AzureWords.redirectionRemedy
            : mayPass ? "try again in a moment" : "check the host's state in the Azure portal"
        return Diagnostic(
            "tunnel.upgrade-refused",
            "bastion host '\(host)' refused the tunnel to \(target) with status \(status)"
                + (isPage ? Refusal.pageDetail : Self.quoted(excerpt)),
            remedy: remedy, exit: mayPass ? .tryLater : .notPermitted)
    }
}
