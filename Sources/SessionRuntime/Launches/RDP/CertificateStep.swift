internal import Diagnostics
internal import Planning
internal import Posix
internal import ProfileStore
internal import Profiles
internal import Tunnels

/// Which certificate the target must show: that of the profile, the one that was kept, or at the first connection
/// the one that it has now, which is kept from then on.
struct CertificateStep {
    let check: CertificateCheck
    let program: String
    let store: CertificatePins
    let report: @Sendable (SessionReport) -> Void

    /// - Throws: where the target cannot be asked, or where another process has just met another certificate.
    func trusted(over server: TunnelServer) async throws(SessionError) -> CertificateFingerprint {
        if let pin = check.pin.fingerprint { return pin }
        let shown: CertificateFingerprint
        do { shown = try await CertificateQuestion().ask(over: server) } catch {
            throw Self.error(error, program)
        }
        let kept: CertificateFingerprint
        do { kept = try await store.keep(shown, for: check.target.hostKeyAlias) } catch {
            throw .problems(Problems(error))
        }
        guard kept == shown else { throw .rdp(changed(shown, pinned: kept)) }
        report(.trustingCertificate(shown.shown))
        return kept
    }

    /// What is behind a TLS connection that the client gave up: is it another certificate?
    func changedCertificate(over server: TunnelServer, trusted: CertificateFingerprint) async -> RDPFailure? {
        guard let shown = try? await CertificateQuestion().ask(over: server), shown != trusted else {
            return nil
        }
        return changed(shown, pinned: trusted)
    }

    private func changed(_ shown: CertificateFingerprint, pinned: CertificateFingerprint) -> RDPFailure {
        var isOfProfile = false
        if case .ofProfile = check.pin { isOfProfile = true }
        return RDPFailure(
            kind: .certificateChanged(shown, pinned: pinned, isOfProfile: isOfProfile), program: program)
    }

    private static func error(_ failure: CertificateQuestion.Failure, _ program: String) -> SessionError {
        switch failure {
        case .tunnel(let failure): .broken(failure)
        case .system(let error): .system(error)
        case .cancelled: .cancelled
        default: .rdp(RDPFailure(kind: .noCertificate(failure), program: program))
        }
    }
}
