import Posix
import Testing

@testable import Cryptography

@Suite struct CertificateAuthorityTests {
    @Test func `issues a certificate whose key is not the authority's`() throws {
        let authority = try CertificateAuthority(commonName: "Test CA")
        let issued = try authority.issueServerCertificate(for: ["localhost", "127.0.0.1", "::1"])
        #expect(issued.certificatePEM.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(issued.certificatePEM != authority.certificatePEM)
        #expect(text(issued.keyPEM).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(text(issued.keyPEM) != text(authority.keyPEM))
    }

    @Test func `is taken up again from its two texts`() throws {
        let first = try CertificateAuthority(commonName: "Test CA")
        let second = try CertificateAuthority(certificatePEM: first.certificatePEM, keyPEM: first.keyPEM)
        #expect(second.certificatePEM == first.certificatePEM)
        #expect((3640 * 86_400...3650 * 86_400).contains(second.secondsLeft))
        _ = try second.issueServerCertificate(for: ["localhost"])
    }

    @Test func `refuses a key that is another's`() throws {
        let first = try CertificateAuthority(commonName: "Test CA")
        let second = try CertificateAuthority(commonName: "Test CA")
        #expect(throws: CertificateError.keyMismatch) {
            try CertificateAuthority(certificatePEM: first.certificatePEM, keyPEM: second.keyPEM)
        }
    }

    @Test(arguments: ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func `refuses a certificate that is none`(_ junk: String) throws {
        let authority = try CertificateAuthority(commonName: "Test CA")
        #expect(throws: CertificateError.notPEM) {
            try CertificateAuthority(certificatePEM: junk, keyPEM: authority.keyPEM)
        }
    }

    @Test(arguments: ["", "a,DNS:evil.example", "näme", "a b", "a\n", String(repeating: "a", count: 254)])
    func `refuses what is neither a host name nor an address`(_ name: String) throws {
        let authority = try CertificateAuthority(commonName: "Test CA")
        #expect(throws: CertificateError.invalidName(name)) {
            try authority.issueServerCertificate(for: ["localhost", name])
        }
    }

    private func text(_ secret: SecretBytes) -> String {
        secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}
