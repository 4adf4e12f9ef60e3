internal import COpenSSL
package import Posix

/// A private certificate authority, for the emulator and the tests: one P-256 key that signs server certificates.
///
/// Nothing but the holder of its certificate trusts it.
package final class CertificateAuthority {
    /// The authority's own certificate: what a client is given as its CA file.
    package let certificatePEM: String
    /// The authority's private key (PKCS#8).
    package let keyPEM: SecretBytes
    private let certificate: OpenSSLCertificate
    private let key: OpenSSLKey

    /// Makes a new authority, valid from yesterday for ten years.
    package init(commonName: String) throws(CertificateError) {
        key = try OpenSSLKey.generate()
        certificate = try OpenSSLCertificate(
            subject: commonName, key: key, validity: .authority, issuer: nil,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ])
        certificatePEM = try certificate.pem()
        keyPEM = try key.pem()
    }

    /// Takes up an authority that was kept.
    ///
    /// - Throws: `notPEM` where one of the texts is none, `keyMismatch` where they do not belong together.
    package init(certificatePEM: String, keyPEM: SecretBytes) throws(CertificateError) {
        certificate = try OpenSSLCertificate(pem: certificatePEM)
        key = try OpenSSLKey(pem: keyPEM)
        guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            ERR_clear_error()
            throw .keyMismatch
        }
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }

    /// When the authority's certificate ends, in seconds from now; negative once it has.
    package var secondsLeft: Int { certificate.secondsLeft }

    /// A certificate and its private key, both PEM.
    package struct Issued: Sendable {
        package let certificatePEM: String
        package let keyPEM: SecretBytes
    }

    /// When a certificate counts, in seconds from now.
    package struct Validity: Sendable {
        package var from: Int
        package var to: Int

        package init(from: Int, to: Int) { (self.from, self.to) = (from, to) }

        /// From yesterday (clocks differ) for a year: verifiers refuse server certificates of more than 398 days.
        package static let server = Validity(from: -86_400, to: 365 * 86_400)
        /// Ended yesterday: for tests of verifiers.
        package static let expired = Validity(from: -2 * 86_400, to: -86_400)
        static let authority = Validity(from: -86_400, to: 3650 * 86_400)
    }

    /// Issues a server certificate with a new key.
    ///
    /// - Parameter names: host names (`*.` allowed) and IP addresses in text; at least one. All go into the subject
    ///   alternative names (RFC 6125 section 6.4.4), the first also into the subject if it fits (64 bytes).
    /// - Throws: `invalidName` for what is neither a name nor an address.
    package func issueServerCertificate(for names: [String], validity: Validity = .server)
        throws(CertificateError) -> Issued
    {
        let alternatives = try Self.alternativeNames(names)
        let serverKey = try OpenSSLKey.generate()
        let issued = try OpenSSLCertificate(
            subject: names.first { $0.utf8.count <= 64 } ?? "server", key: serverKey, validity: validity,
            issuer: (certificate, key),
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"),
                (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid:always"),
                (NID_subject_alt_name, alternatives),
            ])
        return Issued(certificatePEM: try issued.pem(), keyPEM: try serverKey.pem())
    }

    /// The names in the form of OpenSSL's x509v3_config(5). Its separators cannot pass, since only the characters
    /// of names and addresses do.
    private static func alternativeNames(_ names: [String]) throws(CertificateError) -> String {
        var entries: [String] = []
        for name in names {
            if SocketAddress(literal: name, port: 0) != nil {
                entries.append("IP:\(name)")
                continue
            }
            let letters = name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "_"), UInt8(ascii: "*"):
                    true
                default: false
                }
            }
            guard letters, !name.isEmpty, name.utf8.count <= 253 else { throw .invalidName(name) }
            entries.append("DNS:\(name)")
        }
        guard !entries.isEmpty else { throw .invalidName("") }
        return entries.joined(separator: ",")
    }
}

/// What went wrong with a key or a certificate.
package enum CertificateError: Error, Hashable, Sendable {
    case notPEM
    case keyMismatch
    case invalidName(String)
    /// OpenSSL's own words for the call that failed.
    case failed(reasons: [String])

    /// The reasons that OpenSSL has queued for this thread, which is empty afterwards.
    static func drained() -> CertificateError { .failed(reasons: ErrorQueue.drain()) }
}
