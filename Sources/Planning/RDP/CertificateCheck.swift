package import Profiles

/// How the certificate of an RDP target is held to what is known of it.
package struct CertificateCheck: Hashable, Sendable {
    package enum Pin: Hashable, Sendable {
        /// The profile names it (`rdp.certificate`), which wins over what was kept.
        case ofProfile(CertificateFingerprint)
        /// Kept since the first connection.
        case kept(CertificateFingerprint)
        /// None yet: what the target shows at the first connection is trusted and kept.
        case none

        package var fingerprint: CertificateFingerprint? {
            switch self {
            case .ofProfile(let fingerprint), .kept(let fingerprint): fingerprint
            case .none: nil
            }
        }
    }

    package var target: TargetKey
    package var pin: Pin

    package init(target: TargetKey, pin: Pin) { (self.target, self.pin) = (target, pin) }
}
