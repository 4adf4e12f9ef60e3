import Posix
import Transport

@testable import Tunnels

/// The sign-in service and the data plane of a bastion, as far as a tunnel needs them; each tunnel runs the next script.
///
/// Belongs to the test's loop.
final class ScriptedBastion: HTTPService, @unchecked Sendable {
    typealias Script = @Sendable (ServerTunnel) async throws -> Void

    enum Answer: Sendable {
        case normal
        case status(Int, HTTPHeaders = [:])
        /// Says that it was asked, and answers when it may.
        indirect case held(asked: Gate, until: Gate, then: Answer = .normal)
    }

    var signIn = Answer.normal
    /// For the token requests, in order; then `normal`.
    var tokens: [Answer] = []
    /// For the upgrades, in order; then the last one again.
    var scripts: [Script] = []
    var deletion = Answer.normal
    /// How many deletions are answered with 500 before that.
    var refusedDeletions = 0

    private(set) var issued: [String] = []
    private(set) var deleted: [String] = []
    private(set) var upgrades = 0
    /// Those that carried other requests than upgrades.
    private var connections: [HTTPConnection] = []
    /// Upgrades over connections that had carried other requests.
    private(set) var upgradesOfUsed = 0
    /// Token requests, whatever they were answered.
    private(set) var asked = 0
    private let changed = WakeUp()

    /// Waits until so many sessions were issued or deleted.
    func counts(_ count: KeyPath<ScriptedBastion, [String]>, _ number: Int) async {
        while self[keyPath: count].count < number, await changed.wait(until: soon()) == .signalled {}
    }

    func answer(_ violation: HTTPViolation) -> HTTPResponse { HTTPResponse(400) }

    func answer(_ request: HTTPServer.Request, over connection: HTTPConnection) async -> Bool {
        if request.method == "GET" {
            await runScript(request, connection)
            return false
        }
        connections.append(connection)
        let response = await respond(to: request)
        return (try? await connection.send(response, to: request.method, until: soon())) != nil
    }

    private func respond(to request: HTTPServer.Request) async -> HTTPResponse {
        switch (request.method, request.target) {
        case ("POST", "/api/tokens"):
            asked += 1
            return await follow(tokens.isEmpty ? .normal : tokens.removeFirst()) { self.issue() }
        case ("POST", _):
            return await follow(signIn) {
                Self.json(#"{"token_type":"Bearer","expires_in":3600,"access_token":"azure-token"}"#)
            }
        case ("DELETE", _) where refusedDeletions > 0:
            refusedDeletions -= 1
            return HTTPResponse(500)
        case ("DELETE", let target):
            return await follow(deletion) {
                self.deleted.append(String(target.dropFirst("/api/tokens/".count)))
                self.changed.signal()
                return HTTPResponse(204)
            }
        default: return HTTPResponse(404)
        }
    }

    private func follow(_ answer: Answer, _ normal: () -> HTTPResponse) async -> HTTPResponse {
        switch answer {
        case .normal: return normal()
        case .status(let status, let headers): return HTTPResponse(status, headers: headers)
        case .held(let asked, let gate, let answer):
            asked.open()
            return await gate.pass() ? await follow(answer, normal) : HTTPResponse(503)
        }
    }

    private func issue() -> HTTPResponse {
        let name = "session-\(issued.count + 1)"
        issued.append(name)
        changed.signal()
        return Self.json(#"{"authToken":"\#(name)","nodeId":"n","websocketToken":"secret-\#(name)"}"#)
    }

    private static func json(_ text: String) -> HTTPResponse {
        HTTPResponse(200, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
    }

    private func runScript(_ request: HTTPServer.Request, _ connection: HTTPConnection) async {
        let script = scripts[min(upgrades, scripts.count - 1)]
        upgrades += 1
        let isUsed = connections.contains { $0 === connection }
        if isUsed { upgradesOfUsed += 1 }
        // What a tunnel that breaks looks like from the service is not what is tested.
        try? await script(ServerTunnel(request, connection, isUsed: isUsed))
    }
}

/// The service's end of a WebSocket.
final class ServerTunnel {
    enum Arrival: Equatable {
        case bytes([UInt8])
        case ping
        case pong([UInt8])
        case close(UInt16?)
        /// The connection ended without a close frame.
        case end
    }

    let request: HTTPServer.Request
    let connection: HTTPConnection
    /// Whether other requests came over the connection before.
    let isUsed: Bool
    var encoder = FrameEncoder(role: .server)
    private var decoder = FrameDecoder(role: .server, takesFragments: false)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    private var unread = 0..<0

    var tls: TLSConnection { connection.tls }

    init(_ request: HTTPServer.Request, _ connection: HTTPConnection, isUsed: Bool) {
        self.request = request
        self.isUsed = isUsed
        self.connection = connection
    }

    deinit { buffer.deallocate() }

    /// Sends the 101, with more behind it in one piece.
    func accept(_ behind: [UInt8] = []) async throws {
        try await raw(try WebSocketUpgrade.response(to: request.headers) + behind)
    }

    func refuse(_ status: Int, body: String = "") async throws {
        try await connection.send(HTTPResponse(status, body: Array(body.utf8)), until: soon())
    }

    func raw(_ bytes: [UInt8]) async throws { try await tls.writeAll(bytes, until: soon()) }

    func send(_ bytes: [UInt8]) async throws { try await raw(encoder.frame(.binary, bytes)) }

    func close(_ code: UInt16?, reason: String = "") async throws {
        try await raw(encoder.close(code, reason: reason))
    }

    /// Ends the TCP connection with a reset.
    func drop() {
        tls.socket.resetOnClose()
        tls.close()
    }

    /// Ends the TLS and the TCP connection tidily, without a close frame.
    func end() {
        tls.finish()
        tls.close()
    }

    func next() async throws -> Arrival {
        while true {
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<unread.upperBound])
            var position = unread.lowerBound
            let event = try decoder.next(bytes, from: &position)
            unread = position..<unread.upperBound
            switch event {
            case .data(let range): return .bytes(Array(buffer[range]))
            case .ping: return .ping
            case .pong(let payload): return .pong(payload)
            case .close(let code, _): return .close(code)
            case nil:
                guard let count = try? await tls.readSome(into: buffer, until: soon()), count > 0 else {
                    return .end
                }
                unread = 0..<count
            }
        }
    }

    /// The bytes of the client up to so many; fewer if it closes before.
    func receive(_ count: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            switch try await next() {
            case .bytes(let more): all += more
            case .close, .end: return all
            case .ping, .pong: continue
            }
        }
        return all
    }

    /// Reads on until the client closes.
    func untilClose() async throws -> Arrival {
        while true {
            let arrival = try await next()
            switch arrival {
            case .close, .end: return arrival
            default: continue
            }
        }
    }

    /// How many bytes come behind the close frame, to the end of the connection.
    func countBehindClose() async -> Int {
        var count = unread.count
        while let more = try? await tls.readSome(into: buffer, until: soon()), more > 0 { count += more }
        return count
    }

    /// Sends everything back, up to so many bytes, and closes.
    static func echo(_ count: Int) -> ScriptedBastion.Script {
        { tunnel in
            try await tunnel.accept()
            var left = count
            while left > 0, case .bytes(let bytes) = try await tunnel.next() {
                left -= bytes.count
                try await tunnel.send(bytes)
            }
            try await tunnel.close(1000)
            _ = try await tunnel.untilClose()
        }
    }
}
