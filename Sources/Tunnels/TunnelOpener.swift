package import Azure
internal import Diagnostics
package import Posix
package import Transport

/// Opens tunnels to one port of one target: a token, a session, a WebSocket for each; and ends them.
package struct TunnelOpener: Sendable {
    private let bastion: BastionClient
    private let endpoint: BastionEndpoint
    private let caFile: String?
    private let target: TunnelTarget
    private let port: UInt16
    private let context: TLSContext
    private let route: ProxyRoute
    private let ledger: SessionLedger
    private let userAgent: String
    private let log: @Sendable (String) -> Void
    /// From the token request to the upgrade, for one attempt and for all of them.
    let timeout: Duration
    private let patience: Patience

    /// How long a run that ends waits for the service.
    struct Patience: Sendable {
        /// For the deletion of a session.
        var deletion = Duration.seconds(5)
        /// For a token request that was cancelled: its answer names the session to delete.
        var cancellation = Duration.seconds(8)
    }

    package init(
        bastion: BastionClient, endpoint: BastionEndpoint, caFile: String?, target: TunnelTarget,
        port: UInt16, context: TLSContext, route: ProxyRoute, ledger: SessionLedger, timeout: Duration,
        userAgent: String, log: @escaping @Sendable (String) -> Void
    ) {
        self.init(
            bastion: bastion, endpoint: endpoint, caFile: caFile, target: target, port: port,
            context: context, route: route, ledger: ledger, timeout: timeout, patience: Patience(),
            userAgent: userAgent, log: log)
    }

    init(
        bastion: BastionClient, endpoint: BastionEndpoint, caFile: String?, target: TunnelTarget,
        port: UInt16, context: TLSContext, route: ProxyRoute, ledger: SessionLedger, timeout: Duration,
        patience: Patience, userAgent: String, log: @escaping @Sendable (String) -> Void
    ) {
        self.patience = patience
        self.bastion = bastion
        self.endpoint = endpoint
        self.caFile = caFile
        self.target = target
        self.port = port
        self.context = context
        self.route = route
        self.ledger = ledger
        self.timeout = timeout
        self.userAgent = userAgent
        self.log = log
    }

    /// Opens a tunnel, once. The token is asked for and the WebSocket's connection is made at the same time.
    /// - Parameter limit: ends the attempt before its own time does.
    package func open(until limit: Instant? = nil) async throws(TunnelFailure) -> OpenTunnel {
        let start = Instant.now
        let own = start.advanced(by: timeout)
        let deadline = limit.map { min($0, own) } ?? own
        let receipt: SessionLedger.Receipt
        do { receipt = try ledger.announce(at: UnixTime.now()) } catch { throw .ledger(error) }
        async let dialled = dial(until: deadline)
        // Of a session that is made and not written down nobody would know: this overtakes all else on the loop.
        let asked = await EventLoop.shielded(grace: patience.cancellation, priority: .high) {
            await ask(as: receipt, until: deadline)
        }
        let session: OpenSession
        do { session = try asked.get() } catch { throw Task.isCancelled ? .cancelled : error }
        log("token in \(start.duration(to: .now).shown)")
        let failure: TunnelFailure
        switch await dialled {
        case .success(let connection):
            do throws(TunnelFailure) {
                return try await upgrade(connection.value, session, since: start, until: deadline)
            } catch { failure = error }
            connection.value.close()
        case .failure(let error): failure = error
        }
        await release(session)
        throw Task.isCancelled ? .cancelled : failure
    }

    /// Deletes the session and takes it out of the ledger; not torn off by cancellation.
    /// - Returns: false when the service could not be told now; the ledger keeps it for a later run.
    @discardableResult
    package func release(_ session: OpenSession) async -> Bool {
        let isDeleted = await delete(session.token)
        if isDeleted { ledger.strike(session.receipt) }
        return isDeleted
    }

    @discardableResult
    private func delete(_ token: TunnelToken) async -> Bool {
        await EventLoop.shielded { [bastion, endpoint, patience, log] in
            do {
                try await bastion.delete(token, at: endpoint, until: .now.advanced(by: patience.deletion))
                log("session deleted")
                return true
            } catch {
                log("session not deleted: \(error)")
                return false
            }
        }
    }

    /// A disk that is slow keeps nobody from his session; one that refuses does.
    private func flush(_ receipt: SessionLedger.Receipt, until deadline: Instant) async -> FileError? {
        do throws(FileError) {
            if try await !ledger.flush(receipt, until: deadline) { log("the ledger is not on the disk yet") }
            return nil
        } catch { return error }
    }

    /// Asks for a session, and writes it down.
    private func ask(as receipt: SessionLedger.Receipt, until deadline: Instant) async
        -> Result<OpenSession, TunnelFailure>
    {
        let token: TunnelToken
        do throws(AzureError) {
            token = try await bastion.issueToken(for: target, port: port, at: endpoint, until: deadline)
        } catch {
            ledger.strike(receipt)
            return .failure(.token(error))
        }
        let session = OpenSession(token: token, receipt: receipt)
        do throws(FileError) {
            let entry = LedgerEntry(token, at: endpoint, caFile: caFile, openedAt: UnixTime.now())
            try ledger.record(entry, as: receipt)
        } catch {
            await release(session)
            return .failure(.ledger(error))
        }
        return .success(session)
    }

    private func dial(until deadline: Instant) async -> Result<LoopConfined<TLSConnection>, TunnelFailure> {
        do throws(TLSError) {
            let origin = endpoint.origin
            let tls = try await TLSConnection.connect(
                to: origin.host, port: origin.port, context: context, through: route, wakeUp: WakeUp(),
                until: deadline)
            return .success(LoopConfined(tls))
        } catch { return .failure(.connection(error)) }
    }

    /// The ledger reaches the disk while the service answers the upgrade.
    private func upgrade(
        _ tls: TLSConnection, _ session: OpenSession, since start: Instant, until deadline: Instant
    ) async throws(TunnelFailure) -> OpenTunnel {
        async let flushed = flush(session.receipt, until: deadline)
        let path = session.token.websocketTarget
        log("GET \(Redaction.path(path))")
        let first: [UInt8]
        do throws(WebSocketOpeningError) {
            first = try await WebSocketUpgrade.open(
                path, at: endpoint.origin, over: tls, userAgent: userAgent, until: deadline)
        } catch { throw TunnelFailure(error, within: timeout).hiding(session.token.websocketToken) }
        if let failure = await flushed { throw .ledger(failure) }
        log("tunnel open in \(start.duration(to: .now).shown)")
        return OpenTunnel(tls: tls, session: session, firstBytes: first, openedAt: .now)
    }
}

extension TunnelFailure {
    init(_ error: WebSocketOpeningError, within timeout: Duration) {
        switch error {
        case .refused(let status, _, let excerpt):
            self = .upgradeRefused(
                status: status, excerpt: String(decoding: excerpt, as: UTF8.self))
        case .wrongAccept: self = .upgradeGarbled("the answer does not match the key that was sent")
        case .httpInsteadOfFrames: self = .refusedAfterUpgrade
        case .http(.connection(.timedOut)): self = .timedOut(timeout)
        case .http(.connection(.cancelled)): self = .cancelled
        case .http(.connection(let error)): self = .connection(error)
        case .http(let error): self = .upgradeGarbled("\(error)")
        }
    }
}

extension TunnelFailure {
    /// The same without the secret: error pages repeat the path that was asked for.
    fileprivate func hiding(_ secret: String) -> TunnelFailure {
        guard case .upgradeRefused(let status, let excerpt) = self else { return self }
        return .upgradeRefused(status: status, excerpt: excerpt.replacing(secret, with: "…"))
    }
}

extension Duration {
    /// In milliseconds, for logs.
    var shown: String { "\(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) ms" }
}
