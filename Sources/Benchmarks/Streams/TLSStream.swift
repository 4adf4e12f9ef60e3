internal import COpenSSL
internal import Glibc
internal import Posix

/// What the TLS connections of one side have in common: AES-128-GCM and nothing else, so that all that is
/// compared does the same work.
final class TLSSettings: Sendable {
    // An SSL_CTX that is not changed after it was set up may be used from any thread.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// How much of what came is taken from the socket at once: several records.
    private static let readAhead = 128 * 1024
    private static let suite = "TLS_AES_128_GCM_SHA256"

    /// A server's.
    /// - Parameters:
    ///   - certificate: PEM.
    ///   - key: PEM, unencrypted.
    convenience init(certificate: String, key: SecretBytes) throws(StreamFailure) {
        try self.init(TLS_server_method())
        try use(certificate)
        try use(key)
    }

    /// Those of a client that measures the benchmark's own server: it verifies nobody.
    static func unverifyingClient() throws(StreamFailure) -> TLSSettings {
        try TLSSettings(TLS_client_method())
    }

    private init(_ method: OpaquePointer?) throws(StreamFailure) {
        guard let pointer = SSL_CTX_new(method) else { throw Self.failure() }
        self.pointer = pointer
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
        SSL_CTX_set_default_read_buffer_len(pointer, Self.readAhead)
        guard SSL_CTX_set_ciphersuites(pointer, Self.suite) == 1,
            SSL_CTX_set_cipher_list(pointer, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1
        else { throw Self.failure() }
    }

    deinit { SSL_CTX_free(pointer) }

    private func use(_ certificate: String) throws(StreamFailure) {
        let pem = Array(certificate.utf8)
        let memory = BIO_new_mem_buf(pem, CInt(pem.count))
        defer { BIO_free(memory) }
        let read = PEM_read_bio_X509(memory, nil, nil, nil)
        defer { X509_free(read) }
        guard let read, SSL_CTX_use_certificate(pointer, read) == 1 else { throw Self.failure() }
    }

    private func use(_ key: SecretBytes) throws(StreamFailure) {
        let read = key.withBytes { pem in
            let memory = BIO_new_mem_buf(pem.baseAddress, CInt(pem.count))
            defer { BIO_free(memory) }
            return PEM_read_bio_PrivateKey(memory, nil, nil, nil)
        }
        defer { EVP_PKEY_free(read) }
        guard let read, SSL_CTX_use_PrivateKey(pointer, read) == 1 else { throw Self.failure() }
    }

    /// OpenSSL's own words for what just failed on this thread.
    static func failure() -> StreamFailure {
        var reasons: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            reasons.append(ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
        }
        return .tls(reasons: reasons)
    }
}

/// A TLS connection over a socket whose calls wait.
final class TLSStream: ByteStream {
    private let socket: BlockingSocket
    private let settings: TLSSettings
    private let ssl: OpaquePointer
    private lazy var block = Block(Self.messageSize)

    /// Plain bytes that are written or read at once: a full record.
    private static let messageSize = 16 * 1024

    enum Role { case server, client }

    /// Takes the socket over and shakes hands.
    init(over socket: BlockingSocket, as role: Role, _ settings: TLSSettings) throws(StreamFailure) {
        guard let ssl = SSL_new(settings.pointer) else { throw TLSSettings.failure() }
        (self.socket, self.settings, self.ssl) = (socket, settings, ssl)
        SSL_set_fd(ssl, socket.descriptor.rawValue)
        let status = role == .server ? SSL_accept(ssl) : SSL_connect(ssl)
        guard status == 1 else { throw TLSSettings.failure() }
    }

    deinit { SSL_free(ssl) }

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
        ERR_clear_error()
        let count = SSL_read(ssl, buffer.baseAddress, CInt(clamping: buffer.count))
        if count > 0 { return Int(count) }
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_ZERO_RETURN: return 0
        case SSL_ERROR_SYSCALL: throw .ended
        default: throw TLSSettings.failure()
        }
    }

    func sendAll(_ bytes: UnsafeRawBufferPointer) throws(StreamFailure) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        guard SSL_write(ssl, bytes.baseAddress, CInt(clamping: bytes.count)) > 0 else {
            throw TLSSettings.failure()
        }
    }

    func discard(_ count: UInt64) throws(StreamFailure) {
        var left = count
        while left > 0 {
            let wanted = Int(min(left, UInt64(block.bytes.count)))
            let received = try receive(into: UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<wanted]))
            if received == 0 { throw .ended }
            left -= UInt64(received)
        }
    }

    func give(_ count: UInt64) throws(StreamFailure) {
        var left = count
        while left > 0 {
            let size = Int(min(left, UInt64(block.bytes.count)))
            try sendAll(UnsafeRawBufferPointer(rebasing: block.bytes[..<size]))
            left -= UInt64(size)
        }
    }

    func finish() {
        SSL_shutdown(ssl)
        socket.finish()
    }
}
