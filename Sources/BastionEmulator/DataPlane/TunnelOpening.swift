internal import Diagnostics
internal import Posix
internal import Transport

/// Opens WebSockets at `/webtunnelv2/{websocketToken}?X-Node-Id={node}` and has them relayed.
struct TunnelOpening: Sendable {
    let configuration: EmulatorConfiguration
    let endpoints: Endpoints
    let sessions: SessionTable
    let faults: FaultScript
    let log: RequestLog

    /// Whether the path is that of a WebSocket.
    static func isOpened(by request: ReceivedRequest) -> Bool {
        request.path.count == 2 && request.path[0] == "webtunnelv2"
    }

    /// What comes of a request: an answer, or a tunnel to be opened, with the fault that meets it.
    enum Decision {
        case refuse(Answer, FaultScript.Hit?)
        case open(BastionSession, FaultScript.Hit?)
    }

    func decide(_ request: ReceivedRequest, host: Int) -> Decision {
        if let refusal = refusal(request) { return .refuse(refusal, nil) }
        let notFound = EmulatedBastion.failure(404, "No such tunnel.", type: "NOT_FOUND")
        guard let node = request.query("X-Node-Id"), !node.isEmpty else {
            return .refuse(notFound.violating("no X-Node-Id in the query"), nil)
        }
        guard let (session, isInTime) = sessions.redeem(request.path[1], host: host, node: node) else {
            return .refuse(notFound.violating("the websocketToken is unknown, used, or of another node"), nil)
        }
        guard isInTime else { return .refuse(notFound.violating("the websocketToken has expired"), nil) }
        let hit = faults.next(.webSocket, path: "/webtunnelv2", port: session.route.port)
        if let injected = hit?.fault.answer {
            var answer = injected.answer(to: .webSocket)
            answer.session = session.id
            return .refuse(answer.from(client: session.client), hit)
        }
        return .open(session, hit)
    }

    private func refusal(_ request: ReceivedRequest) -> Answer? {
        switch WebSocketUpgrade.problem(in: request.method, request.headers) {
        case nil: break
        case .version:
            var answer = EmulatedBastion.failure(426, "Bad version.", type: "BAD_REQUEST")
            answer.headers["Sec-WebSocket-Version"] = "13"
            return answer.violating("Sec-WebSocket-Version is not 13")
        case .notGET: return EmulatedBastion.failure(405, "Not GET.", type: "BAD_REQUEST")
        case .noUpgrade, .key:
            return EmulatedBastion.failure(400, "No WebSocket upgrade.", type: "BAD_REQUEST")
                .violating("no valid WebSocket upgrade")
        }
        let origins = request.headers.values(of: "Origin").map { $0.lowercased() }
        if origins.contains(where: { $0 != "https://\(request.host)" }) {
            return EmulatedBastion.failure(403, "Bad origin.", type: "PERMISSION_DENIED")
                .violating("Origin is not https:// and the host's name")
        }
        return nil
    }
}

// MARK: - The life of a tunnel

extension TunnelOpening {
    /// Sends the 101 and relays until the tunnel ends; the connection is of no use afterwards.
    func run(
        _ session: BastionSession, _ hit: FaultScript.Hit?, _ headers: HTTPHeaders,
        over connection: HTTPConnection
    )
        async
    {
        let tls = connection.tls
        let tunnelSwitch = TunnelSwitch(waking: tls.wakeUp)
        session.opened(tunnelSwitch)
        log.write(
            "websocket-opened",
            [
                "session": .text(session.id), "port": .integer(Int(session.route.port)),
                "fault": hit.map { .integer($0.number) } ?? .null,
            ])
        var outcome = TunnelRelay.Outcome()
        do {
            try await AnswerWriter(connection, pace: hit?.fault.pace).send(
                try upgrade(headers, hit?.fault.upgrade))
            outcome = await carry(session, hit?.fault, connection, tunnelSwitch)
        } catch { outcome.ending = .clientGone }
        session.closed(tunnelSwitch, bytesUp: outcome.bytesUp, bytesDown: outcome.bytesDown)
        note(outcome, of: session)
    }

