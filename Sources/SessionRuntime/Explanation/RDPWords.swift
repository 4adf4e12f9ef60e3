internal import Diagnostics
internal import Posix
internal import Profiles
internal import Tunnels

/// Words for a desktop that did not come about, or ended.
struct RDPWords {
    /// The profile's name, by which commands know it.
    let profile: String
    let target: String
    let program: String
    let hasExtraArguments: Bool

    func diagnostic(_ ending: RDPEnding, _ raw: ChildProcess.Ending) -> Diagnostic {
        var diagnostic = plain(ending)
        diagnostic.message += " (\(name) ended \(Self.text(raw)))"
        if case .killed(let signal) = raw { diagnostic.exit = .signal(signal) }
        return diagnostic
    }

    /// A failed tunnel's own words, with the client's status.
    func adding(_ raw: ChildProcess.Ending, to tunnel: Diagnostic) -> Diagnostic {
        var diagnostic = tunnel
        diagnostic.message += " (\(name) ended \(Self.text(raw)))"
        return diagnostic
    }

    private var name: String { program.split(separator: "/").last.map(String.init) ?? program }

    private static func text(_ raw: ChildProcess.Ending) -> String {
        switch raw {
        case .exited(let code): "with status \(code)"
        case .killed(let signal): "by signal \(signal)"
        }
    }

    private func plain(_ ending: RDPEnding) -> Diagnostic {
        switch ending {
        case .done, .interrupted: .cancelled
        case .refused(let refusal): refused(refusal)
        case .tlsFailed:
            Diagnostic(
                "rdp.tls", "no encrypted connection to \(target) came about",
                remedy:
                    "try once more; if it stays so, the target's TLS settings are too old or its certificate "
                    + "is broken", exit: .unavailable)
        case .securityMismatch:
            Diagnostic(
                "rdp.security-mismatch", "\(target) accepts no security protocol that the client offers",
                remedy: "allow TLS or Network Level Authentication on the target", exit: .notPermitted)
        case .tunnelFailed:
            Diagnostic(
                "rdp.lost", "the connection to \(target) was lost", remedy: "connect again",
                exit: .unavailable)
        case .unanswered:
            Diagnostic(
                "rdp.unanswered", "\(target) ended the connection without an answer",
                remedy: "check that the VM runs, that Remote Desktop is switched on, and target.port",
                exit: .unavailable)
        case .hungUp:
            Diagnostic(
                "rdp.hung-up", "\(target) hung up before anybody could sign in",
                remedy: "try again in a moment; the target may be starting or have no session left",
                exit: .unavailable)
        case .endedAtSignIn:
            Diagnostic(
                "rdp.sign-in-ended",
                "\(target) ended the connection while signing in: user name or password are most likely wrong",
                remedy: passwordRemedy, exit: .notPermitted)
        case .sessionEnded(let reason): sessionEnded(reason)
        case .argumentsRefused:
            Diagnostic(
                "rdp.arguments", "\(program) did not take its arguments",
                remedy: hasExtraArguments
                    ? "check what follows --, and rdp in the profile"
                    : "check rdp in the profile; else report this with the output of -v",
                exit: hasExtraArguments ? .usage : .bug)
        case .crashed:
            Diagnostic(
                "rdp.crashed", "\(program) broke down",
                remedy: "report this to FreeRDP; -v shows what it said")
        case .unknown:
            Diagnostic(
                "rdp.failed", "\(program) failed", remedy: "look at what it said, or use -v",
                exit: .bug)
        }
    }

    private var passwordRemedy: String {
        "store the right one with: bastion-up secret set \(profile); and check auth.username"
    }

    private func sessionEnded(_ reason: RDPEnding.Reason) -> Diagnostic {
        let again = "connect again"
        let (code, text, remedy): (String, String, String) =
            switch reason {
            case .disconnected: ("rdp.disconnected", "\(target) ended the session", again)
            case .idle: ("rdp.idle", "\(target) ended the session, which had been idle for too long", again)
            case .logonTimeout: ("rdp.logon-timeout", "\(target) waited in vain for a sign-in", again)
            case .replaced:
                (
                    "rdp.replaced", "somebody else connected to the session on \(target)",
                    "agree on who uses it; another user name gets a session of its own"
                )
            case .outOfMemory:
                ("rdp.out-of-memory", "\(target) has no memory left for a session", "try later")
            case .license:
                (
                    "rdp.license", "\(target) has no license for another session",
                    "ask who runs its Remote Desktop licensing"
                )
            case .lost:
                (
                    "rdp.lost", "the session on \(target) was lost",
                    "connect again; reconnect.attempts in the profile does it by itself"
                )
            case .booting: ("rdp.booting", "\(target) is still starting", "try again in a minute")
            }
        let exit: ExitStatus =
            switch reason {
            case .booting, .outOfMemory: .tryLater
            case .license: .notPermitted
            case .disconnected, .idle, .logonTimeout, .replaced, .lost: .unavailable
            }
        return Diagnostic(code, text, remedy: remedy, exit: exit)
    }
}

