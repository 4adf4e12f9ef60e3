internal import COpenSSL
internal import Posix

/// An `EVP_PKEY` with one owner.
final class OpenSSLKey {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// A new key on the curve P-256, which every TLS library takes.
    static func generate() throws(CertificateError) -> OpenSSLKey {
        ERR_clear_error()
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { throw .drained() }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw .drained() }
        return OpenSSLKey(owning: key)
    }

    /// Reads an unencrypted private key.
    convenience init(pem: SecretBytes) throws(CertificateError) {
        ERR_clear_error()
        let key = pem.withBytes { bytes -> OpaquePointer? in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
                return nil
            }
            defer { BIO_free(source) }
            // The callback answers "no password": an encrypted key is refused instead of asked about at a terminal.
            return PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let key else {
            ERR_clear_error()
            throw .notPEM
        }
        self.init(owning: key)
    }

    func pem() throws(CertificateError) -> SecretBytes {
        ERR_clear_error()
        var bytes = try MemorySink.collect { sink in
            PEM_write_bio_PrivateKey(sink, pointer, nil, nil, 0, nil, nil)
        }
        return SecretBytes(moving: &bytes)
    }
}

/// An `X509` with one owner.
final class OpenSSLCertificate {
    let pointer: OpaquePointer

    deinit { X509_free(pointer) }

    init(pem: String) throws(CertificateError) {
        ERR_clear_error()
        let bytes = Array(pem.utf8)
        let parsed = bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
                return nil
            }
            defer { BIO_free(source) }
            return PEM_read_bio_X509(source, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let parsed else {
            ERR_clear_error()
            throw .notPEM
        }
        pointer = parsed
    }

    /// Makes and signs a certificate (version 3, a random serial number of 127 bits).
    ///
    /// - Parameter issuer: nil for one that signs itself.
    init(
        subject: String, key: OpenSSLKey, validity: CertificateAuthority.Validity,
        issuer: (certificate: OpenSSLCertificate, key: OpenSSLKey)?, extensions: [(nid: CInt, value: String)]
    ) throws(CertificateError) {
        ERR_clear_error()
        guard let made = X509_new() else { throw .drained() }
        pointer = made
        let signer = issuer?.certificate.pointer ?? made
        guard X509_set_version(made, 2) == 1, Self.setRandomSerial(made),
            X509_gmtime_adj(X509_getm_notBefore(made), validity.from) != nil,
            X509_gmtime_adj(X509_getm_notAfter(made), validity.to) != nil,
            X509_set_pubkey(made, key.pointer) == 1,
            X509_NAME_add_entry_by_NID(
                X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8, subject, -1, -1, 0) == 1,
            X509_set_issuer_name(made, X509_get_subject_name(signer)) == 1
        else { throw .drained() }
        for (nid, value) in extensions { try Self.add(nid, value, to: made, signedBy: signer) }
        guard X509_sign(made, issuer?.key.pointer ?? key.pointer, EVP_sha256()) > 0 else { throw .drained() }
    }

    private static func setRandomSerial(_ certificate: OpaquePointer) -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    private static func add(
        _ nid: CInt, _ value: String, to certificate: OpaquePointer, signedBy signer: OpaquePointer
    ) throws(CertificateError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, signer, certificate, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, nid, value) else { throw .drained() }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(certificate, made, -1) == 1 else { throw .drained() }
    }

    func pem() throws(CertificateError) -> String {
        ERR_clear_error()
        return String(
            decoding: try MemorySink.collect { sink in PEM_write_bio_X509(sink, pointer) }, as: UTF8.self)
    }

    var secondsLeft: Int {
        var days: CInt = 0
        var seconds: CInt = 0
        guard ASN1_TIME_diff(&days, &seconds, nil, X509_get0_notAfter(pointer)) == 1 else { return -1 }
        return Int(days) * 86_400 + Int(seconds)
    }
}

/// Gathers what an OpenSSL call writes.
private enum MemorySink {
    static func collect(_ write: (OpaquePointer) -> CInt) throws(CertificateError) -> [UInt8] {
        guard let sink = BIO_new(BIO_s_mem()) else { throw .drained() }
        defer { BIO_free(sink) }
        guard write(sink) == 1 else { throw .drained() }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(sink))
        let count = bytes.withUnsafeMutableBytes { BIO_read(sink, $0.baseAddress, CInt(clamping: $0.count)) }
        guard count == CInt(bytes.count) else { throw .drained() }
        return bytes
    }
}
