internal import Posix
internal import Profiles
internal import Transport
internal import Tunnels

/// Asks an RDP server for its certificate, over a tunnel of its own, as a client does that has not signed in.
///
/// FreeRDP keeps certificates by host and port, and behind a tunnel both are ours; what it prints differs by release.
/// So the certificate is learnt here, before the first client is launched.
struct CertificateQuestion {
    /// Why there is no certificate.
    enum Failure: Error, Sendable {
        case tunnel(TunnelFailure)
        /// The target ended the connection without an answer, or in the middle of one.
        case ended
        /// What answers does not speak RDP.
        case notRDP
        case noTLS
        case refused(code: UInt8)
        case handshake(TLSError)
        case timedOut
        case system(SystemError)
        case cancelled
    }

    /// Beyond the opening of the tunnel, which has its own deadline.
    private static let patience = Duration.seconds(60)

    func ask(over server: TunnelServer) async throws(Failure) -> CertificateFingerprint {
        let ours: FileDescriptor
        let tunnelEnd: FileDescriptor
        do { (ours, tunnelEnd) = try FileDescriptor.socketPair() } catch { throw .system(error) }
        async let carried = server.carry { wakeUp throws(SystemError) in
            try LocalEnd(socket: tunnelEnd, wakeUp: wakeUp)
        }
        let answer: Result<CertificateFingerprint, Failure>
        do { answer = .success(try await Self.ask(through: ours)) } catch { answer = .failure(error) }
        ours.close()
        let failure = await carried
        tunnelEnd.close()
        // What the tunnel saw says more than that the connection ended.
        if case .failure = answer, let failure {
            if case .cancelled = failure { throw .cancelled }
            throw .tunnel(failure)
        }
        return try answer.get()
    }

    private static func ask(through descriptor: FileDescriptor) async throws(Failure)
        -> CertificateFingerprint
    {
        let deadline = Instant.now.advanced(by: patience)
        let stream: StreamSocket
        do { stream = try StreamSocket(adopting: descriptor, wakeUp: WakeUp()) } catch {
            throw .system(error)
        }
        defer { stream.close() }
        do { try descriptor.writeAll(RDPNegotiation.request) } catch { throw .ended }
        let head = try await read(4, from: stream, until: deadline)
        guard let length = RDPNegotiation.length(head) else { throw .notRDP }
        let rest = try await read(length - 4, from: stream, until: deadline)
        switch RDPNegotiation.answer(head + rest) {
        case .tls: break
        case .ownEncryption: throw .noTLS
        case .refused(let code): throw .refused(code: code)
        case nil: throw .notRDP
        }
        let digest: [UInt8]
        do { digest = try await PeerCertificate.digest(over: stream, until: deadline) } catch {
            throw .handshake(error)
        }
        guard let fingerprint = CertificateFingerprint(digest: digest) else { throw .notRDP }
        return fingerprint
    }

    private static func read(_ count: Int, from stream: StreamSocket, until deadline: Instant)
        async throws(Failure) -> [UInt8]
    {
        var bytes: [UInt8] = []
        var space = [UInt8](repeating: 0, count: count)
        while bytes.count < count {
            let wanted = count - bytes.count
            let progress: FileDescriptor.Progress
            do {
                progress = try space.withUnsafeMutableBytes { (all) throws(SystemError) in
                    try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: all[..<wanted]))
                }
            } catch { throw .ended }
            switch progress {
            case .done(let count): bytes += space[..<count]
            case .ended: throw .ended
            case .wouldBlock:
                switch await stream.wakeUp.wait(until: deadline) {
                case .signalled: continue
                case .deadline: throw .timedOut
                case .cancelled: throw .cancelled
                }
            }
        }
        return bytes
    }
}
