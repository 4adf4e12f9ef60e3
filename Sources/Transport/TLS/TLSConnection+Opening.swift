internal import COpenSSL
internal import Cryptography
package import Posix

extension TLSConnection {
    /// Resolves, connects (through the proxy, if there is one), and shakes hands.
    ///
    /// The certificate must be valid for the host: as a name, or as an address where the host is a literal.
    /// - Parameter host: a name or an address literal, the latter in brackets or not.
    /// - Throws: `proxy` for all that goes wrong at a proxy or behind it.
    package static func connect(
        to host: String, port: UInt16, context: TLSContext, through route: ProxyRoute = .direct,
        wakeUp: WakeUp, until deadline: Instant
    ) async throws(TLSError) -> TLSConnection {
        let host = bare(host)
        switch route {
        case .direct:
            let socket = try await Dialling.connect(to: host, port, wakeUp: wakeUp, until: deadline)
            return try await secure(.plain(socket), host, port, context, until: deadline)
        case .proxy(let proxy):
            let opening = ProxyOpening(proxy: proxy, context: context, wakeUp: wakeUp)
            let way = try await opening.open(to: host, port, until: deadline)
            do { return try await secure(way, host, port, context, until: deadline) } catch {
                throw .through(proxy, .behind(error))
            }
        }
    }

    /// Shakes hands as a client over a connection that leads to the host.
    static func secure(
        _ way: ProxyStream, _ host: String, _ port: UInt16, _ context: TLSContext, until deadline: Instant
    ) async throws(TLSError) -> TLSConnection {
        let connection: TLSConnection
        let key = "\(host):\(port)"
        switch way {
        case .plain(let socket):
            connection = try TLSConnection(over: socket, context: context, host: host, sessionKey: key)
        case .secure(let carrier):
            connection = try TLSConnection(inside: carrier, context: context, host: host, sessionKey: key)
        }
        do throws(TLSError) {
            try connection.expect(host)
            SSL_set_connect_state(connection.ssl)
            try await connection.shakeHands(until: deadline)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    /// Takes an accepted connection over and shakes hands as its server.
    package static func accept(
        _ descriptor: FileDescriptor, context: TLSContext, wakeUp: WakeUp, until deadline: Instant
    ) async throws(TLSError) -> TLSConnection {
        let socket: StreamSocket
        do { socket = try StreamSocket(adopting: descriptor, wakeUp: wakeUp) } catch { throw .lost(error) }
        return try await accept(over: socket, context: context, until: deadline)
    }

    /// Shakes hands as the server over a socket that was used in plain text so far.
    package static func accept(over socket: StreamSocket, context: TLSContext, until deadline: Instant)
        async throws(TLSError) -> TLSConnection
    {
        let connection = try TLSConnection(over: socket, context: context, host: nil, sessionKey: "")
        SSL_set_accept_state(connection.ssl)
        try await connection.shakeHands(until: deadline)
        return connection
    }

    /// Without brackets, and without the dot that marks a name as complete.
    static func bare(_ host: String) -> String {
        var host = host.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix("."), host.count > 1 { host.removeLast() }
        return host
    }

    /// Says whom we want to talk to (SNI, names only) and whom the certificate must name.
    private func expect(_ host: String) throws(TLSError) {
        let status: CInt
        if SocketAddress(literal: host, port: 0) != nil {
            status = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host)
        } else {
            SSL_set_hostflags(ssl, CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            status = SSL_set1_host(ssl, host) == 1 && bu_ssl_set_sni(ssl, host) == 1 ? 1 : 0
        }
        guard status == 1 else { throw .unavailable(reasons: ErrorQueue.drain()) }
        if let session = context.sessions.take(for: sessionKey) { SSL_set_session(ssl, session.pointer) }
    }

    func shakeHands(until deadline: Instant) async throws(TLSError) {
        while true {
            ERR_clear_error()
            let result = SSL_do_handshake(ssl)
            if result == 1 { return }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
                try await pause(.handshake, until: deadline)
            default:
                throw handshakeFailure()
            }
        }
    }

    private func handshakeFailure() -> TLSError {
        if let certificateProblem {
            _ = fail()
            return .certificate(certificateProblem)
        }
        switch fail() {
        case .broken(let reasons): return .handshake(reasons: reasons)
        case .closed: return .closed(.handshake)
        case let other: return other
        }
    }
}

// MARK: - Waiting

extension TLSConnection {
    /// Waits for the socket.
    func pause(_ phase: TLSError.Phase, until deadline: Instant) async throws(TLSError) {
        switch await wakeUp.wait(until: deadline) {
        // A peer that sends a byte now and then must not outlast the deadline.
        case .signalled: if deadline <= .now { throw .timedOut(phase) }
        case .deadline: throw .timedOut(phase)
        case .cancelled: throw .cancelled
        }
    }

    /// Reads at least one byte.
    /// - Returns: how many; 0 when the peer ended the stream cleanly.
    /// - Throws: `closed` when it did so without close_notify.
    package func readSome(into buffer: UnsafeMutableRawBufferPointer, until deadline: Instant)
        async throws(TLSError) -> Int
    {
        while true {
            switch try read(into: buffer) {
            case .done(let count): return count
            case .ended(clean: true): return 0
            case .ended(clean: false): throw .closed(.transfer)
            case .wouldBlock: try await pause(.transfer, until: deadline)
            }
        }
    }

    package func writeAll(_ bytes: [UInt8], until deadline: Instant) async throws(TLSError) {
        var sent = 0
        while sent < bytes.count {
            let progress = try bytes.withUnsafeBufferPointer { (all) throws(TLSError) in
                try write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(all)[sent...]))
            }
            if case .done(let count) = progress {
                sent += count
            } else {
                try await pause(.transfer, until: deadline)
            }
        }
    }

    /// Sends a secret straight out of its own memory.
    package func writeAll(_ secret: SecretBytes, until deadline: Instant) async throws(TLSError) {
        var sent = 0
        while sent < secret.count {
            let progress = try secret.withBytes { (all) throws(TLSError) in
                try write(UnsafeRawBufferPointer(rebasing: all[sent...]))
            }
            if case .done(let count) = progress {
                sent += count
            } else {
                try await pause(.transfer, until: deadline)
            }
        }
    }
}
