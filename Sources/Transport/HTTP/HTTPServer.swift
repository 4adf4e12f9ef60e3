package import Posix

/// What an HTTP server does with requests.
package protocol HTTPService: Sendable {
    /// Answers one request over the connection, which the service may also take over for another protocol.
    ///
    /// - Returns: whether the connection may carry another request.
    func answer(_ request: HTTPServer.Request, over connection: HTTPConnection) async -> Bool

    /// What to answer to what is no valid HTTP/1.1; the connection ends after it.
    func answer(_ violation: HTTPViolation) -> HTTPResponse

    /// Asked about a connection before anything is said over it.
    func admit(_ descriptor: FileDescriptor) async -> HTTPServer.Admission
}

extension HTTPService {
    package func admit(_ descriptor: FileDescriptor) async -> HTTPServer.Admission { .admitted }
}

/// Serves HTTP/1.1 over TLS: one task for each connection, all on the loop of the caller.
package struct HTTPServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        /// As it was sent: path and query, still escaped.
        package let target: String
        package let headers: HTTPHeaders
        package let body: [UInt8]
        /// Whether the client is ready for another request on the connection.
        package let keepsAlive: Bool

        package init(
            method: String, target: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
            keepsAlive: Bool = true
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
            self.keepsAlive = keepsAlive
        }
    }

    /// What becomes of a connection.
    package enum Admission: Sendable {
        case admitted
        /// With another identity than the server's own.
        case shown(TLSContext)
        /// It is closed; the service may have said something over it.
        case refused
    }

    /// How long clients may take.
    package struct Patience: Sendable {
        package var handshake = Duration.seconds(15)
        /// For the next request to begin and be complete.
        package var request = Duration.seconds(120)
        package var answer = Duration.seconds(30)

        package init() {}
    }

    private let context: TLSContext
    private let limits: HTTPLimits
    private let patience: Patience

    package init(
        context: TLSContext, limits: HTTPLimits = HTTPLimits(bodyBytes: 1 << 20),
        patience: Patience = Patience()
    ) {
        self.context = context
        self.limits = limits
        self.patience = patience
    }

    /// Accepts and serves connections until the task is cancelled; returns when the last one has ended.
    package func serve(_ listener: Listener, with service: any HTTPService) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    guard let accepted = try await listener.accept() else { break }
                    let descriptor = accepted.descriptor
                    group.addTask { await serve(descriptor, with: service) }
                } catch {
                    // Short of descriptors: those in use come free when their connections end.
                    await EventLoop.sleep(until: .now.advanced(by: .milliseconds(100)))
                }
            }
            group.cancelAll()
        }
    }

    private func serve(_ descriptor: FileDescriptor, with service: any HTTPService) async {
        var context = context
        switch await service.admit(descriptor) {
        case .admitted: break
        case .shown(let other): context = other
        case .refused: return descriptor.close()
        }
        guard
            let tls = try? await TLSConnection.accept(
                descriptor, context: context, wakeUp: WakeUp(), until: .now.advanced(by: patience.handshake))
        else { return }
        let connection = HTTPConnection(over: tls, limits: limits)
        while await serveNext(on: connection, with: service) {}
        tls.finish()
        tls.close()
    }

    /// - Returns: whether another request may follow.
    private func serveNext(on connection: HTTPConnection, with service: any HTTPService) async -> Bool {
        let request: Request?
        do { request = try await read(from: connection) } catch {
            guard case .violation(let violation) = error else { return false }
            var response = service.answer(violation)
            response.headers["Connection"] = "close"
            try? await connection.send(response, until: .now.advanced(by: patience.answer))
            return false
        }
        guard let request else { return false }
        return await service.answer(request, over: connection) && request.keepsAlive
    }

    /// - Returns: nil when the client has no further request.
    private func read(from connection: HTTPConnection) async throws(HTTPError) -> Request? {
        let deadline = Instant.now.advanced(by: patience.request)
        guard let head = try await connection.readHead(until: deadline) else { return nil }
        let line: HTTPHead.RequestLine
        let framing: HTTPBodyFraming
        do throws(HTTPViolation) {
            line = try head.requestLine()
            framing = try HTTPBodyFraming.request(head.headers, isVersion10: line.isVersion10)
            // RFC 9112, section 3.2.
            if head.headers.values(of: "Host").count != 1, !line.isVersion10 { throw .field }
        } catch { throw .violation(error) }
        if framing != .none, head.headers.lists("100-continue", in: "Expect") {
            try await connection.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), until: deadline)
        }
        let body = try await connection.readBody(framing, until: deadline)
        return Request(
            method: line.method, target: line.target, headers: head.headers, body: body,
            keepsAlive: head.keepsAlive(isVersion10: line.isVersion10))
    }
}
