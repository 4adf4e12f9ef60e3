internal import COpenSSL
internal import Cryptography
package import Posix

/// The certificate that a server shows, learnt without trusting it.
package enum PeerCertificate {
    /// Shakes hands as a client over a socket that was used in plain text so far, and ends the connection.
    ///
    /// The handshake proves that the peer has the certificate's key; nothing else is verified and nothing is sent.
    /// - Returns: the SHA-256 of the certificate in DER.
    package static func digest(over socket: StreamSocket, until deadline: Instant) async throws(TLSError)
        -> [UInt8]
    {
        let connection = try TLSConnection(
            over: socket, context: TLSContext.certificateReader(), host: nil, sessionKey: "")
        SSL_set_connect_state(connection.ssl)
        try await connection.shakeHands(until: deadline)
        defer {
            connection.finish()
            connection.close()
        }
        guard let certificate = SSL_get1_peer_certificate(connection.ssl) else {
            throw .handshake(reasons: ErrorQueue.drain())
        }
        defer { X509_free(certificate) }
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { throw .handshake(reasons: ErrorQueue.drain()) }
        var encoded = [UInt8](repeating: 0, count: Int(count))
        let written = encoded.withUnsafeMutableBufferPointer { space in
            var cursor = space.baseAddress
            return i2d_X509(certificate, &cursor)
        }
        guard written == count else { throw .handshake(reasons: ErrorQueue.drain()) }
        return Digest.sha256(encoded)
    }
}
