package import Posix

/// Sends requests over TLS and keeps connections for the next ones. Never follows a redirect.
///
/// An actor, so that any number of tasks may use it at once: each request in flight has a connection of its own.
package actor HTTPClient {
    private struct Idle {
        let connection: HTTPConnection
        let since: Instant
    }

    private let context: TLSContext
    private let proxies: ProxyRules
    private let userAgent: String
    private let limits: HTTPLimits
    private var idle: [Origin: [Idle]] = [:]

    /// Servers commonly drop idle connections after 60 s and more.
    private static let idleTime = Duration.seconds(50)
    private static let idleConnectionsAnOrigin = 8

    /// - Parameter userAgent: such as `bastion-up/1.0`.
    package init(
        context: TLSContext, proxies: ProxyRules, userAgent: String, limits: HTTPLimits = HTTPLimits()
    ) {
        self.context = context
        self.proxies = proxies
        self.userAgent = userAgent
        self.limits = limits
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// A kept connection may have been closed by the server at the moment when it is used again. If it ends
    /// before any byte of an answer, the request is sent once more, on a new connection: then and only if it is
    /// `isRepeatable`, since nobody can tell whether the server read it before it closed.
    package func send(_ request: HTTPRequest, to origin: Origin, until deadline: Instant)
        async throws(HTTPError) -> HTTPResponse
    {
        var request = request
        complete(&request, for: origin)
        _ = try HTTPSerializer.head(request)
        if let kept = takeIdle(origin) {
            do { return try await exchange(request, over: kept, origin, until: deadline) } catch {
                kept.tls.close()
                guard request.isRepeatable, !kept.hasAnswer, error.isEndOfConnection else { throw error }
            }
        }
        let connection = try await connect(to: origin, until: deadline)
        do { return try await exchange(request, over: connection, origin, until: deadline) } catch {
            connection.tls.close()
            throw error
        }
    }

    /// Ends the kept connections tidily.
    package func closeIdle() {
        for kept in idle.values.joined() { end(kept.connection) }
        idle = [:]
    }

    private func complete(_ request: inout HTTPRequest, for origin: Origin) {
        request.headers["Host"] = origin.authority
        if request.headers["User-Agent"] == nil { request.headers["User-Agent"] = userAgent }
        request.headers["Transfer-Encoding"] = nil
        request.headers["Content-Length"] = nil
        if case .none = request.body, !["POST", "PUT", "PATCH"].contains(request.method) { return }
        request.headers["Content-Length"] = String(request.body.count)
    }

    private func connect(to origin: Origin, until deadline: Instant) async throws(HTTPError) -> HTTPConnection
    {
        let route: ProxyRoute
        do { route = try proxies.route(to: origin.host, port: origin.port) } catch {
            throw .proxySetting(error)
        }
        // Handshakes are long: those of many requests at once must not keep the answer to an urgent one waiting.
        let dialled = await EventLoop.unhurried { [context] in
            do throws(TLSError) {
                let tls = try await TLSConnection.connect(
                    to: origin.host, port: origin.port, context: context, through: route, wakeUp: WakeUp(),
                    until: deadline)
                return Result<LoopConfined<TLSConnection>, TLSError>.success(LoopConfined(tls))
            } catch { return .failure(error) }
        }
        do { return HTTPConnection(over: try dialled.get().value, limits: limits) } catch {
            throw .connection(error)
        }
    }

    private func exchange(
        _ request: HTTPRequest, over connection: HTTPConnection, _ origin: Origin, until deadline: Instant
    ) async throws(HTTPError) -> HTTPResponse {
        connection.forgetAnswer()
        try await connection.send(request, until: deadline)
        let answer = try await connection.readResponse(to: request.method, until: deadline)
        if answer.keepsAlive { keep(connection, origin) } else { end(connection) }
        return answer.response
    }
}

// MARK: - Kept connections

extension HTTPClient {
    private func takeIdle(_ origin: Origin) -> HTTPConnection? {
        while let kept = idle[origin]?.popLast() {
            if kept.since.duration(to: .now) < Self.idleTime, kept.connection.isStillQuiet() {
                return kept.connection
            }
            end(kept.connection)
        }
        return nil
    }

    private func keep(_ connection: HTTPConnection, _ origin: Origin) {
        if idle[origin, default: []].count >= Self.idleConnectionsAnOrigin { return end(connection) }
        idle[origin, default: []].append(Idle(connection: connection, since: .now))
    }

    private func end(_ connection: HTTPConnection) {
        connection.tls.finish()
        connection.tls.close()
    }
}

extension HTTPError {
    /// Whether it is what a connection that the peer closed meanwhile looks like.
    fileprivate var isEndOfConnection: Bool {
        switch self {
        case .connection(.closed), .connection(.lost): true
        default: false
        }
    }
}
