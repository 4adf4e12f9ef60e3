internal import Diagnostics
internal import Cryptography
internal import Posix
internal import Transport

/// The data plane's HTTP part: sessions are made and deleted.
struct EmulatedBastion: Sendable {
    let configuration: EmulatorConfiguration
    let endpoints: Endpoints
    let tokens: AccessTokens
    let sessions: SessionTable
    let log: RequestLog

    /// The names of a host's instances: the same for one resource ID, different for two.
    func nodes(of host: Int) -> [String] {
        let id = configuration.hosts[host].id.key
        return (0..<configuration.hosts[host].instances).map { index in
            "node\(index)-" + Hex.encode(Digest.sha256(Array("\(id)#\(index)".utf8)).prefix(6))
        }
    }

    /// Nil for a path that is not this role's.
    func answer(_ request: ReceivedRequest, host: Int) -> Answer? {
        switch (request.method, request.path.count) {
        case ("POST", 2) where request.path == ["api", "tokens"]: issue(request, host)
        case ("DELETE", 3) where request.path.starts(with: ["api", "tokens"]):
            delete(request.path[2], request, host)
        case (_, 2...3) where request.path.starts(with: ["api", "tokens"]):
            Self.failure(405, "Method Not Allowed", type: "BAD_REQUEST")
        default: nil
        }
    }

    private func delete(_ token: String, _ request: ReceivedRequest, _ host: Int) -> Answer {
        guard let node = request.headers["X-Node-Id"] else {
            return Self.failure(404, "No such token.", type: "NOT_FOUND").violating("no X-Node-Id")
        }
        guard let session = sessions.remove(token, host: host, node: node) else {
            let elsewhere = sessions.live.contains { $0.authToken == token && $0.host == host }
            let answer = Self.failure(404, "No such token.", type: "NOT_FOUND")
            return elsewhere ? answer.violating("X-Node-Id is not the session's node") : answer
        }
        session.delete()
        let bytes = session.bytes
        log.write(
            "session-deleted",
            ["session": .text(session.id), "bytesUp": .integer(bytes.up), "bytesDown": .integer(bytes.down)])
        var answer = Answer(204)
        answer.session = session.id
        return answer.from(client: session.client)
    }

    /// An error in the form of the service's web application.
    static func failure(_ status: Int, _ message: String, type: String) -> Answer {
        Answer(
            status,
            [
                "message": .text(message),
                "translatableMessage": [
                    "key": "APP.TEXT_UNTRANSLATED", "variables": ["MESSAGE": .text(message)],
                ],
                "statusCode": .null, "expected": .null, "type": .text(type),
            ])
    }
}

// MARK: - Making sessions

extension EmulatedBastion {
    private struct Refusal: Error {
        var answer: Answer
        init(_ status: Int, _ message: String, _ violation: String) {
            answer = EmulatedBastion.failure(
                status, message, type: status == 500 ? "INTERNAL_ERROR" : "PERMISSION_DENIED"
            ).violating(violation)
        }
    }

    private func issue(_ request: ReceivedRequest, _ host: Int) -> Answer {
        let form: [String: String]
        let claims: AccessTokens.Claims
        do {
            form = try readForm(request)
            claims = try authenticate(form["aztoken"], host)
        } catch { return error.answer }
        let route: TunnelRoute
        do { route = try self.route(form, claims, host) } catch {
            return error.answer.from(client: claims.client)
        }
        var violations: [String] = []
        let token = form["token"].flatMap { $0.isEmpty ? nil : $0 }
        let node = request.headers["X-Node-Id"]
        let nodes = nodes(of: host)
        if let node, !nodes.contains(node) {
            return Self.failure(404, "No such node.", type: "NOT_FOUND").violating("X-Node-Id is no node")
                .from(client: claims.client)
        }
        if token == nil, node != nil { violations.append("X-Node-Id without a token") }
        if token != nil, node == nil { violations.append("a token without X-Node-Id") }
        guard let grant = sessions.grant(route, continuing: token, on: node, nodes: nodes) else {
            var answer = Self.failure(
                429, "The session limit of the host is reached.", type: "CLIENT_TOO_MANY")
            answer.headers["Retry-After"] = "5"
            return answer.from(client: claims.client)
        }
        if token != nil, grant.isNew { violations.append("the token is of no session on this node") }
        note(grant, route)
        var answer = granted(grant)
        answer.violations = violations
        return answer.from(client: claims.client)
    }

    private func granted(_ grant: SessionTable.Grant) -> Answer {
        var answer = Answer(
            200,
            [
                "authToken": .text(grant.session.authToken), "username": .text(grant.session.client),
                "dataSource": "default", "availableDataSources": ["default"],
                "nodeId": .text(grant.session.node), "websocketToken": .text(grant.webSocketToken),
            ])
        answer.isChunked = true
        answer.session = grant.session.id
        return answer
    }

