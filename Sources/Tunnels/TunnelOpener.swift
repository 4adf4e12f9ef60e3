package import Azure
internal import Diagnostics
package import Posix
internal import Synchronization
internal import Transport

/// Opens tunnels to one port of one target: a token, a session, a WebSocket for each; and ends them.
package struct TunnelOpener: Sendable {
    private let plane: DataPlane
    private let target: TunnelTarget
    private let port: UInt16
    /// From the token request to the upgrade, for one attempt and for all of them.
    let timeout: Duration

    private var log: @Sendable (String) -> Void { plane.log }

    package init(to target: TunnelTarget, port: UInt16, over plane: DataPlane, timeout: Duration) {
        self.plane = plane
        self.target = target
        self.port = port
        self.timeout = timeout
    }

    /// Runs the body when its turn has come, and gives the turn back.
    /// - Parameter waits: called if there is a wait.
    /// - Throws: also `crowded`, where the turn does not come.
    func inTurn<Value>(
        whileWaiting waits: () -> Void = {}, _ body: () async throws(TunnelFailure) -> Value
    ) async throws(TunnelFailure) -> Value {
        if plane.openings.isBusy { waits() }
        let time = plane.limits.openingTurn
        switch await plane.openings.begin(until: .now.advanced(by: time)) {
        case .signalled: break
        case .deadline: throw .crowded(time)
        case .cancelled: throw .cancelled
        }
        defer { plane.openings.end() }
        return try await body()
    }

    /// Opens a tunnel, once.
    ///
    /// The WebSocket is opened over a connection that lies ready; where none does, over the one that the token came
    /// by: that is as fast as to dial another one meanwhile, and a crowd of connections costs half the handshakes.
    /// A host that does not take it so is not asked for it again.
    /// - Parameters:
    ///   - limit: ends the attempt before its own time does.
    ///   - delayed: told where a cancelled task waits for the service to name the session.
    package func open(until limit: Instant? = nil, delayed: @escaping @Sendable () -> Void = {})
        async throws(TunnelFailure) -> OpenTunnel
    {
        let start = Instant.now
        let own = start.advanced(by: timeout)
        let deadline = limit.map { min($0, own) } ?? own
        try await plane.awaitRest(until: deadline)
        // A session whose name nobody would wait for is not asked for.
        guard Instant.now < deadline else { throw .timedOut(timeout) }
        defer { plane.noteUse() }
        let receipt: SessionLedger.Receipt
        do { receipt = try plane.ledger.announce(at: UnixTime.now()) } catch { throw .ledger(error) }
        async let reserved = reserve(orDials: !plane.takesUsedConnections, until: deadline)
        // Of a session that is made and not written down nobody would know: this overtakes all else on the loop.
        let asked = await EventLoop.shielded(grace: .zero, priority: .high) {
            await ask(as: receipt, until: deadline, delayed: delayed)
        }
        let session: OpenSession
        do throws(TunnelFailure) { session = try asked.get() } catch {
            plane.noteRest(after: error)
            throw Task.isCancelled ? .cancelled : error
        }
        log("token in \(start.duration(to: .now).shown)")
        let reservation = await reserved
        let failure: TunnelFailure
        var isUsedAgain = false
        do throws(TunnelFailure) {
            let connection: TLSConnection
            if let fresh = try reservation.get()?.value {
                connection = fresh
            } else if let used = plane.connections.used(to: plane.endpoint.origin) {
                connection = used
                isUsedAgain = true
            } else {
                // The host ends connections with its answers: from now on another one is dialled meanwhile.
                plane.takesUsedConnections = false
                connection = try await dial(until: deadline)
            }
            return try await upgrade(connection, session, since: start, until: deadline)
        } catch { failure = error }
        await end(session, after: failure)
        if Task.isCancelled { throw .cancelled }
        if isUsedAgain, failure.mayBeOfUsedConnection {
            plane.takesUsedConnections = false
            log("the host may want WebSockets on connections of their own: it gets them from now on")
            if !failure.isWorthRetrying, Instant.now < deadline {
                return try await open(until: deadline, delayed: delayed)
            }
        }
        throw failure
    }

    /// Deletes the session and takes it out of the ledger; not torn off by cancellation.
    /// - Returns: false when the service could not be told now; it is tried again, and the ledger keeps it for a later
    ///   run.
    @discardableResult
    package func release(_ session: OpenSession) async -> Bool {
        await EventLoop.shielded { [plane] in
            guard
                await plane.deletions.begin(until: .now.advanced(by: plane.limits.deletionTurn)) == .signalled
            else {
                plane.deleteLater(session)
                return false
            }
            defer { plane.deletions.end() }
            return await plane.delete(session)
        }
    }

    /// Deletes the session of a tunnel that did not open. Where the host was silent, whoever waits is told at once, and
    /// not when the deletion has met the same silence.
    private func end(_ session: OpenSession, after failure: TunnelFailure) async {
        if failure.isOfSilence, !Task.isCancelled {
            plane.deleteLater(session)
        } else {
            await release(session)
        }
    }

    /// A disk that is slow keeps nobody from his session; one that refuses does.
    private func flush(_ receipt: SessionLedger.Receipt, until deadline: Instant) async -> FileError? {
        do throws(FileError) {
            if try await !plane.ledger.flush(receipt, until: deadline) {
                log("the ledger is not on the disk yet")
            }
            return nil
        } catch { return error }
    }

    /// Asks for a session, and writes it down.
    private func ask(
        as receipt: SessionLedger.Receipt, until deadline: Instant, delayed: @escaping @Sendable () -> Void
    ) async -> Result<OpenSession, TunnelFailure> {
        log("asking for a session")
        let wait = AnswerWait()
        defer { wait.isOver = true }
        let issued = await withTaskCancellationHandler {
            await issueToken(until: deadline)
        } onCancel: {
            wait.tell(delayed, after: plane.limits.silentCancellation)
        }
        if let late = issued.late, issued.token?.nodeID.isEmpty != false {
            plane.deleteOnceNamed(by: late, receipt)
            return .failure(issued.failure ?? .cancelled)
        }
        guard let token = issued.token else {
            plane.ledger.strike(receipt)
            return .failure(issued.failure ?? .cancelled)
        }
        if !token.nodeID.isEmpty { plane.lastNodeID = token.nodeID }
        let session = OpenSession(token: token, receipt: receipt)
        var failure = issued.failure
        do throws(FileError) {
            try plane.record(token, as: receipt)
        } catch { failure = failure ?? .ledger(error) }
        guard let failure else { return .success(session) }
        await end(session, after: failure)
        return .failure(failure)
    }

    /// What came of a token request: both where a session was made that cannot be used.
    private struct Issued: Sendable {
        var token: TunnelToken?
        var failure: TunnelFailure?
        /// An answer that is not waited for any more may still name one.
        var late: Task<TunnelToken?, Never>?
    }

    private func issueToken(until deadline: Instant) async -> Issued {
        var issued = Issued()
        let late = Mutex<Task<TunnelToken?, Never>?>(nil)
        do throws(AzureError) {
            issued.token = try await plane.bastion.issueToken(
                for: target, port: port, at: plane.endpoint, until: deadline, grace: plane.limits.grace,
                lateness: plane.limits.lateness, late: { answer in late.withLock { $0 = answer } }
            ) { orphan in
                log("the answer names a session, which is deleted")
                issued.token = orphan
            }
        } catch { issued.failure = .token(error) }
        issued.late = late.withLock(\.self)
        return issued
    }

    /// A connection for the WebSocket while the token is asked for; nil where none lies ready and none is dialled.
    private func reserve(orDials: Bool, until deadline: Instant) async
        -> Result<LoopConfined<TLSConnection>?, TunnelFailure>
    {
        do throws(TunnelFailure) {
            if orDials { return .success(LoopConfined(try await dial(until: deadline))) }
            do throws(HTTPError) {
                let ready = try await plane.connections.readyFresh(to: plane.endpoint.origin, until: deadline)
                return .success(ready.map(LoopConfined.init))
            } catch { throw TunnelFailure(connecting: error) }
        } catch { return .failure(error) }
    }

    private func dial(until deadline: Instant) async throws(TunnelFailure) -> TLSConnection {
        do { return try await plane.connections.fresh(to: plane.endpoint.origin, until: deadline) } catch {
            throw TunnelFailure(connecting: error)
        }
    }

    /// The ledger reaches the disk while the service answers the upgrade.
    private func upgrade(
        _ tls: TLSConnection, _ session: OpenSession, since start: Instant, until deadline: Instant
    ) async throws(TunnelFailure) -> OpenTunnel {
        var isOpen = false
        defer { if !isOpen { tls.close() } }
        async let flushed = flush(session.receipt, until: deadline)
        let path = session.token.websocketTarget
        log("GET \(Redaction.path(path))")
        let first: [UInt8]
        do throws(WebSocketOpeningError) {
            first = try await WebSocketUpgrade.open(
                path, at: plane.endpoint.origin, over: tls, userAgent: plane.userAgent, until: deadline)
        } catch { throw TunnelFailure(error, within: timeout).hiding(session.token.websocketToken) }
        if let failure = await flushed { throw .ledger(failure) }
        isOpen = true
        log("tunnel open in \(start.duration(to: .now).shown)")
        return OpenTunnel(tls: tls, session: session, firstBytes: first, openedAt: .now)
    }
}

