package import Posix
internal import Synchronization
internal import Transport

/// The sessions of a bastion's data plane.
///
/// Retries nothing but a token that is not accepted: a new session is the tunnel's to ask for again.
package struct BastionClient: Sendable {
    private let tokens: AccessTokens
    private let exchange: Exchange

    package init(tokens: AccessTokens, http: any HTTPSending) {
        self.tokens = tokens
        exchange = Exchange(service: .bastion, http: http, policy: RetryPolicy(attempts: 1))
    }

    /// Opens a session of its own for one connection: an earlier one is never continued.
    ///
    /// - Parameter grace: how much longer a cancelled task waits for the answer to a request that was sent: it names the
    ///   session, which is to be deleted.
    /// - Parameter lateness: how much longer than the deadline the answer is waited for, once nobody does.
    /// - Parameter late: given the wait for an answer that is beyond the deadline, and what the session that it names
    ///   is deleted with; before this throws. Its WebSocket token is empty.
    /// - Parameter orphaned: given a session that was made and cannot be used, since its answer is not understood: it
    ///   is to be deleted. Its WebSocket token is empty.
    /// - Throws: `refused` with `isRetryable` for 429 and 5xx.
    package func issueToken(
        for target: TunnelTarget, port: UInt16, at endpoint: BastionEndpoint, until deadline: Instant,
        grace: Duration, lateness: Duration = .zero,
        late: @escaping @Sendable (Task<TunnelToken?, Never>) -> Void = { _ in },
        orphaned: (TunnelToken) -> Void = { _ in }
    ) async throws(AzureError) -> TunnelToken {
        func request(_ token: AccessToken) -> HTTPRequest {
            var request = Self.tokenRequest(for: target, port: port, azureToken: token.value)
            request.grace = grace
            request.lateness = lateness
            request.onLateAnswer = { answer in
                late(
                    Task {
                        await withTaskCancellationHandler {
                            TunnelToken(salvagedFrom: await answer.value)
                        } onCancel: {
                            answer.cancel()
                        }
                    })
            }
            return request
        }
        let token = try await tokens.token(until: deadline)
        do {
            return try await send(request(token), to: endpoint, until: deadline, orphaned)
        } catch {
            guard error.isUnauthorized else { throw error }
            await tokens.invalidate(token)
            let other = try await tokens.token(until: deadline)
            return try await send(request(other), to: endpoint, until: deadline, orphaned)
        }
    }

    private func send(
        _ request: HTTPRequest, to endpoint: BastionEndpoint, until deadline: Instant,
        _ orphaned: (TunnelToken) -> Void
    ) async throws(AzureError) -> TunnelToken {
        let broken = Mutex<[UInt8]>([])
        var request = request
        request.onBrokenAnswer = { bytes in
            broken.withLock { $0 = bytes }
            return TunnelToken(salvagedFrom: bytes)?.nodeID.isEmpty == false
        }
        do {
            let response = try await exchange.send(request, to: endpoint.origin, until: deadline)
            broken.withLock { $0 = response.body + response.surplus }
            return try TunnelToken(response: response.body)
        } catch {
            if let orphan = TunnelToken(salvagedFrom: broken.withLock(\.self)) { orphaned(orphan) }
            throw error
        }
    }

    /// The Azure token stands in the form alone: with an Authorization header the service answers 500.
    static func tokenRequest(for target: TunnelTarget, port: UInt16, azureToken: String) -> HTTPRequest {
        var form = FormBody()
        form.add("resourceId", target.resourceID)
        form.add("protocol", "tcptunnel")
        form.add("workloadHostPort", String(port))
        form.add("aztoken", azureToken)
        if let hostname = target.hostname { form.add("hostname", hostname) }
        return HTTPRequest(
            "POST", "/api/tokens",
            headers: ["Content-Type": FormBody.contentType, "Accept": "application/json"],
            body: .secret(form.encoded()), isRepeatable: false)
    }

    /// Ends a session. One that is gone already is fine.
    /// - Parameter guess: where it may be, if its node is not known.
    package func delete(
        _ token: TunnelToken, guess: String? = nil, at endpoint: BastionEndpoint, until deadline: Instant
    ) async throws(AzureError) {
        try await Self.delete(
            authToken: token.authToken, nodeID: token.nodeID, guess: guess, at: endpoint, over: exchange.http,
            until: deadline)
    }

    /// The same for a session that is known by its names alone; needs no sign-in.
    package static func delete(
        authToken: String, nodeID: String, guess: String? = nil, at endpoint: BastionEndpoint,
        over http: any HTTPSending, until deadline: Instant
    ) async throws(AzureError) {
        // Of a session that was named in part it is not known where it is: there may be one instance alone.
        let node = nodeID.isEmpty ? guess : nodeID
        let request = HTTPRequest(
            "DELETE", "/api/tokens/\(PercentEncoding.encode(authToken))",
            headers: node.map { ["X-Node-Id": $0] } ?? [:])
        let exchange = Exchange(service: .bastion, http: http, policy: RetryPolicy(attempts: 3))
        do { _ = try await exchange.sendPersistently(request, to: endpoint.origin, until: deadline) } catch {
            // Another node than its own does not know it either.
            if case .refused(let refusal) = error, refusal.status == 404, !nodeID.isEmpty { return }
            throw error
        }
    }
}