    private func note(_ grant: SessionTable.Grant, _ route: TunnelRoute) {
        log.write(
            grant.isNew ? "session-opened" : "session-continued",
            [
                "session": .text(grant.session.id), "host": .text(endpoints.dnsNames[route.host]),
                "node": .text(grant.session.node), "client": .text(route.client),
                "target": .text(route.target.text), "port": .integer(Int(route.port)),
            ])
    }

    private func readForm(_ request: ReceivedRequest) throws(Refusal) -> [String: String] {
        if request.headers["Authorization"] != nil {
            throw Refusal(500, "Unexpected internal error", "an Authorization field")
        }
        guard let fields = request.form else {
            throw Refusal(500, "Unexpected internal error", "the body is not form encoded")
        }
        let form = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let known = ["resourceId", "protocol", "workloadHostPort", "aztoken", "token", "hostname"]
        if let unknown = form.keys.sorted().first(where: { !known.contains($0) }) {
            throw Refusal(400, "Unknown field.", "an unknown field '\(unknown.prefix(32))'")
        }
        if form.count != fields.count { throw Refusal(400, "A field stands twice.", "a field stands twice") }
        return form
    }

    /// The token must be one for the resource manager, of the tenant that the host's subscription is in.
    private func authenticate(_ token: String?, _ host: Int) throws(Refusal) -> AccessTokens.Claims {
        guard let token, !token.isEmpty else { throw Refusal(401, "Invalid login", "no aztoken") }
        let claims: AccessTokens.Claims
        do { claims = try tokens.read(token, at: WallClock.seconds) } catch {
            throw Refusal(
                401, "Invalid login", error == .expired ? "aztoken has expired" : "aztoken is invalid")
        }
        guard Audiences(configuration, endpoints).isResourceManager(claims.audience) else {
            throw Refusal(401, "Invalid login", "aztoken is for another resource")
        }
        let subscription = configuration.hosts[host].id.subscription
        guard
            configuration.tenant(ofSubscription: subscription)?.id.lowercased() == claims.tenant.lowercased()
        else {
            throw Refusal(401, "Invalid login", "aztoken is of another tenant than the host's")
        }
        return claims
    }

    private func route(_ form: [String: String], _ claims: AccessTokens.Claims, _ host: Int)
        throws(Refusal) -> TunnelRoute
    {
        guard form["protocol"] == "tcptunnel" else {
            throw Refusal(400, "Bad protocol.", "protocol is not tcptunnel")
        }
        guard let text = form["workloadHostPort"], let port = MapReader.number(text, 1...65535) else {
            throw Refusal(400, "Bad port.", "workloadHostPort is no port")
        }
        guard let id = form["resourceId"].flatMap({ ResourcePath($0) }) else {
            throw Refusal(403, "Permission Denied.", "resourceId is no resource ID")
        }
        let properties = configuration.hosts[host]
        guard properties.sku.takesNativeClients, properties.enableTunneling else {
            throw Refusal(403, "Permission Denied.", "the host does not take native clients")
        }
        guard configuration.mayUse(client: claims.client, host: properties.id) else {
            throw Refusal(403, "Permission Denied.", "no right to the host")
        }
        let name = try targetName(id, form["hostname"], port, properties)
        guard let target = configuration.targets.first(where: { $0.name == name }),
            configuration.mayUse(client: claims.client, host: properties.id, target: name)
        else { throw Refusal(403, "Permission Denied.", "the target is unknown, or no right to it") }
        return TunnelRoute(
            host: host, client: claims.client, target: name, port: UInt16(port),
            local: target.ports[UInt16(port)])
    }

    private func targetName(
        _ id: ResourcePath, _ hostname: String?, _ port: Int, _ host: EmulatorConfiguration.Host
    ) throws(Refusal) -> EmulatorConfiguration.Target.Name {
        if id.type == "microsoft.compute/virtualmachinescalesets" {
            throw Refusal(403, "java.lang.NullPointerException", "a scale set without an instance")
        }
        guard id.type == "microsoft.network/bh-hostconnect" else {
            if hostname != nil { throw Refusal(400, "Bad target.", "hostname is given for a resource") }
            return .resource(id)
        }
        guard host.enableIpConnect else { throw Refusal(403, "Permission Denied.", "IP connect is off") }
        guard port == 22 || port == 3389 else {
            throw Refusal(403, "Permission Denied.", "port \(port) of an address")
        }
        guard let hostname, let address = HostDecoder.literal(hostname),
            HostDecoder.literal(id.name) == address
        else {
            throw Refusal(400, "Bad target.", "hostname is not the address in resourceId")
        }
        return .address(address)
    }
}

extension EmulatorConfiguration.Target.Name {
    var text: String {
        switch self {
        case .resource(let id): id.text
        case .address(let address): address
        }
    }
}
