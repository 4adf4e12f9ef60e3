internal import Diagnostics
internal import Posix
internal import Transport

/// One listener's service: finds the role of a request, lets faults meet it, answers, and logs.
struct EmulatorService: HTTPService {
    enum Role: String, CaseIterable {
        case signIn = "sign-in"
        case resourceManager = "resource-manager"
        case bastion
    }

    let roles: Set<Role>
    let endpoints: Endpoints
    let entra: EmulatedEntra
    let resourceManager: EmulatedResourceManager
    let bastion: EmulatedBastion
    let tunnels: TunnelOpening
    let faults: FaultScript
    let greetings: Greetings
    let log: RequestLog

    func admit(_ descriptor: FileDescriptor) async -> HTTPServer.Admission {
        guard roles.contains(.bastion), let hit = faults.next(.connect, path: "") else { return .admitted }
        log.write("connection", ["fault": .integer(hit.number)])
        return await greetings.greet(descriptor, hit.fault)
    }

    func answer(_ request: HTTPServer.Request, over connection: HTTPConnection) async -> Bool {
        guard let received = ReceivedRequest(request) else {
            _ = await AnswerWriter(connection).send(Answer(400), to: request.method)
            return false
        }
        let place = place(of: received)
        if place.occasion == .webSocket, let host = place.host {
            await openTunnel(received, host, request.headers, over: connection)
            return false
        }
        let port = port(received, place)
        let hit = place.occasion.flatMap { faults.next($0, path: path(received), port: port) }
        if let delay = hit?.fault.delay { await EventLoop.sleep(until: .now.advanced(by: delay)) }
        if hit?.fault.hangUp == true {
            note(received, nil, hit, place.role)
            return false
        }
        let injected = hit?.fault.answer.flatMap { answer in place.occasion.map(answer.answer(to:)) }
        var answer = injected ?? trueAnswer(received, place)
        if let fields = hit?.fault.fields { answer.replace(fields) }
        note(received, answer, hit, place.role)
        let goesOn = await send(answer, to: received, hit?.fault, over: connection)
        if goesOn, place.occasion == .tokens, let session = answer.session {
            log.write("session-answered", ["session": .text(session)])
        }
        return goesOn
    }

    func answer(_ violation: HTTPViolation) -> HTTPResponse {
        log.write("violation", ["what": .text("\(violation)")])
        return HTTPResponse(400, reason: Answer.reason(400))
    }
}

// MARK: - Which role

extension EmulatorService {
    private struct Place {
        var role: Role?
        var occasion: Fault.Occasion?
        var host: Int?
    }

    /// The path as it is compared with rules: the parts that are secrets are `*`.
    private func path(_ request: ReceivedRequest) -> String {
        let parts = request.path.enumerated().map { index, part in
            index == 2 && request.path[0] == "api" ? "*" : part
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The port that a request for a session, or its end, is about.
    private func port(_ request: ReceivedRequest, _ place: Place) -> UInt16? {
        if place.occasion == .delete, request.path.count == 3 {
            return tunnels.sessions.live.first { $0.authToken == request.path[2] }?.route.port
        }
        return request.form?.first { $0.name == "workloadHostPort" }.flatMap { UInt16($0.value) }
    }

    private func place(of request: ReceivedRequest) -> Place {
        let first = request.path.first?.lowercased() ?? ""
        let host = roles.contains(.bastion) ? endpoints.host(named: request.host) : nil
        switch first {
        case "api" where roles.contains(.bastion):
            let occasion: Fault.Occasion? =
                request.method == "POST" ? .tokens : request.method == "DELETE" ? .delete : nil
            return Place(role: .bastion, occasion: host == nil ? nil : occasion, host: host)
        case "webtunnelv2" where roles.contains(.bastion):
            return Place(
                role: .bastion, occasion: TunnelOpening.isOpened(by: request) ? .webSocket : nil, host: host)
        case "subscriptions" where roles.contains(.resourceManager) && isPublic(request):
            return Place(role: .resourceManager, occasion: .resourceManager)
        case "tenants" where roles.contains(.resourceManager) && isPublic(request):
            return Place(role: .resourceManager, occasion: .resourceManager)
        default:
            guard roles.contains(.signIn), isPublic(request) else { return Place() }
            return Place(role: .signIn, occasion: .signIn)
        }
    }

    /// Whether the request is not addressed to a bastion host, as far as the names differ.
    private func isPublic(_ request: ReceivedRequest) -> Bool {
        endpoints.host(named: request.host) == nil
            || [endpoints.authority, endpoints.resourceManager].contains("https://\(request.host)")
    }

    private func trueAnswer(_ request: ReceivedRequest, _ place: Place) -> Answer {
        let answer: Answer? =
            switch place.role {
            case .signIn: entra.answer(request)
            case .resourceManager: resourceManager.answer(request)
            case .bastion: place.host.flatMap { bastion.answer(request, host: $0) }
            case nil: nil
            }
        if let answer { return answer }
        let notFound = Answer.html(404, title: "404 Not Found")
        if place.role == .bastion, place.host == nil {
            return notFound.violating("Host names no bastion host")
        }
        return notFound
    }
}

// MARK: - Answers

extension EmulatorService {
    private func openTunnel(
        _ request: ReceivedRequest, _ host: Int, _ headers: HTTPHeaders, over connection: HTTPConnection
    ) async {
        switch tunnels.decide(request, host: host) {
        case .refuse(let answer, let hit):
            if let delay = hit?.fault.delay { await EventLoop.sleep(until: .now.advanced(by: delay)) }
            note(request, answer, hit, .bastion)
            _ = await send(answer, to: request, hit?.fault, over: connection)
        case .open(let session, let hit):
            if let delay = hit?.fault.delay { await EventLoop.sleep(until: .now.advanced(by: delay)) }
            var answer = Answer(101).from(client: session.client)
            answer.session = session.id
            if hit?.fault.hangUp == true { return note(request, nil, hit, .bastion) }
            note(request, answer, hit, .bastion)
            await tunnels.run(session, hit, headers, over: connection)
        }
    }

    /// - Returns: whether the connection lives on.
    private func send(
        _ answer: Answer, to request: ReceivedRequest, _ fault: Fault?, over connection: HTTPConnection
    ) async -> Bool {
        await AnswerWriter(connection, framing: fault?.framing, pace: fault?.pace)
            .send(answer, to: request.method)
    }

    private func note(_ request: ReceivedRequest, _ answer: Answer?, _ hit: FaultScript.Hit?, _ role: Role?) {
        log.write(
            "request",
            [
                "role": role.map { .text($0.rawValue) } ?? .null, "method": .text(request.method),
                "path": .text(LoggedPath.text(request)), "host": .text(request.host),
                "status": answer.map { .integer($0.status) } ?? .null,
                "client": answer?.client.map { .text($0) } ?? .null,
                "session": answer?.session.map { .text($0) } ?? .null,
                "fault": hit.map { .integer($0.number) } ?? .null,
                "violations": answer.flatMap { answer in
                    answer.violations.isEmpty ? nil : .list(answer.violations.map { .text($0) })
                } ?? .null,
            ])
    }
}
