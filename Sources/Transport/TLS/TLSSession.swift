internal import COpenSSL
internal import Synchronization

/// One reference to a session that a later connection may resume.
final class TLSSession: @unchecked Sendable {
    // An SSL_SESSION is counted atomically and not changed by us.
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }

    /// A TLS 1.3 ticket should be shown once (RFC 8446, appendix C.4); older sessions may be used again.
    var isForOneUse: Bool { SSL_SESSION_get_protocol_version(pointer) >= TLS1_3_VERSION }
}

/// The sessions that servers offered, a few for each host and port.
///
/// A resumed session skips the check of the certificate, so sessions are kept under the name that was checked.
final class TLSSessionCache: Sendable {
    private static let sessionsAnOrigin = 4
    private let sessions = Mutex<[String: [TLSSession]]>([:])

    func put(_ session: TLSSession, for key: String) {
        sessions.withLock { sessions in
            var kept = sessions[key] ?? []
            kept.append(session)
            sessions[key] = Array(kept.suffix(Self.sessionsAnOrigin))
        }
    }

    /// The newest that can still be resumed.
    func take(for key: String) -> TLSSession? {
        sessions.withLock { sessions in
            while let session = sessions[key]?.popLast() {
                guard SSL_SESSION_is_resumable(session.pointer) == 1 else { continue }
                if !session.isForOneUse { sessions[key]?.append(session) }
                return session
            }
            return nil
        }
    }
}
