internal import COpenSSL

/// Why a peer's certificate was not accepted.
package struct CertificateProblem: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case expired
        case notYetValid
        /// Signed by itself, and not one that is trusted here.
        case selfSigned
        /// Signed by an authority that is not known here.
        case unknownIssuer
        case nameMismatch
        case other
    }

    package let kind: Kind
    /// The host name or address that was asked for.
    package let host: String
    /// X509_V_ERR_… and OpenSSL's words for it.
    package let code: Int32
    package let text: String
    /// The certificate that failed, the server's own or one above it; empty where OpenSSL named none.
    package let subject: String
    /// Such as `CN=Contoso Root,O=Contoso`.
    package let issuer: String
    /// What the certificate is for: host names and addresses.
    package let names: [String]
    /// When an expired certificate ended, or a future one begins: `May  1 12:00:00 2026 GMT`.
    package let limit: String

    package init(
        kind: Kind, host: String, code: Int32, text: String, subject: String, issuer: String,
        names: [String] = [], limit: String = ""
    ) {
        self.kind = kind
        self.host = host
        self.code = code
        self.text = text
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.limit = limit
    }
}

extension CertificateProblem {
    /// Reads what OpenSSL knows of the failed certificate, which it still owns.
    init(code: CInt, host: String, certificate: OpaquePointer?) {
        let kind = Kind(code)
        self.init(
            kind: kind, host: host, code: code,
            text: X509_verify_cert_error_string(CLong(code)).map { String(cString: $0) } ?? "",
            subject: Self.text(of: certificate.flatMap { X509_get_subject_name($0) }),
            issuer: Self.text(of: certificate.flatMap { X509_get_issuer_name($0) }),
            names: Self.names(of: certificate), limit: Self.limit(of: certificate, kind))
    }

    /// With characters of every language, control characters escaped.
    private static func text(of name: OpaquePointer?) -> String {
        guard let name else { return "" }
        return MemoryBIO.text { bu_print_name($0, name) }
    }

    private static func names(of certificate: OpaquePointer?) -> [String] {
        guard let certificate else { return [] }
        let index = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1)
        guard index >= 0, let found = X509_get_ext(certificate, index) else { return [] }
        let text = MemoryBIO.text { X509V3_EXT_print($0, found, 0, 0) }
        // `DNS:a.example, IP Address:10.0.0.1`
        return text.split(separator: ",").compactMap { entry in
            entry.firstIndex(of: ":").map { String(entry[entry.index(after: $0)...]) }
        }
    }

    private static func limit(of certificate: OpaquePointer?, _ kind: Kind) -> String {
        guard let certificate else { return "" }
        switch kind {
        case .expired: return MemoryBIO.text { ASN1_TIME_print($0, X509_get0_notAfter(certificate)) }
        case .notYetValid: return MemoryBIO.text { ASN1_TIME_print($0, X509_get0_notBefore(certificate)) }
        default: return ""
        }
    }
}

extension CertificateProblem.Kind {
    fileprivate init(_ code: CInt) {
        self =
            switch code {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .nameMismatch
            case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
            case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
                .unknownIssuer
            default: .other
            }
    }
}

/// A memory BIO for the texts that OpenSSL prints.
private enum MemoryBIO {
    static func text(_ print: (OpaquePointer) -> CInt) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        guard print(bio) >= 0 else {
            ERR_clear_error()
            return ""
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = BIO_read(bio, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }
}