extension TunnelFailure {
    init(_ error: WebSocketOpeningError, within timeout: Duration) {
        switch error {
        case .refused(let status, let headers, let excerpt):
            self = .upgradeRefused(
                status: status, excerpt: String(decoding: excerpt, as: UTF8.self),
                retryAfter: RetryAfter.wait(after: headers, now: UnixTime.now()))
        case .wrongAccept: self = .upgradeGarbled(nil)
        case .httpInsteadOfFrames: self = .refusedAfterUpgrade
        case .http(.connection(.timedOut)): self = .timedOut(timeout)
        case .http(.connection(.cancelled)): self = .cancelled
        case .http(.connection(let error)): self = .connection(error)
        case .http(let error): self = .upgradeGarbled(error)
        }
    }

    fileprivate init(connecting error: HTTPError) {
        if case .connection(let error) = error {
            self = .connection(error)
        } else {
            self = .token(.unreachable(.bastion, error))
        }
    }
}

/// How long a task that was cancelled waits for an answer, before that is worth a word.
private final class AnswerWait: @unchecked Sendable {
    // Belongs to the loop's thread.
    var isOver = false
    private let loop = EventLoop.current

    /// Says so after the time, if the answer has not come by then. From any thread.
    func tell(_ say: @escaping @Sendable () -> Void, after time: Duration) {
        Task(executorPreference: loop) {
            await EventLoop.sleep(until: .now.advanced(by: time))
            if !self.isOver { say() }
        }
    }
}

extension TunnelFailure {
    /// The same without the secret: error pages repeat the path that was asked for.
    fileprivate func hiding(_ secret: String) -> TunnelFailure {
        guard case .upgradeRefused(let status, let excerpt, let wait) = self else { return self }
        return .upgradeRefused(
            status: status, excerpt: excerpt.replacing(secret, with: "…"), retryAfter: wait)
    }
}

extension Duration {
    /// In milliseconds, for logs.
    var shown: String { "\(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) ms" }
}