    /// The 101 and what comes with it; the end of a half one is the end of it.
    private func upgrade(_ headers: HTTPHeaders, _ spoiling: Fault.Upgrade?) throws(HTTPError) -> [UInt8] {
        let proper = try WebSocketUpgrade.response(to: headers)
        var fields: HTTPHeaders = [
            "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Accept": WebSocketUpgrade.accept(for: headers["Sec-WebSocket-Key"] ?? ""),
        ]
        switch spoiling {
        case nil, .silence: return proper
        case .missingHeaders: (fields["Upgrade"], fields["Connection"]) = (nil, nil)
        case .wrongAccept:
            fields["Sec-WebSocket-Accept"] = WebSocketUpgrade.accept(for: WebSocketUpgrade.makeKey())
        case .noAccept: fields["Sec-WebSocket-Accept"] = nil
        case .extension: fields["Sec-WebSocket-Extensions"] = "permessage-deflate"
        case .half, .cut: return Array(proper.prefix(proper.count / 2))
        case .page: return try proper + Self.page()
        case .garbage: return proper + [UInt8](repeating: 0xFF, count: 64)
        }
        return try HTTPSerializer.head(status: 101, reason: "Switching Protocols", headers: fields)
    }

    private static func page() throws(HTTPError) -> [UInt8] {
        let page = Answer.html(400, title: "400 Bad Request")
        var fields = page.headers
        fields["Content-Length"] = String(page.body.count)
        fields["Connection"] = "close"
        return try HTTPSerializer.head(status: 400, reason: "Bad Request", headers: fields) + page.body
    }

    private func carry(
        _ session: BastionSession, _ fault: Fault?, _ connection: HTTPConnection, _ tunnelSwitch: TunnelSwitch
    ) async -> TunnelRelay.Outcome {
        let tls = connection.tls
        switch fault?.upgrade {
        case .page, .cut: return TunnelRelay.Outcome(ending: .fault)
        case .silence, .half, .garbage:
            while !tunnelSwitch.isCut, !tls.socket.descriptor.isPeerGone {
                if await tls.wakeUp.wait() == .cancelled { break }
            }
            return TunnelRelay.Outcome(ending: .fault)
        default: break
        }
        let target = await reach(session.route.local, tls.wakeUp)
        defer { target?.close() }
        let relay = TunnelRelay(
            tls, target, fault: fault, idleTimeout: configuration.limits.idleTimeout,
            tunnelSwitch: tunnelSwitch)
        if target == nil { relay.refuse(with: configuration.limits.unreachableTargetCode) }
        let outcome = await relay.run(first: connection.takeUnread())
        if outcome.ending == .clientClosed {
            tls.finish()
            tls.close()
            await relay.awaitTarget()
        }
        return outcome
    }

    private func reach(_ local: LocalAddress?, _ wakeUp: WakeUp) async -> StreamSocket? {
        guard let local else { return nil }
        let deadline = Instant.now.advanced(by: configuration.limits.connectTimeout)
        guard
            let addresses = try? await NameResolution.addresses(
                of: local.host, port: local.port, until: deadline)
        else { return nil }
        return try? await StreamSocket.connect(toFirstOf: addresses, wakeUp: wakeUp, until: deadline)
    }

    private func note(_ outcome: TunnelRelay.Outcome, of session: BastionSession) {
        log.write(
            "websocket-closed",
            [
                "session": .text(session.id), "ending": outcome.ending.map { .text($0.rawValue) } ?? .null,
                "bytesUp": .integer(outcome.bytesUp), "bytesDown": .integer(outcome.bytesDown),
                "codeSent": outcome.codeSent.map { .integer(Int($0)) } ?? .null,
                "codeReceived": outcome.codeReceived.map { .integer(Int($0)) } ?? .null,
                "violation": outcome.violation.map { .text("\($0)") } ?? .null,
            ])
    }
}
