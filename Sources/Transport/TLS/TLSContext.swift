internal import COpenSSL
internal import Cryptography
package import Posix

/// What connections have in common: whom to trust, which ciphers, sessions to resume. One for a process and cloud.
///
/// Peers of a client are always verified; there is no switch but `certificateReader`. TLS 1.2 at least, AES-128-GCM first.
package final class TLSContext: Sendable {
    // An SSL_CTX that is not changed after it was set up may be used from any thread.
    nonisolated(unsafe) let pointer: OpaquePointer
    let sessions = TLSSessionCache()

    /// Forward secrecy and authenticated encryption only.
    private static let ciphers = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
        ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
    private static let suites =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

    /// What one recv(2) takes: four records, on a busy connection.
    private static let readSize = 4 * (16 * 1024 + 256)

    private init(_ method: OpaquePointer?) throws(TLSError) {
        guard let pointer = SSL_CTX_new(method) else { throw .unavailable(reasons: ErrorQueue.drain()) }
        self.pointer = pointer
        bu_ssl_ctx_set_modes(pointer)
        bu_ssl_ctx_refuse_renegotiation(pointer)
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
        SSL_CTX_set_default_read_buffer_len(pointer, Self.readSize)
        guard bu_ssl_ctx_require_tls12(pointer) == 1,
            SSL_CTX_set_cipher_list(pointer, Self.ciphers) == 1,
            SSL_CTX_set_ciphersuites(pointer, Self.suites) == 1
        else { throw .unavailable(reasons: ErrorQueue.drain()) }
    }

    deinit { SSL_CTX_free(pointer) }

    /// A client's context.
    /// - Parameters:
    ///   - caFiles: PEM files of authorities that are trusted besides the system's.
    ///   - environment: where `SSL_CERT_FILE`, `SSL_CERT_DIR` and `REQUESTS_CA_BUNDLE` are looked up.
    package static func client(caFiles: [String] = [], environment: [String: String] = [:])
        throws(TLSError) -> TLSContext
    {
        let context = try TLSContext(TLS_client_method())
        for file in caFiles { try context.trust(Authorities(file: file, setting: .caFile)) }
        for authorities in Authorities.found(in: environment) { try context.trust(authorities) }
        // As with curl: who names an authority that another one signed trusts it all the same.
        X509_STORE_set_flags(
            SSL_CTX_get_cert_store(context.pointer), CUnsignedLong(X509_V_FLAG_PARTIAL_CHAIN))
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, TLSConnection.noteVerification)
        bu_ssl_ctx_set_session_cache(
            context.pointer, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE))
        SSL_CTX_sess_set_new_cb(context.pointer, TLSConnection.noteSession)
        return context
    }

    /// A context that verifies nobody, to see which certificate a peer has: nothing may be sent over it. Takes
    /// what old servers offer, from TLS 1.0 on.
    static func certificateReader() throws(TLSError) -> TLSContext {
        let context = try TLSContext(TLS_client_method())
        SSL_CTX_set_security_level(context.pointer, 0)
        guard bu_ssl_ctx_require_tls10(context.pointer) == 1,
            SSL_CTX_set_cipher_list(context.pointer, "DEFAULT") == 1
        else { throw .unavailable(reasons: ErrorQueue.drain()) }
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_NONE, nil)
        return context
    }

    /// A server's context.
    /// - Parameters:
    ///   - certificates: PEM, the server's own first, then those that lead to the authority.
    ///   - privateKey: PEM, unencrypted.
    package static func server(certificates: [UInt8], privateKey: SecretBytes)
        throws(TLSError) -> TLSContext
    {
        let context = try TLSContext(TLS_server_method())
        try context.present(certificates)
        try context.use(privateKey)
        var name = Array("bastion-up".utf8)
        SSL_CTX_set_session_id_context(context.pointer, &name, CUnsignedInt(name.count))
        return context
    }
}

// MARK: - Setting up

extension TLSContext {
    private func trust(_ authorities: Authorities) throws(TLSError) {
        let isLoaded =
            switch authorities.kind {
            case .file: SSL_CTX_load_verify_file(pointer, authorities.path) == 1
            case .folders: authorities.hasFolder && SSL_CTX_load_verify_dir(pointer, authorities.path) == 1
            }
        let reasons = ErrorQueue.drain()
        guard isLoaded else { throw .unusableAuthorities(authorities.problem(reasons)) }
    }

    private func present(_ pem: [UInt8]) throws(TLSError) {
        let memory = BIO_new_mem_buf(pem, CInt(pem.count))
        defer { BIO_free(memory) }
        var isFirst = true
        while let certificate = PEM_read_bio_X509(memory, nil, nil, nil) {
            let status =
                isFirst
                ? CLong(SSL_CTX_use_certificate(pointer, certificate))
                : SSL_CTX_ctrl(pointer, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(certificate))
            X509_free(certificate)
            guard status == 1 else { throw .unusableIdentity(reasons: ErrorQueue.drain()) }
            isFirst = false
        }
        // Reading to the end always leaves "no start line" behind.
        let reasons = ErrorQueue.drain()
        if isFirst { throw .unusableIdentity(reasons: reasons) }
    }

    private func use(_ privateKey: SecretBytes) throws(TLSError) {
        let key = privateKey.withBytes { pem in
            let memory = BIO_new_mem_buf(pem.baseAddress, CInt(pem.count))
            defer { BIO_free(memory) }
            return PEM_read_bio_PrivateKey(memory, nil, nil, nil)
        }
        defer { EVP_PKEY_free(key) }
        guard let key, SSL_CTX_use_PrivateKey(pointer, key) == 1,
            SSL_CTX_check_private_key(pointer) == 1
        else { throw .unusableIdentity(reasons: ErrorQueue.drain()) }
    }
}
