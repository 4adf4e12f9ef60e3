internal import Cryptography

/// A port of this machine, and how what listens there is talked to.
struct LoadPlace: Sendable {
    enum Via: String, CaseIterable, Sendable {
        /// The local end of what is measured.
        case plain
        /// The benchmark's own server, behind TLS and nothing else.
        case tls
        /// The same behind its WebSocket.
        case websocket
    }

    var port: UInt16
    var via = Via.plain

    /// What fills a TLS record together with its header and mask.
    private static let recordPayload = 16_376

    func open() throws(StreamFailure) -> any ByteStream {
        let socket = try BlockingSocket(port: port)
        switch via {
        case .plain: return socket
        case .tls: return try encrypted(socket)
        case .websocket: return try upgraded(try encrypted(socket))
        }
    }

    private func encrypted(_ socket: BlockingSocket) throws(StreamFailure) -> TLSStream {
        try TLSStream(over: socket, as: .client, try TLSSettings.unverifyingClient())
    }

    private func upgraded(_ stream: TLSStream) throws(StreamFailure) -> WebSocketStream {
        let request = """
            GET /webtunnelv2/load HTTP/1.1\r
            Host: localhost\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: \(Base64.encode(RandomBytes.generate(16)))\r
            \r

            """
        try stream.sendAll(Array(request.utf8))
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard let byte = try stream.receive(exactly: 1) else { throw .ended }
            head += byte
        }
        guard head.starts(with: Array("HTTP/1.1 101 ".utf8)) else { throw .violation("no upgrade") }
        return WebSocketStream(
            over: stream, as: .client, early: [],
            messages: MessageShape(size: Self.recordPayload, arePacked: false))
    }
}
