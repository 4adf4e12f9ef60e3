internal import Posix

/// Opens ways through one proxy.
struct ProxyOpening {
    let proxy: Proxy
    /// For a proxy that is spoken to over TLS.
    let context: TLSContext
    let wakeUp: WakeUp

    /// - Returns: a connection that carries the target's bytes.
    /// - Throws: `proxy`, or what became of the target's name where it is looked up here.
    func open(to host: String, _ port: UInt16, until deadline: Instant) async throws(TLSError) -> ProxyStream
    {
        let literal = SocketAddress(literal: host, port: port)
        switch proxy.kind {
        case .http, .https:
            return try await run(until: deadline) {
                ConnectDialogue(to: host, port: port, credentials: proxy.credentials)
            }
        case .socks5h:
            return try await ask(for: literal.map { .address($0) } ?? .name(host), port, until: deadline)
        case .socks5:
            let found = try await Dialling.addresses(of: host, port, until: deadline)
            return try await ask(forFirstOf: SocketAddress.alternating(found), port, until: deadline)
        }
    }

    /// The proxy may not have both families; a refused request has used its connection up.
    private func ask(forFirstOf addresses: [SocketAddress], _ port: UInt16, until deadline: Instant)
        async throws(TLSError) -> ProxyStream
    {
        var first: TLSError?
        for address in addresses {
            do { return try await ask(for: .address(address), port, until: deadline) } catch {
                guard case .proxy(let problem) = error, case .socksRefused(let reply) = problem.failure,
                    reply.isAboutAddress
                else { throw error }
                first = first ?? error
            }
        }
        throw first ?? .timedOut(.resolving)
    }

    private func ask(for destination: SOCKSDialogue.Destination, _ port: UInt16, until deadline: Instant)
        async throws(TLSError) -> ProxyStream
    {
        try await run(until: deadline) {
            SOCKSDialogue(to: destination, port: port, credentials: proxy.credentials)
        }
    }

    private func run(until deadline: Instant, _ dialogue: () -> some ProxyDialogue)
        async throws(TLSError) -> ProxyStream
    {
        let stream: ProxyStream
        do { stream = try await reach(until: deadline) } catch { throw .through(proxy, .unreachable(error)) }
        do { try await stream.run(dialogue(), until: deadline) } catch {
            stream.close()
            throw .through(proxy, error)
        }
        return stream
    }

    private func reach(until deadline: Instant) async throws(TLSError) -> ProxyStream {
        let socket = try await Dialling.connect(
            to: proxy.host, proxy.port, wakeUp: wakeUp, until: deadline)
        guard proxy.kind == .https else { return .plain(socket) }
        let connection = try await TLSConnection.secure(
            .plain(socket), TLSConnection.bare(proxy.host), proxy.port, context, until: deadline)
        return .secure(connection)
    }
}