// MARK: - Refusals

extension RDPWords {
    private func refused(_ refusal: RDPEnding.Refusal) -> Diagnostic {
        let admin = "ask who administers the account"
        let (code, text, remedy): (String, String, String) =
            switch refusal {
            case .denied: ("rdp.denied", "\(target) refused the connection", "ask who administers it")
            case .deniedByFIPS:
                ("rdp.denied-fips", "\(target) demands FIPS encryption", "add -- +fipsmode to the command")
            case .userPrivileges, .insufficientPrivileges:
                (
                    "rdp.not-allowed", "the user may not sign in to \(target) by Remote Desktop",
                    "have the user added to the group Remote Desktop Users"
                )
            case .freshCredentials:
                ("rdp.fresh-credentials", "\(target) wants the password typed anew", passwordRemedy)
            case .authentication, .logon:
                ("rdp.sign-in-refused", "\(target) refused user name or password", passwordRemedy)
            case .wrongPassword: ("rdp.wrong-password", "the password for \(target) is wrong", passwordRemedy)
            case .lockedOut: ("rdp.locked-out", "the account is locked out on \(target)", "wait, or \(admin)")
            case .passwordExpired, .passwordCertainlyExpired:
                (
                    "rdp.password-expired", "the password for \(target) has expired",
                    "change it elsewhere, then: bastion-up secret set \(profile)"
                )
            case .passwordMustChange:
                (
                    "rdp.password-must-change", "the password must be changed before signing in to \(target)",
                    "change it elsewhere, then: bastion-up secret set \(profile)"
                )
            case .kdcUnreachable:
                (
                    "rdp.kdc-unreachable", "no domain controller could be asked about the user",
                    "write the user as DOMAIN\\user, or check the target's connection to its domain"
                )
            case .accountDisabled: ("rdp.account-disabled", "the account is disabled on \(target)", admin)
            case .revoked: ("rdp.account-revoked", "the account's credentials were revoked", admin)
            case .accessDenied: ("rdp.access-denied", "\(target) denied access to the user", admin)
            case .accountRestriction:
                (
                    "rdp.account-restricted",
                    "a restriction of the account (an empty password, hours, policy) forbids signing in to \(target)",
                    admin
                )
            case .accountExpired: ("rdp.account-expired", "the account has expired on \(target)", admin)
            case .logonType:
                (
                    "rdp.logon-type", "the user has no right to sign in to \(target) over the network",
                    "have the user added to the group Remote Desktop Users"
                )
            case .noCredentials:
                ("rdp.no-credentials", "\(target) was given no credentials it could use", passwordRemedy)
            }
        return Diagnostic(
            code, text, remedy: remedy, exit: refusal == .kdcUnreachable ? .unavailable : .notPermitted)
    }
}

// MARK: - Certificates

extension RDPWords {
    func certificateChanged(
        _ shown: CertificateFingerprint, pinned: CertificateFingerprint, isOfProfile: Bool
    ) -> Diagnostic {
        Diagnostic(
            "rdp.certificate-changed",
            "\(target) shows the certificate \(shown.shown), but "
                + (isOfProfile ? "the profile allows only " : "showed before ") + pinned.shown,
            remedy: isOfProfile
                ? "if the new one is genuine, correct rdp.certificate"
                : "if the machine was installed anew or has renewed its certificate: "
                    + "bastion-up known-hosts forget \(profile)",
            exit: .notPermitted)
    }

    /// Nil for what has words elsewhere: tunnels, the system.
    func noCertificate(_ failure: CertificateQuestion.Failure) -> Diagnostic? {
        switch failure {
        case .tunnel, .system: nil
        case .cancelled: .cancelled
        case .ended: plain(.unanswered)
        case .notRDP:
            Diagnostic(
                "rdp.other-server", "what answers on \(target) does not speak RDP",
                remedy: "check target.port", exit: .protocolViolation)
        case .noTLS:
            Diagnostic(
                "rdp.no-tls",
                "\(target) has no certificate: it offers RDP's own encryption only, "
                    + "which does not show who it is",
                remedy: "switch on TLS or Network Level Authentication there", exit: .notPermitted)
        case .refused: plain(.securityMismatch)
        case .handshake: plain(.tlsFailed)
        case .timedOut:
            Diagnostic(
                "rdp.silent", "\(target) stopped answering before it had shown its certificate",
                remedy: "check that the VM runs and is not overloaded", exit: .unavailable)
        }
    }
}
