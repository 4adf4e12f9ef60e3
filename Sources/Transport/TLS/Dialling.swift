internal import Posix

/// From a name and a port to a TCP connection.
enum Dialling {
    /// Looks the host up and connects to the first of its addresses that answers.
    static func connect(to host: String, _ port: UInt16, wakeUp: WakeUp, until deadline: Instant)
        async throws(TLSError) -> StreamSocket
    {
        let addresses = try await addresses(of: host, port, until: deadline)
        do {
            return try await StreamSocket.connect(toFirstOf: addresses, wakeUp: wakeUp, until: deadline)
        } catch {
            switch error {
            case .unreachable(let attempts): throw .notConnected(host: host, port: port, attempts)
            case .cancelled: throw .cancelled
            }
        }
    }

    static func addresses(of host: String, _ port: UInt16, until deadline: Instant)
        async throws(TLSError) -> [SocketAddress]
    {
        do {
            return try await NameResolution.addresses(of: host, port: port, until: deadline)
        } catch {
            if Task.isCancelled { throw .cancelled }
            switch error {
            case .notFound(let host, let reason): throw .notResolved(host: host, reason: reason)
            case .timedOut: throw .timedOut(.resolving)
            }
        }
    }
}
