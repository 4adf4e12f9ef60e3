internal import Posix
internal import Profiles
internal import Tunnels

/// Why there is no desktop: the bare facts.
package struct RDPFailure: Error, Sendable {
    enum Kind: Sendable {
        /// The client ended so; with its exit status or signal.
        case client(RDPEnding, ChildProcess.Ending)
        /// The tunnel of a client that ended failed; with the client's exit status.
        case tunnel(TunnelFailure, ChildProcess.Ending)
        /// The target shows another certificate than the one that it is known by.
        case certificateChanged(CertificateFingerprint, pinned: CertificateFingerprint, isOfProfile: Bool)
        /// The target could not be asked for its certificate.
        case noCertificate(CertificateQuestion.Failure)
    }

    var kind: Kind
    /// As in the profile's client command.
    var program: String
    /// Whether the user had added arguments.
    var hasExtraArguments = false
}
