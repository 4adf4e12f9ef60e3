internal import COpenSSL
internal import Cryptography
package import Posix

/// An encrypted stream over one TCP connection. Not `Sendable`: one task owns it.
///
/// `read` and `write` never block and never allocate; after `wouldBlock` try again when `wakeUp` was signalled,
/// whichever direction the socket became ready in (TLS may have to read in order to write, and the reverse).
package final class TLSConnection {
    /// What one call came to.
    package enum Progress: Hashable, Sendable {
        case done(Int)
        case wouldBlock
        /// The peer ended the stream; `clean` if it said so in TLS (close_notify). Reads only.
        case ended(clean: Bool)
    }

    package let socket: StreamSocket
    package var wakeUp: WakeUp { socket.wakeUp }

    let ssl: OpaquePointer
    let bio: SocketBIO
    /// The connection that this one lies in: it lives as long.
    private let carrier: TLSConnection?
    let context: TLSContext
    /// What the peer must prove to be; nil at a server.
    let host: String?
    let sessionKey: String
    var certificateProblem: CertificateProblem?
    /// After a fatal error the SSL object must not be used, not even to say goodbye.
    private var failure: TLSError?
    /// The peer ended the connection without close_notify; to OpenSSL that is fatal too.
    private var isCutOff = false

    convenience init(over socket: StreamSocket, context: TLSContext, host: String?, sessionKey: String)
        throws(TLSError)
    {
        let bio = SocketBIO(socket)
        try self.init(bio, bio.makeBIO(), nil, context: context, host: host, sessionKey: sessionKey)
    }

    /// TLS within TLS, as to a target behind a proxy that is itself spoken to over TLS.
    convenience init(inside carrier: TLSConnection, context: TLSContext, host: String?, sessionKey: String)
        throws(TLSError)
    {
        try self.init(
            carrier.bio, bu_ssl_bio(carrier.ssl), carrier, context: context, host: host,
            sessionKey: sessionKey)
    }

    /// - Parameters:
    ///   - bio: what carries the bytes in the end.
    ///   - pointer: what OpenSSL reads and writes; it is freed here.
    private init(
        _ bio: SocketBIO, _ pointer: OpaquePointer?, _ carrier: TLSConnection?, context: TLSContext,
        host: String?, sessionKey: String
    ) throws(TLSError) {
        guard let pointer else { throw .unavailable(reasons: ErrorQueue.drain()) }
        guard let ssl = SSL_new(context.pointer) else {
            BIO_free(pointer)
            throw .unavailable(reasons: ErrorQueue.drain())
        }
        self.ssl = ssl
        self.bio = bio
        self.carrier = carrier
        self.context = context
        self.host = host
        self.sessionKey = sessionKey
        socket = bio.socket
        SSL_set_bio(ssl, pointer, pointer)
        SSL_set_ex_data(ssl, Self.ownerIndex, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        // Without this OpenSSL forgets the session of a connection that was not closed in both directions.
        if failure == nil, !isCutOff { SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        SSL_free(ssl)
    }

    /// Reads decrypted bytes.
    /// - Throws: `lost` or `broken`; the connection is of no use any more then.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSError) -> Progress {
        if let failure { throw failure }
        if isCutOff { return .ended(clean: false) }
        if buffer.isEmpty { return .done(0) }
        ERR_clear_error()
        let result = SSL_read(ssl, buffer.baseAddress, CInt(clamping: buffer.count))
        if result > 0 { return .done(Int(result)) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
        case SSL_ERROR_ZERO_RETURN: return .ended(clean: true)
        default:
            if hasEnded && bio.failure == nil {
                ERR_clear_error()
                isCutOff = true
                return .ended(clean: false)
            }
            throw fail()
        }
    }

    /// Encrypts and sends some of the bytes.
    ///
    /// After `wouldBlock` the next write must begin with the same bytes (at any address, followed by more or not).
    /// - Parameter isMoreComing: another write follows at once, so that the kernel may wait for it (MSG_MORE).
    package func write(_ bytes: UnsafeRawBufferPointer, isMoreComing: Bool = false) throws(TLSError)
        -> Progress
    {
        if let failure { throw failure }
        if isCutOff { throw .closed(.transfer) }
        if bytes.isEmpty { return .done(0) }
        ERR_clear_error()
        bio.isMoreComing = isMoreComing
        let result = SSL_write(ssl, bytes.baseAddress, CInt(clamping: bytes.count))
        if result > 0 { return .done(Int(result)) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
        default: throw fail()
        }
    }

    /// Whether OpenSSL keeps its buffers (about 80 KiB) between records: worth it while many come.
    package var keepsBuffers = false {
        didSet { bu_ssl_keep_buffers(ssl, keepsBuffers ? 1 : 0) }
    }

    /// Tells the peer that nothing more comes (close_notify), if that is possible at once.
    package func finish() {
        guard failure == nil, !isCutOff, SSL_is_init_finished(ssl) == 1 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Closes the socket. Call `finish` first to end tidily.
    package func close() { socket.close() }

    /// Whether no more bytes will come from below: the peer ended the connection, or the stream that carries it.
    private var hasEnded: Bool {
        bio.hasEnded || carrier.map { SSL_get_shutdown($0.ssl) & SSL_RECEIVED_SHUTDOWN != 0 } == true
    }

    /// Empties OpenSSL's queue into an error, which also ends this connection's use.
    func fail() -> TLSError {
        let reasons = ErrorQueue.drain()
        let error: TLSError =
            if let lost = bio.failure {
                .lost(lost)
            } else if hasEnded {
                .closed(.transfer)
            } else {
                .broken(reasons: reasons)
            }
        failure = error
        return error
    }
}

// MARK: - Facts

extension TLSConnection {
    /// Whether an earlier session was resumed, which saves a round of public-key work.
    package var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// Such as `TLSv1.3`.
    package var protocolVersion: String { SSL_get_version(ssl).map { String(cString: $0) } ?? "" }

    /// Such as `TLS_AES_128_GCM_SHA256`.
    package var cipherName: String {
        SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) } ?? ""
    }
}

// MARK: - What OpenSSL calls back

extension TLSConnection {
    /// The index that OpenSSL keeps free for the application (SSL_set_app_data).
    private static let ownerIndex: CInt = 0

    private static func owner(of ssl: OpaquePointer?) -> TLSConnection? {
        SSL_get_ex_data(ssl, ownerIndex).map { Unmanaged<TLSConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    static let noteSession: @convention(c) (OpaquePointer?, OpaquePointer?) -> CInt = { ssl, session in
        guard let session, let connection = owner(of: ssl), connection.host != nil else { return 0 }
        connection.context.sessions.put(TLSSession(owning: session), for: connection.sessionKey)
        return 1
    }

    /// Keeps the first thing that is wrong with the peer's chain; decides nothing.
    static let noteVerification: @convention(c) (CInt, OpaquePointer?) -> CInt = { isGood, store in
        if isGood == 1 { return isGood }
        let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
        guard let connection = owner(of: ssl.map { OpaquePointer($0) }),
            connection.certificateProblem == nil, let host = connection.host
        else { return isGood }
        connection.certificateProblem = CertificateProblem(
            code: X509_STORE_CTX_get_error(store), host: host,
            certificate: X509_STORE_CTX_get_current_cert(store))
        return isGood
    }
}
