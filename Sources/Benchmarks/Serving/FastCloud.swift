internal import Cryptography

/// As much of sign-in service, resource manager and data plane as a tunnel asks for, over one TLS stream.
///
/// Whoever asks is given: nothing is checked.
struct FastCloud: Sendable {
    /// `name:port` of the data plane.
    let dnsName: String
    let target: BenchmarkTarget
    let messages: MessageShape

    private static let upgradeKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Answers requests, and serves the WebSocket that one of them may ask for.
    /// - Parameter asked: told of each request, and whether it asks for a WebSocket.
    func serve(_ stream: any ByteStream, asked: (_ isWebSocket: Bool) -> Void) throws(StreamFailure) {
        var early: [UInt8] = []
        while let request = try PlainRequest.read(from: stream, early: early) {
            let isWebSocket = request.path.hasPrefix("/webtunnelv2/")
            asked(isWebSocket)
            if isWebSocket { return try upgrade(request, stream) }
            early = request.early
            try stream.sendAll(Array(answer(to: request).utf8))
        }
    }

    private func upgrade(_ request: PlainRequest, _ stream: any ByteStream) throws(StreamFailure) {
        guard let key = request.headers["sec-websocket-key"] else {
            throw .violation("an upgrade without key")
        }
        let accept = Base64.encode(Digest.sha1(Array((key + Self.upgradeKeySuffix).utf8)))
        let head = """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: \(accept)\r
            \r

            """
        try stream.sendAll(Array(head.utf8))
        let socket = WebSocketStream(
            over: stream, as: .server, early: request.early, messages: messages)
        try target.serve(socket)
        socket.finish()
    }

    private func answer(to request: PlainRequest) -> String {
        let path = request.path
        switch request.method {
        case "POST" where path.hasSuffix("/oauth2/v2.0/token"):
            return Self.json(
                #"{"token_type":"Bearer","expires_in":86399,"access_token":"bench.mark.token"}"#)
        case "POST" where path == "/api/tokens":
            let number = target.sessions.issue()
            return Self.json(
                """
                {"authToken":"A\(number)","username":"bench","dataSource":"default",\
                "availableDataSources":["default"],"nodeId":"node0","websocketToken":"W\(number)"}
                """)
        case "DELETE" where path.hasPrefix("/api/tokens/"):
            target.sessions.delete()
            return "HTTP/1.1 204 No Content\r\n\r\n"
        case "GET" where path.hasPrefix("/subscriptions/"): return Self.json(host(path))
        default: return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        }
    }

    private func host(_ path: String) -> String {
        let id = path.split(separator: "?").first.map(String.init) ?? path
        return """
            {"id":"\(id)","name":"bas-bench","type":"Microsoft.Network/bastionHosts","location":"westeurope",\
            "sku":{"name":"Standard"},"properties":{"provisioningState":"Succeeded","dnsName":"\(dnsName)",\
            "enableTunneling":true,"enableIpConnect":true}}
            """
    }

    private static func json(_ text: String) -> String {
        """
        HTTP/1.1 200 OK\r
        Content-Type: application/json\r
        Content-Length: \(text.utf8.count)\r
        \r
        \(text)
        """
    }
}
