package import Posix

/// TLS connections to servers, kept between requests and dialled ahead of the need for them.
///
/// A *fresh* connection is one on which nothing was sent yet: a WebSocket can be opened over it. Every one that
/// lies here is asked whether it is still quiet before it is handed out. Belongs to its loop's thread.
package final class ConnectionPool: @unchecked Sendable {
    struct Idle {
        let connection: HTTPConnection
        let isFresh: Bool
        let since: Instant

        var age: Duration { since.duration(to: .now) }
    }

    /// Somebody who waits for a connection that is being dialled ahead.
    final class Claim {
        let wakeUp = WakeUp()
        /// What came of it, once the claim is answered: nil where nothing did.
        var connection: HTTPConnection?
        var isAnswered = false
    }

    private let context: TLSContext
    private let proxies: ProxyRules
    private let limits: HTTPLimits
    private var idle: [Origin: [Idle]] = [:]
    /// How many connections are being dialled ahead, and who waits for them.
    private var underway: [Origin: Int] = [:]
    private var claims: [Origin: [Claim]] = [:]

    /// Servers commonly drop idle connections after 60 s and more.
    private static let idleTime = Duration.seconds(50)
    /// What many connections that end at once leave for the next ones.
    private static let idleConnectionsAnOrigin = 32

    package init(context: TLSContext, proxies: ProxyRules, limits: HTTPLimits = HTTPLimits()) {
        self.context = context
        self.proxies = proxies
        self.limits = limits
    }

    /// A connection for a request, and whether it lay here before: then its server may just be closing it.
    struct Lent {
        let connection: HTTPConnection
        let hasLain: Bool
    }

    /// One that carried a request before, any other that lies here or is on its way, or a new one.
    func forRequest(to origin: Origin, until deadline: Instant) async throws(HTTPError) -> Lent {
        if let used = take(origin, where: { !$0.isFresh }) { return Lent(connection: used, hasLain: true) }
        return try await any(origin, until: deadline)
    }

    /// One that nothing was sent on: the caller's own from now on.
    package func fresh(to origin: Origin, until deadline: Instant) async throws(HTTPError) -> TLSConnection {
        try await any(origin, until: deadline).connection.tls
    }

    /// The same where one lies here or is on its way; nil where it would have to be dialled.
    package func readyFresh(to origin: Origin, until deadline: Instant) async throws(HTTPError)
        -> TLSConnection?
    {
        try await ready(origin, until: deadline)?.connection.tls
    }

    /// The one that carried a request last, if one lies here: the caller's own from now on.
    package func used(to origin: Origin) -> TLSConnection? { take(origin, where: { !$0.isFresh })?.tls }

    private func any(_ origin: Origin, until deadline: Instant) async throws(HTTPError) -> Lent {
        if let ready = try await ready(origin, until: deadline) { return ready }
        return Lent(connection: try await dial(origin, until: deadline), hasLain: false)
    }

    private func ready(_ origin: Origin, until deadline: Instant) async throws(HTTPError) -> Lent? {
        if let fresh = take(origin, where: \.isFresh) { return Lent(connection: fresh, hasLain: true) }
        return try await claim(origin, until: deadline).map { Lent(connection: $0, hasLain: false) }
    }

    /// A new connection.
    func dial(_ origin: Origin, until deadline: Instant) async throws(HTTPError) -> HTTPConnection {
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
}

// MARK: - Lying idle

extension ConnectionPool {
    /// Keeps a connection that carried a request for the next one.
    func keep(_ connection: HTTPConnection, to origin: Origin) { put(connection, origin, isFresh: false) }

    private func put(_ connection: HTTPConnection, _ origin: Origin, isFresh: Bool) {
        if idle[origin, default: []].count >= Self.idleConnectionsAnOrigin { return end(connection) }
        idle[origin, default: []].append(Idle(connection: connection, isFresh: isFresh, since: .now))
    }

    /// The latest of those that fit and still can be used.
    private func take(_ origin: Origin, where fits: (Idle) -> Bool) -> HTTPConnection? {
        while let index = idle[origin]?.lastIndex(where: fits), let kept = idle[origin]?.remove(at: index) {
            if kept.age < Self.idleTime, kept.connection.isStillQuiet() { return kept.connection }
            end(kept.connection)
        }
        return nil
    }

    /// Ends the connections that lie here, tidily.
    package func closeIdle() {
        for kept in idle.values.joined() { end(kept.connection) }
        idle = [:]
    }

    func end(_ connection: HTTPConnection) {
        connection.tls.finish()
        connection.tls.close()
    }

    /// Ends those that are of no use any more: too old, or closed by their servers.
    private func end(_ origin: Origin, olderThan age: Duration) {
        for kept in idle[origin] ?? [] where kept.age >= age || !kept.connection.isStillQuiet() {
            end(kept.connection)
            idle[origin]?.removeAll { $0.connection === kept.connection }
        }
    }
}

// MARK: - Dialled ahead

extension ConnectionPool {
    /// Dials a connection that nobody asked for yet; whoever asks first gets it, also while it is being dialled.
    package func dialAhead(to origin: Origin, until deadline: Instant) async throws(HTTPError) {
        underway[origin, default: 0] += 1
        let dialled: Result<HTTPConnection, HTTPError>
        do { dialled = .success(try await dial(origin, until: deadline)) } catch { dialled = .failure(error) }
        underway[origin, default: 1] -= 1
        let connection = try? dialled.get()
        if let claim = claims[origin]?.first {
            claims[origin]?.removeFirst()
            claim.connection = connection
            claim.isAnswered = true
            return claim.wakeUp.signal()
        }
        if let connection { put(connection, origin, isFresh: true) }
        if case .failure(let error) = dialled { throw error }
    }

    /// A connection that is being dialled ahead and that nobody else waits for.
    /// - Returns: nil where there is none, or nothing came of it.
    private func claim(_ origin: Origin, until deadline: Instant) async throws(HTTPError) -> HTTPConnection? {
        guard claims[origin, default: []].count < underway[origin, default: 0] else { return nil }
        let claim = Claim()
        claims[origin, default: []].append(claim)
        let reason = await claim.wakeUp.wait(until: deadline)
        if reason == .signalled { return claim.connection }
        claims[origin]?.removeAll { $0 === claim }
        if let connection = claim.connection { put(connection, origin, isFresh: true) }
        // Which of the name, the address and the handshake it waits for is the dialler's to know.
        throw .connection(reason == .cancelled ? .cancelled : .timedOut(.connecting))
    }

    /// How long a connection lies before another one takes its place: well before servers drop it.
    package static let renewalTime = Duration.seconds(45)

    /// Sees to it that a request and a WebSocket each find a connection lying ready for a while, fresh ones in
    /// place of those that are growing old.
    /// - Returns: how many were dialled for it.
    package func makeReady(for origin: Origin, until deadline: Instant) async throws(HTTPError) -> Int {
        end(origin, olderThan: Self.idleTime)
        let young = (idle[origin] ?? []).filter { $0.age < Self.renewalTime }
        let coming = underway[origin, default: 0]
        let missing = max(young.contains(where: \.isFresh) || coming > 0 ? 0 : 1, 2 - young.count - coming)
        let results = await withTaskGroup(of: Result<Void, HTTPError>.self) { group in
            for _ in 0..<max(0, missing) {
                group.addTask {
                    do throws(HTTPError) {
                        return .success(try await self.dialAhead(to: origin, until: deadline))
                    } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for result in results { try result.get() }
        end(origin, olderThan: Self.renewalTime)
        return results.count
    }

    /// Ends what is too old to be used again.
    /// - Returns: when the oldest of the others will have lain for the renewal time; nil where none is left.
    package func prune(_ origin: Origin) -> Instant? {
        end(origin, olderThan: Self.idleTime)
        return idle[origin]?.map { $0.since.advanced(by: Self.renewalTime) }.min()
    }
}
