package import Posix

/// Sends requests over TLS and keeps connections for the next ones. Never follows a redirect.
///
/// An actor, so that any number of tasks may use it at once: each request in flight has a connection of its own.
package actor HTTPClient {
    /// Where its connections lie between requests; WebSockets to the same servers may take theirs from it.
    package nonisolated let connections: ConnectionPool
    private let userAgent: String

    /// - Parameter userAgent: such as `bastion-up/1.0`.
    package init(
        context: TLSContext, proxies: ProxyRules, userAgent: String, limits: HTTPLimits = HTTPLimits()
    ) {
        connections = ConnectionPool(context: context, proxies: proxies, limits: limits)
        self.userAgent = userAgent
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
        let lent = try await connections.forRequest(to: origin, until: deadline)
        do { return try await patiently(request, over: lent.connection, origin, until: deadline) } catch {
            giveUp(lent.connection, request)
            let mayTryAgain = lent.hasLain && request.isRepeatable && !lent.connection.hasAnswer
            guard mayTryAgain, error.isEndOfConnection else { throw error }
        }
        let connection = try await connections.dial(origin, until: deadline)
        do { return try await patiently(request, over: connection, origin, until: deadline) } catch {
            giveUp(connection, request)
            throw error
        }
    }

    /// What must not happen twice must not happen late either: the kernel is not to send the rest of it some time.
    private func giveUp(_ connection: HTTPConnection, _ request: HTTPRequest) {
        if connection.isLeftToLateAnswer { return }
        if !request.isRepeatable { connection.tls.socket.resetOnClose() }
        connection.tls.close()
    }

    /// Ends the kept connections tidily.
    package func closeIdle() { connections.closeIdle() }

    private func complete(_ request: inout HTTPRequest, for origin: Origin) {
        request.headers["Host"] = origin.authority
        if request.headers["User-Agent"] == nil { request.headers["User-Agent"] = userAgent }
        request.headers["Transfer-Encoding"] = nil
        request.headers["Content-Length"] = nil
        if case .none = request.body, !["POST", "PUT", "PATCH"].contains(request.method) { return }
        request.headers["Content-Length"] = String(request.body.count)
    }

    /// The exchange, which a cancelled task leaves as much time as the request says.
    private func patiently(
        _ request: HTTPRequest, over connection: HTTPConnection, _ origin: Origin, until deadline: Instant
    ) async throws(HTTPError) -> HTTPResponse {
        guard let grace = request.grace else {
            return try await exchange(request, over: connection, origin, until: deadline)
        }
        if Task.isCancelled { throw .connection(.cancelled) }
        let confined = LoopConfined(connection)
        return try await EventLoop.shielded(grace: grace, priority: Task.currentPriority) {
            do throws(HTTPError) {
                return Result<HTTPResponse, HTTPError>.success(
                    try await self.exchange(request, over: confined.value, origin, until: deadline))
            } catch { return .failure(error) }
        }.get()
    }

    private func exchange(
        _ request: HTTPRequest, over connection: HTTPConnection, _ origin: Origin, until deadline: Instant
    ) async throws(HTTPError) -> HTTPResponse {
        connection.forgetAnswer(keepsNext: request.onBrokenAnswer != nil)
        try await connection.send(request, until: deadline)
        let answer: HTTPConnection.Answer
        do { answer = try await readAnswer(to: request, over: connection, until: deadline) } catch {
            if connection.isLeftToLateAnswer { throw error }
            if case .violation = error { await connection.readRest(until: deadline) }
            _ = request.onBrokenAnswer?(connection.brokenAnswer)
            throw error
        }
        connection.forgetAnswer(keepsNext: false)
        if answer.keepsAlive {
            connections.keep(connection, to: origin)
        } else {
            connections.end(connection)
        }
        return answer.response
    }
}

// MARK: - Answers that come too late

extension HTTPClient {
    /// Reads the answer; one that is late is read on by a task of its own, which the request's maker is given.
    private func readAnswer(
        to request: HTTPRequest, over connection: HTTPConnection, until deadline: Instant
    ) async throws(HTTPError) -> HTTPConnection.Answer {
        guard request.lateness > .zero, let handOver = request.onLateAnswer else {
            return try await connection.readResponse(to: request.method, until: deadline)
        }
        let (confined, method) = (LoopConfined(connection), request.method)
        let end = deadline.advanced(by: request.lateness)
        let isThere = WakeUp()
        let loop = EventLoop.current
        let reading = Task(executorPreference: loop, priority: Task.currentPriority) {
            defer { isThere.signal() }
            do throws(HTTPError) {
                return Result<HTTPConnection.Answer, HTTPError>.success(
                    try await confined.value.readResponse(to: method, until: end))
            } catch { return .failure(error) }
        }
        switch await isThere.wait(until: deadline) {
        case .signalled: break
        case .cancelled: reading.cancel()
        case .deadline where request.onBrokenAnswer?(connection.brokenAnswer) == true:
            reading.cancel()
            _ = await reading.value
            throw .connection(.timedOut(.transfer))
        case .deadline:
            connection.isLeftToLateAnswer = true
            handOver(
                Task(executorPreference: loop) {
                    let outcome = await withTaskCancellationHandler {
                        await reading.value
                    } onCancel: {
                        reading.cancel()
                    }
                    confined.value.tls.socket.resetOnClose()
                    confined.value.tls.close()
                    return if let late = try? outcome.get().response { late.body + late.surplus } else {
                        confined.value.brokenAnswer
                    }
                })
            throw .connection(.timedOut(.transfer))
        }
        return try await reading.value.get()
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
