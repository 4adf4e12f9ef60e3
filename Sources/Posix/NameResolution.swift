internal import Glibc

/// Looks host names up.
package enum NameResolution {
    package enum Failure: Error, Hashable, Sendable {
        /// The resolver's own words.
        case notFound(host: String, reason: String)
        case timedOut(host: String)
    }

    /// The addresses to try for a host, in order.
    ///
    /// Literals, `localhost` and names under it (RFC 6761, section 6.3) are answered without a resolver;
    /// the rest by getaddrinfo(3) on a thread of its own, until the deadline.
    package static func addresses(of host: String, port: UInt16, until deadline: Instant)
        async throws(Failure)
        -> [SocketAddress]
    {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        if let literal = SocketAddress(literal: bare, port: port) { return [literal] }
        let name = bare.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") {
            return ["127.0.0.1", "::1"].compactMap { SocketAddress(literal: $0, port: port) }
        }
        let found: Result<[SocketAddress], Failure>
        do { found = try await BlockingCall.run(until: deadline) { look(up: bare, port: port) } } catch {
            throw .timedOut(host: bare)
        }
        return try found.get()
    }

    private static func look(up host: String, port: UInt16) -> Result<[SocketAddress], Failure> {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, "\(port)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            return .failure(
                .notFound(host: host, reason: gai_strerror(status).map { String(cString: $0) } ?? ""))
        }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            let bytes = UnsafeRawBufferPointer(
                start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
            found.append(SocketAddress(storage: Array(bytes)))
            next = entry.pointee.ai_next
        }
        return .success(found)
    }
}
